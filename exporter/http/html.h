#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "http/message.h"

namespace pgfleet::http {

// Text for between tags and inside quoted attributes: the five characters of markup become
// entities; bytes that are not UTF-8, control characters, line separators and what changes the
// direction of writing become U+FFFD.
std::string EscapeHtml(std::string_view text);

// A value or name of others: at most 256 bytes, cut between characters, then `...`.
std::string Shorten(std::string_view text);

// The same as markup.
std::string Show(std::string_view text);

// A query parameter's value or a part of a path: all but letters, digits and -._~ as percent signs.
std::string EncodeParameter(std::string_view text);

// What is formatted to the end of `page`. (format_to would bring half of fmt into every object.)
template <typename... Arguments>
void Append(std::string& page, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  page += fmt::format(text, std::forward<Arguments>(arguments)...);
}

// A whole page in the exporter's style. Both are markup.
std::string HtmlDocument(std::string_view title, std::string_view body);

// With headers that allow a browser to load nothing, to run nothing and to frame nothing.
Response HtmlResponse(std::string document);

}  // namespace pgfleet::http
