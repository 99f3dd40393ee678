#pragma once

#include <optional>
#include <string_view>

namespace pgfleet::archive {

// Epoch seconds of "2024-01-31 23:59:59 UTC". The zone is UTC, GMT, Z or a number such as +0530 or
// -03; of any other one that offset is taken which brings the time closest before `modified`,
// because abbreviations are ambiguous. Absent for what is no such time.
std::optional<double> ParseBackupTime(std::string_view text, double modified);

}  // namespace pgfleet::archive
