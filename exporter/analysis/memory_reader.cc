#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "analysis/memory_text.h"
#include "analysis/memory_words.h"

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using memory_words::kFirstLine;
using memory_words::Words;
using model::Lsn;
using model::Monotonic;
using model::Wall;

// How wrong the wall clock may have been set before or after a boot.
constexpr std::chrono::seconds kDoubt = 5s;

class Reader {
 public:
  explicit Reader(const Clocks& clocks) : clocks_(clocks) {}

  bool Take(std::string_view line) {
    Words words(line);
    const auto kind = words.Next();
    for (const auto& [name, take] : kLines)
      if (name == kind) {
        (this->*take)(words);
        return words.Done();
      }
    return false;
  }
  Memory Result() {
    if (usable_ && !entries_.empty()) {
      const Lsn committed = committed_.value_or(entries_.back().tail);
      memory_.clock = WalClock::From(std::move(entries_), committed);
    }
    if (!usable_) memory_.clock_timeline = 0;
    // A time that lies before us is none; what stays is who led.
    if (!usable_ && memory_.primary) memory_.primary->seen = {};
    return std::move(memory_);
  }

 private:
  // By our monotonic clock; a time of another boot by way of the wall clock.
  Monotonic Time(Words& words) {
    return Monotonic(std::chrono::nanoseconds(words.Number<std::int64_t>())) + shift_;
  }
  void TakeClocks(Words& words) {
    const bool same_boot = words.Next() == clocks_.boot_id && !clocks_.boot_id.empty();
    const Monotonic then(std::chrono::nanoseconds(words.Number<std::int64_t>()));
    const Wall wall{std::chrono::duration_cast<Wall::duration>(
        std::chrono::nanoseconds(words.Number<std::int64_t>()))};
    usable_ = same_boot || wall <= clocks_.now.wall;
    if (same_boot) return;
    doubt_ = kDoubt;
    shift_ = (clocks_.now.monotonic - (clocks_.now.wall - wall)) - then;
  }
  void TakeSystem(Words& words) { memory_.system_identifier = words.Text(); }
  void TakeTimeline(Words& words) { memory_.clock_timeline = words.Number<std::int64_t>(); }
  void TakePrimary(Words& words) {
    KnownPrimary primary{.node = words.Text()};
    primary.timeline = words.Number<std::int64_t>();
    primary.position = words.Position();
    primary.seen = Time(words);
    memory_.primary = std::move(primary);
  }
  void TakeFork(Words& words) {
    Fork fork{.timeline = words.Number<std::int64_t>()};
    fork.parent = words.Number<std::int64_t>();
    fork.least = words.Position();
    fork.most = words.Position();
    if (const auto archived = words.MaybeNumber<std::uint64_t>()) fork.archived = Lsn{*archived};
    memory_.fork = fork;
  }
  void TakeFailovers(Words& words) { memory_.failovers = words.Number<std::int64_t>(); }
  void TakeFailover(Words& words) {
    model::Failover failover{.from = words.Text()};
    failover.to = words.Text();
    failover.timeline = words.Number<std::int64_t>();
    failover.at = Wall{std::chrono::duration_cast<Wall::duration>(
        std::chrono::nanoseconds(words.Number<std::int64_t>()))};
    if (const auto bytes = words.MaybeNumber<std::int64_t>())
      failover.lost_bytes = static_cast<double>(*bytes);
    memory_.last_failover = std::move(failover);
  }
  static ChangeHistory Changes(Words& words) {
    ChangeHistory history{.fingerprint = words.Number<std::uint64_t>()};
    history.rules = words.Number<std::uint64_t>();
    history.changes = words.Number<std::int64_t>();
    if (const auto last = words.MaybeNumber<std::int64_t>())
      history.last =
          Wall{std::chrono::duration_cast<Wall::duration>(std::chrono::nanoseconds(*last))};
    return history;
  }
  void TakeSettings(Words& words) {
    NodeMemory& node = memory_.nodes[words.Text()];
    node.settings = Changes(words);
  }
  static std::optional<double> FromMilliseconds(std::optional<std::int64_t> milliseconds) {
    if (!milliseconds) return std::nullopt;
    return static_cast<double>(*milliseconds) / 1000;
  }
  void TakeArchiver(Words& words) {
    ArchiverMemory& archiver = memory_.nodes[words.Text()].archiver;
    archiver.timeline = words.Number<std::int64_t>();
    archiver.archived_end = words.Position();
    archiver.last_archived = FromMilliseconds(words.MaybeNumber<std::int64_t>());
    archiver.last_failed = FromMilliseconds(words.MaybeNumber<std::int64_t>());
  }
  void TakeBaseBackup(Words& words) { memory_.last_base_backup = words.Number<double>(); }
  void TakeAccess(Words& words) { memory_.access = Changes(words); }
  // The word names the scheduler; another name leaves its line without a home.
  SchedulerMemory& Scheduler(Words& words) {
    const auto name = words.Next();
    if (name == "pgagent") return memory_.pgagent;
    if (name == "cron") return memory_.cron;
    words.Fail();
    return memory_.cron;
  }
  void TakeJobs(Words& words) {
    auto& scheduler = Scheduler(words);
    scheduler.newest_run = words.Number<std::int64_t>();
  }
  void TakeJob(Words& words) {
    auto& scheduler = Scheduler(words);
    JobMemory& job = scheduler.jobs[words.Number<std::int64_t>()];
    job.counted = words.Number<std::int64_t>();
    job.count.failures = words.Number<std::int64_t>();
    job.count.ignored = words.Number<std::int64_t>();
  }
  void TakeNode(Words& words) {
    NodeMemory& node = memory_.nodes[words.Text()];
    node.system_identifier = words.Text();
    const auto timeline = words.Number<std::int64_t>();
    const Lsn lsn = words.Position();
    if (timeline != 0) node.recovery = RecoveryPosition{.timeline = timeline, .lsn = lsn};
  }
  void TakeCommitted(Words& words) { committed_ = words.Position(); }
  void TakeEntry(Words& words) {
    WalClock::Entry entry;
    entry.lsn = words.Position();
    entry.tail = words.Position();
    entry.first = Time(words) + doubt_;
    entry.last = Time(words) - doubt_;
    entries_.push_back(entry);
  }

  struct Line {
    std::string_view kind;
    void (Reader::*take)(Words&);
  };
  static constexpr Line kLines[] = {
      {"clocks", &Reader::TakeClocks},
      {"system", &Reader::TakeSystem},
      {"timeline", &Reader::TakeTimeline},
      {"primary", &Reader::TakePrimary},
      {"fork", &Reader::TakeFork},
      {"failovers", &Reader::TakeFailovers},
      {"failover", &Reader::TakeFailover},
      {"node", &Reader::TakeNode},
      {"entry", &Reader::TakeEntry},
      {"settings", &Reader::TakeSettings},
      {"access", &Reader::TakeAccess},
      {"archiver", &Reader::TakeArchiver},
      {"jobs", &Reader::TakeJobs},
      {"job", &Reader::TakeJob},
      {"base_backup", &Reader::TakeBaseBackup},
      {"committed", &Reader::TakeCommitted},
  };

  const Clocks& clocks_;
  bool usable_ = false;
  model::Duration shift_{};
  model::Duration doubt_{};
  std::vector<WalClock::Entry> entries_;
  std::optional<Lsn> committed_;
  Memory memory_;
};

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool InOrder(const std::vector<WalClock::Entry>& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (entries[i].lsn <= entries[i - 1].tail || entries[i].first < entries[i - 1].first ||
        entries[i].last < entries[i - 1].last)
      return false;
  return true;
}

}  // namespace

std::expected<Memory, std::string> FromText(std::string_view text, const Clocks& clocks) {
  const auto lines = LinesOf(text);
  if (lines.size() < 2 || lines.front() != kFirstLine)
    return std::unexpected("it does not begin as such a file does");
  if (!text.ends_with('\n') || lines.back() != fmt::format("end {}", lines.size() - 1))
    return std::unexpected("its end is missing");
  Reader reader(clocks);
  for (std::size_t i = 1; i + 1 < lines.size(); ++i)
    if (!reader.Take(lines[i])) return std::unexpected(fmt::format("line {} is damaged", i + 1));
  Memory memory = reader.Result();
  if (!InOrder(memory.clock.entries())) return std::unexpected("its positions are out of order");
  return memory;
}

}  // namespace pgfleet::analysis
