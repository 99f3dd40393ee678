#pragma once

#include <string>
#include <string_view>

namespace pgfleet::http {

// Text for between tags and inside quoted attributes: the five characters of markup become
// entities, control characters become U+FFFD.
std::string EscapeHtml(std::string_view text);

}  // namespace pgfleet::http
