#pragma once

#include <string_view>

#include "model/reason.h"

namespace pgfleet::fleet {

// What to do next, for the log and the pages. One sentence, without names or values.
std::string_view AdviceFor(model::DownReason reason);
std::string_view AdviceFor(model::FailureReason reason);

}  // namespace pgfleet::fleet
