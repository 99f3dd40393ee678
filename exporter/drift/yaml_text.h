#pragma once

#include <string>
#include <string_view>

namespace pgfleet::drift {

// Whether YAML can hold the text: it is UTF-8 throughout.
bool IsUtf8(std::string_view text);
// How much of the front of it is.
std::size_t Utf8Length(std::string_view text);

// In double quotes and on one line, any UTF-8 text; what is none becomes U+FFFD.
std::string Quoted(std::string_view text);

// A name as a key or an item: bare where every reader of YAML takes it for that text, else quoted.
std::string YamlName(std::string_view text);

// For a comment: quoted, and cut where it is long.
std::string Remark(std::string_view text);

}  // namespace pgfleet::drift
