#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/lsn.h"
#include "model/moment.h"

namespace pgfleet::analysis {

// When the primary of one timeline stood at which WAL position, by our own monotonic clock: no
// clock of a server is involved. Filled by the pulses of the primary; turns any position of the
// timeline into a time, and so a standby's position into its lag.
//
// Every answer is a bound that holds for certain, and an estimate within it: the primary passed a
// position between two pulses, and the estimate interpolates. Full resolution for 15 minutes, 10 s
// for 2 hours, a minute for a day; the bounds tell which. (PostgreSQL: "Monitoring", "WAL
// Internals".) Not thread-safe.
class WalClock {
 public:
  using Monotonic = model::Monotonic;

  // From `first` on the primary certainly had `lsn`; until `last` it certainly had no more than
  // `tail`. What lies between lsn and tail is housekeeping: nobody committed in it.
  struct Entry {
    model::Lsn lsn, tail;
    Monotonic first, last;

    bool operator==(const Entry&) const = default;
  };

  // Seconds since the primary stood at a position.
  struct Age {
    double estimate = 0;
    double lower = 0;
    std::optional<double> upper;  // absent: the position is older than all that is remembered
    bool is_newest = false;       // nothing beyond the position is known of
    // Set where beyond the position there is so little that it may be housekeeping, although
    // somebody committed before or after it in the same moment: since when nobody has.
    std::optional<Monotonic> quiet_since{};
  };

  // Housekeeping of an idle primary: records that no commit made, up to so many bytes in a row.
  static constexpr std::int64_t kHousekeeping = 8192;

  // The primary's position, read within `asked`. `quiet`: nobody has committed since the one
  // before. A position that went back means another history: all that was known is forgotten.
  void Observe(model::Lsn lsn, model::Span asked, bool quiet);

  // How old the position is that a standby had within `asked`. Absent while nothing is known.
  std::optional<Age> AgeOf(model::Lsn position, model::Span asked) const;

  // The primary's position at an instant, interpolated; the newest for an instant after it.
  std::optional<model::Lsn> At(Monotonic instant) const;

  // False: whatever lies beyond the position, nobody has committed in it.
  bool MayHoldCommitsBeyond(model::Lsn position) const { return position < committed_; }
  // Nothing beyond it was committed, as far as is known.
  model::Lsn committed() const { return committed_; }

  // Bytes per second over the last so many seconds; absent while less than half of that is known.
  std::optional<double> Rate(std::chrono::seconds window) const;

  // What the clock of a new timeline may take over from that of the old one: everything at or below
  // the position to which the promoted node had followed it.
  WalClock Branch(model::Lsn end) const;

  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }
  // Entries in their order, as entries() gave them, and what committed() said.
  static WalClock From(std::vector<Entry> entries, model::Lsn committed);

 private:
  void Thin(Monotonic now);
  model::Lsn LastCommitBefore(model::Lsn lsn) const;

  std::vector<Entry> entries_;
  model::Lsn committed_;
  Monotonic thinned_{};
};

}  // namespace pgfleet::analysis
