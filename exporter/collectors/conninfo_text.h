#pragma once

#include <map>
#include <string>
#include <string_view>

namespace pgfleet::collectors {

// A keyword=value string as libpq writes it: values may stand in single quotes, a backslash takes
// the next character as it is. What cannot be read ends the parse; what was read before it stays.
// The result may hold anything but passwords (servers mask those); keep only what is needed of it.
std::map<std::string, std::string, std::less<>> ParseConninfoText(std::string_view text);

// The application_name under which a walreceiver with this conninfo shows up at its upstream, or
// `fallback` where the conninfo names none.
std::string ApplicationNameOf(std::string_view conninfo, std::string_view fallback);

}  // namespace pgfleet::collectors
