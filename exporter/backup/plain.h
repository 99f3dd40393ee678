#pragma once

#include <optional>

#include "backup/source.h"
#include "backup/verdict.h"

namespace pgfleet::backup {

// The SQL of pg_dump or pg_dumpall; absent where it is something else. Whole when it ends as it
// does, with \unrestrict where it began with \restrict.
std::optional<Verdict> JudgePlain(Source& source);

}  // namespace pgfleet::backup
