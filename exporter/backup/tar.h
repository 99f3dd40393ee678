#pragma once

#include <optional>

#include "backup/source.h"
#include "backup/verdict.h"

namespace pgfleet::backup {

// A tar of pg_dump, pg_basebackup or a data directory, or any other (kUnknown); absent where it is
// none. Whole when its last member is followed by nothing but the zeros that end a tar. At most a
// few thousand members are gone through; of a longer one the end is looked at.
std::optional<Verdict> JudgeTar(Source& source);

}  // namespace pgfleet::backup
