#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/config.h"

namespace pgfleet::config {

// The text with every ${NAME} replaced by the variable's value; $${ stands for ${, any other $ for
// itself. What comes in from a variable is not expanded again. The error names the variable, never
// a value.
std::expected<std::string, std::string> Expand(std::string_view text,
                                               const Environment& environment);

// Whether the text is one ${NAME} and nothing else.
bool IsReference(std::string_view text);

}  // namespace pgfleet::config
