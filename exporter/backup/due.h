#pragma once

#include <chrono>
#include <optional>

#include "model/cron.h"

namespace pgfleet::backup {

// Local time minus UTC at an instant.
using UtcOffset = std::chrono::seconds (*)(std::chrono::sys_seconds);
// By the TZ of the process, or /etc/localtime. Thread-safe.
std::chrono::seconds LocalOffset(std::chrono::sys_seconds at);

// When the job was to begin last, `now` included, and when it will next. A job with a time of its
// own runs once however the clock is put: at the change, if its time is skipped, and the first
// time, if it comes twice. Absent where it is more than nine years away. Pure but for `offset`.
std::optional<std::chrono::sys_seconds> LastDue(const model::CronSchedule& schedule,
                                                std::chrono::sys_seconds now,
                                                UtcOffset offset = LocalOffset);
std::optional<std::chrono::sys_seconds> NextDue(const model::CronSchedule& schedule,
                                                std::chrono::sys_seconds now,
                                                UtcOffset offset = LocalOffset);

}  // namespace pgfleet::backup
