#pragma once

#include <expected>
#include <string>

#include "config/config.h"
#include "config/keywords.h"

namespace pgfleet::config {

// Whether the value fits the keyword; looks at the files that file keywords name. The error never
// holds the value.
std::expected<void, std::string> CheckValue(const Keyword& keyword, const std::string& value,
                                            const Environment& environment);

}  // namespace pgfleet::config
