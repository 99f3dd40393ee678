#include "analysis/archiver_state.h"

#include <algorithm>

#include "collectors/archiver_backlog.h"
#include "model/wal_file.h"

namespace pgfleet::analysis {
namespace {

using collectors::ArchiverRuns;
using model::ArchiverFacts;
using model::ArchiverState;
using model::Lsn;

// An archiver that dies at every start may be met alive by chance.
constexpr int kRounds = 2;

bool KnowsEnd(const ArchiverSurroundings& surroundings, const ArchiverMemory& memory) {
  return memory.timeline != 0 && memory.timeline <= surroundings.timeline;
}

// Up to here the WAL that this node must archive is archived. A promoted node archives nothing that
// it only received ("always" does), so it begins with the segment in which it was promoted.
std::optional<Lsn> ArchivedEnd(const ArchiverFacts& archiver,
                               const ArchiverSurroundings& surroundings,
                               const ArchiverMemory& memory) {
  if (!ArchiverRuns(archiver)) return std::nullopt;
  const bool known = KnowsEnd(surroundings, memory);
  const bool own = memory.timeline == surroundings.timeline || archiver.mode == "always";
  if (known && own) return memory.archived_end;
  if (surroundings.branched)
    return model::SegmentStart(*surroundings.branched, archiver.segment_bytes);
  if (known) return memory.archived_end;
  return std::nullopt;
}

// Where nothing was ever archived: what is marked, or what has come since the first look.
std::optional<std::int64_t> WaitingSinceEver(const ArchiverFacts& archiver,
                                             const ArchiverSurroundings& surroundings,
                                             const ArchiverMemory& memory) {
  if (!ArchiverRuns(archiver)) return std::nullopt;
  if (surroundings.ready) return surroundings.ready;
  if (!archiver.wal_lsn || memory.led_timeline != surroundings.timeline) return std::nullopt;
  const auto least =
      model::CompleteSegments(memory.led_from, *archiver.wal_lsn, archiver.segment_bytes);
  return least > 0 ? std::optional(least) : std::nullopt;
}

std::optional<std::int64_t> Backlog(const ArchiverFacts& archiver,
                                    const ArchiverSurroundings& surroundings,
                                    const ArchiverMemory& memory) {
  const auto end = ArchivedEnd(archiver, surroundings, memory);
  if (!end) return WaitingSinceEver(archiver, surroundings, memory);
  if (!archiver.wal_lsn) return std::nullopt;
  return model::CompleteSegments(*end, *archiver.wal_lsn, archiver.segment_bytes);
}

void RememberEnd(const ArchiverFacts& archiver, ArchiverMemory& memory) {
  const auto timeline = model::TimelineOf(archiver.last_archived_wal);
  const auto end = model::ArchivedEnd(archiver.last_archived_wal, archiver.segment_bytes);
  if (!timeline || !end || *timeline < memory.timeline) return;
  memory.archived_end = *timeline == memory.timeline ? std::max(memory.archived_end, *end) : *end;
  memory.timeline = *timeline;
}

void RememberProcess(const ArchiverFacts& archiver, ArchiverMemory& memory) {
  if (!archiver.processes || !ArchiverRuns(archiver)) {
    memory.rounds_with = memory.rounds_without = 0;
    memory.dead = false;
    return;
  }
  const bool runs = *archiver.processes > 0;
  memory.rounds_with = runs ? memory.rounds_with + 1 : 0;
  memory.rounds_without = runs ? 0 : memory.rounds_without + 1;
  if (memory.rounds_without >= kRounds) memory.dead = true;
  if (memory.rounds_with >= kRounds) memory.dead = false;
}

void RememberProgress(const ArchiverFacts& archiver, const ArchiverSurroundings& surroundings,
                      ArchiverMemory& memory) {
  const bool moved = !memory.seen || memory.seen->archived != archiver.archived ||
                     memory.seen->failed != archiver.failed;
  if (Backlog(archiver, surroundings, memory).value_or(0) == 0)
    memory.waiting_since.reset();
  else if (moved || !memory.waiting_since)
    memory.waiting_since = surroundings.now;
}

bool Fails(const ArchiverFacts& archiver) {
  if (!archiver.last_archived) return archiver.failed > 0;
  return archiver.last_failed > archiver.last_archived;  // an absent time is before every other
}

bool Hangs(const ArchiverSurroundings& surroundings, const ArchiverMemory& memory) {
  return memory.waiting_since && surroundings.now - *memory.waiting_since >= kHungAfter;
}

std::optional<ArchiverState> StateOf(const ArchiverFacts& archiver,
                                     const ArchiverSurroundings& surroundings,
                                     const ArchiverMemory& memory,
                                     std::optional<std::int64_t> backlog) {
  if (archiver.mode == "off") return ArchiverState::kDisabled;
  if (!ArchiverRuns(archiver)) return ArchiverState::kNotApplicable;
  if (!archiver.configured) return ArchiverState::kUnconfigured;
  if (memory.dead) return ArchiverState::kDead;
  if (Fails(archiver)) return ArchiverState::kFailing;
  if (Hangs(surroundings, memory)) return ArchiverState::kStalled;
  if (!backlog) return std::nullopt;
  if (*backlog == 0) return ArchiverState::kIdle;
  return memory.last_archived ? ArchiverState::kOk : ArchiverState::kNever;
}

}  // namespace

void TakeIn(const model::Fact<ArchiverFacts>& answer, const ArchiverSurroundings& surroundings,
            ArchiverMemory& memory) {
  if (memory.seen == answer) return;
  const ArchiverFacts& archiver = *answer;
  RememberEnd(archiver, memory);
  memory.last_archived = std::max(memory.last_archived, archiver.last_archived);
  memory.last_failed = std::max(memory.last_failed, archiver.last_failed);
  if (ArchiverRuns(archiver) && archiver.wal_lsn && surroundings.timeline != memory.led_timeline) {
    memory.led_timeline = surroundings.timeline;
    memory.led_from = *archiver.wal_lsn;
  }
  RememberProcess(archiver, memory);
  RememberProgress(archiver, surroundings, memory);
  memory.seen = answer;
}

model::ArchiverFinding Judge(const ArchiverFacts& archiver,
                             const ArchiverSurroundings& surroundings,
                             const ArchiverMemory& memory) {
  model::ArchiverFinding finding;
  finding.backlog = Backlog(archiver, surroundings, memory);
  finding.state = StateOf(archiver, surroundings, memory, finding.backlog);
  if (!ArchiverRuns(archiver)) return finding;
  finding.archived_end = ArchivedEnd(archiver, surroundings, memory);
  finding.last_archived = memory.last_archived;
  finding.last_failed = memory.last_failed;
  return finding;
}

}  // namespace pgfleet::analysis
