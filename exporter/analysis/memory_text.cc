#include "analysis/memory_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <vector>

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using model::Lsn;
using model::Monotonic;
using model::Wall;

// One line, one fact; the last line counts those before it, so that a file that was cut off is no
// file. Names are those of the configuration: they hold no space.
constexpr std::string_view kFirstLine = "pgfleet-state 1";
constexpr std::string_view kNone = "-";

// How wrong the wall clock may have been set before or after a boot.
constexpr std::chrono::seconds kDoubt = 5s;

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

// The words of a line, taken one after another. After one that is none, `ok` stays false.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view Next() {
    const auto end = std::min(rest_.find(' '), rest_.size());
    const auto word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ok_ = ok_ && !word.empty();
    return word;
  }
  template <typename T>
  T Number() {
    const auto word = Next();
    T number{};
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    ok_ = ok_ && error == std::errc{} && stop == word.data() + word.size();
    return number;
  }
  std::string Text() {
    const auto word = Next();
    return word == kNone ? std::string() : std::string(word);
  }
  // Absent for the word that stands for nothing.
  template <typename T>
  std::optional<T> MaybeNumber() {
    if (rest_ != kNone && !rest_.starts_with("- ")) return Number<T>();
    Next();
    return std::nullopt;
  }
  Lsn Position() { return {Number<std::uint64_t>()}; }
  void Fail() { ok_ = false; }
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

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
