#include "analysis/memory_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>

#include "analysis/memory_words.h"

namespace pgfleet::analysis {
namespace {

using memory_words::kFirstLine;
using memory_words::kNone;

template <typename Time>
std::int64_t Nanoseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::string_view OrNone(const std::string& text) {
  return text.empty() ? kNone : std::string_view(text);
}

void WriteFailover(const model::Failover& failover, std::string& text) {
  text += fmt::format("failover {} {} {} {} {}\n", failover.from, failover.to, failover.timeline,
                      Nanoseconds(failover.at),
                      failover.lost_bytes
                          ? fmt::format("{}", static_cast<std::int64_t>(*failover.lost_bytes))
                          : std::string(kNone));
}

// Nothing while nothing was seen.
void WriteChanges(std::string_view kind, const ChangeHistory& history, std::string& text) {
  if (!history.fingerprint) return;
  text += fmt::format(
      "{} {} {} {} {}\n", kind, *history.fingerprint, history.rules, history.changes,
      history.last ? fmt::format("{}", Nanoseconds(*history.last)) : std::string(kNone));
}

// To the millisecond, as PostgreSQL's times are shown to people.
std::string Milliseconds(std::optional<double> seconds) {
  if (!seconds) return std::string(kNone);
  return fmt::format("{}", std::llround(*seconds * 1000));
}

void WriteArchiver(const std::string& node, const ArchiverMemory& archiver, std::string& text) {
  if (archiver.timeline == 0 && !archiver.last_archived && !archiver.last_failed) return;
  text +=
      fmt::format("archiver {} {} {} {} {}\n", node, archiver.timeline, archiver.archived_end.value,
                  Milliseconds(archiver.last_archived), Milliseconds(archiver.last_failed));
}

void WriteNodes(const Memory& memory, std::string& text) {
  for (const auto& [name, node] : memory.nodes) {
    const auto position = node.recovery.value_or(RecoveryPosition{});
    text += fmt::format("node {} {} {} {}\n", name, OrNone(node.system_identifier),
                        position.timeline, position.lsn.value);
    WriteChanges("settings " + name, node.settings, text);
    WriteArchiver(name, node.archiver, text);
  }
}

void WriteJobs(std::string_view scheduler, const SchedulerMemory& memory, std::string& text) {
  if (!memory.newest_run) return;
  text += fmt::format("jobs {} {}\n", scheduler, *memory.newest_run);
  for (const auto& [id, job] : memory.jobs)
    text += fmt::format("job {} {} {} {} {}\n", scheduler, id, job.counted, job.count.failures,
                        job.count.ignored);
}

}  // namespace

Clocks ThisMachine() {
  Clocks clocks;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> clocks.boot_id;
  clocks.now = {.monotonic = std::chrono::steady_clock::now(),
                .wall = std::chrono::system_clock::now()};
  return clocks;
}

std::string ToText(const Memory& memory, const Clocks& clocks) {
  std::string text = fmt::format(
      "{}\nclocks {} {} {}\nsystem {}\ntimeline {}\nfailovers {}\n", kFirstLine,
      OrNone(clocks.boot_id), Nanoseconds(clocks.now.monotonic), Nanoseconds(clocks.now.wall),
      OrNone(memory.system_identifier), memory.clock_timeline, memory.failovers);
  if (const auto& primary = memory.primary)
    text += fmt::format("primary {} {} {} {}\n", primary->node, primary->timeline,
                        primary->position.value, Nanoseconds(primary->seen));
  if (const auto& fork = memory.fork)
    text += fmt::format("fork {} {} {} {} {}\n", fork->timeline, fork->parent, fork->least.value,
                        fork->most.value,
                        fork->archived ? fmt::format("{}", fork->archived->value) : "-");
  if (memory.last_failover) WriteFailover(*memory.last_failover, text);
  WriteNodes(memory, text);
  WriteChanges("access", memory.access, text);
  WriteJobs("pgagent", memory.pgagent, text);
  WriteJobs("cron", memory.cron, text);
  if (memory.last_base_backup) text += fmt::format("base_backup {}\n", *memory.last_base_backup);
  text += fmt::format("committed {}\n", memory.clock.committed().value);
  for (const auto& entry : memory.clock.entries())
    text += fmt::format("entry {} {} {} {}\n", entry.lsn.value, entry.tail.value,
                        Nanoseconds(entry.first), Nanoseconds(entry.last));
  return text + fmt::format("end {}\n", std::ranges::count(text, '\n'));
}

}  // namespace pgfleet::analysis
