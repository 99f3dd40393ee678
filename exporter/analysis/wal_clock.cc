#include "analysis/wal_clock.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using model::Distance;
using model::Lsn;
using model::Monotonic;
using model::Seconds;
using Entry = WalClock::Entry;

// How near to each other entries of an age may lie.
struct Resolution {
  std::chrono::seconds younger_than;
  std::chrono::seconds spacing;
};
constexpr std::array kResolutions = {Resolution{15min, 0s}, Resolution{2h, 10s},
                                     Resolution{24h, 60s}};
constexpr std::chrono::seconds kThinEvery = 10s;

std::chrono::seconds SpacingAt(model::Duration age) {
  for (const Resolution& resolution : kResolutions)
    if (age < resolution.younger_than) return resolution.spacing;
  return kResolutions.back().spacing;
}

// The part of the way from `from` to `to` at which `position` lies.
double Fraction(Lsn from, Lsn position, Lsn to) {
  if (position <= from) return 0;
  return static_cast<double>(Distance(from, position)) / static_cast<double>(Distance(from, to));
}

double NotNegative(double seconds) { return std::max(0.0, seconds); }

// The first entry beyond the position.
auto Beyond(const std::vector<Entry>& entries, Lsn position) {
  return std::ranges::upper_bound(entries, position, {}, &Entry::lsn);
}

WalClock::Age Between(const Entry& before, const Entry& after, Lsn position, model::Span asked) {
  const double way = Fraction(before.tail, position, after.lsn);
  const double gap = Seconds(after.first - before.last);
  const double since = Seconds(asked.midpoint() - before.last);
  return {.estimate = NotNegative(since - way * gap),
          .lower = NotNegative(Seconds(asked.began - after.first)),
          .upper = NotNegative(Seconds(asked.ended - before.last))};
}

}  // namespace

void WalClock::Observe(Lsn lsn, model::Span asked, bool quiet) {
  if (!entries_.empty() && lsn < entries_.back().tail) entries_.clear();
  if (entries_.empty() || (!quiet && lsn != entries_.back().tail)) committed_ = lsn;
  if (!entries_.empty()) {
    Entry& newest = entries_.back();
    if (lsn == newest.tail || (quiet && Distance(newest.lsn, lsn) <= kHousekeeping)) {
      newest.tail = lsn;
      newest.last = asked.began;
      return;
    }
  }
  entries_.push_back({quiet ? LastCommitBefore(lsn) : lsn, lsn, asked.ended, asked.began});
  if (asked.ended - thinned_ >= kThinEvery) Thin(asked.ended);
}

// Of a step in which nobody committed (a segment switch on an idle primary) the end is housekeeping
// like any other, and leaves room for more.
Lsn WalClock::LastCommitBefore(Lsn lsn) const {
  const std::uint64_t least = entries_.empty() ? lsn.value : entries_.back().tail.value + 1;
  return {std::max(least, lsn.value - std::min<std::uint64_t>(lsn.value, kHousekeeping / 2))};
}

std::optional<WalClock::Age> WalClock::AgeOf(Lsn position, model::Span asked) const {
  if (entries_.empty()) return std::nullopt;
  const auto beyond = Beyond(entries_, position);
  if (beyond == entries_.begin()) {
    const double least = NotNegative(Seconds(asked.began - entries_.front().first));
    return Age{.estimate = least, .lower = least, .upper = std::nullopt};
  }
  const Entry& before = *std::prev(beyond);
  if (beyond != entries_.end()) {
    Age age = Between(before, *beyond, position, asked);
    const Entry& newest = entries_.back();
    if (std::next(beyond) == entries_.end() && position > before.tail &&
        Distance(position, newest.tail) <= kHousekeeping)
      age.quiet_since = newest.first;
    return age;
  }
  return Age{.estimate = 0,
             .lower = 0,
             .upper = NotNegative(Seconds(asked.ended - before.last)),
             .is_newest = true};
}

std::optional<Lsn> WalClock::At(Monotonic instant) const {
  if (entries_.empty()) return std::nullopt;
  const auto after = std::ranges::upper_bound(entries_, instant, {}, &Entry::first);
  if (after == entries_.begin()) return entries_.front().lsn;
  const Entry& before = *std::prev(after);
  if (after == entries_.end() || instant <= before.last) return before.tail;
  const double way = Seconds(instant - before.last) / Seconds(after->first - before.last);
  const auto bytes = static_cast<double>(Distance(before.tail, after->lsn)) * way;
  return Lsn{before.tail.value + static_cast<std::uint64_t>(std::llround(bytes))};
}

std::optional<double> WalClock::Rate(std::chrono::seconds window) const {
  if (entries_.empty()) return std::nullopt;
  const Entry& newest = entries_.back();
  const Monotonic end = std::max(newest.first, newest.last);
  const Monotonic begin = std::max(entries_.front().first, end - window);
  const double seconds = Seconds(end - begin);
  if (seconds < Seconds(window) / 2) return std::nullopt;
  return static_cast<double>(Distance(*At(begin), newest.tail)) / seconds;
}

WalClock WalClock::Branch(Lsn end) const {
  WalClock branch = *this;
  branch.entries_.erase(Beyond(branch.entries_, end), branch.entries_.end());
  if (!branch.entries_.empty())
    branch.entries_.back().tail = std::min(branch.entries_.back().tail, end);
  branch.committed_ = std::min(branch.committed_, end);
  return branch;
}

WalClock WalClock::From(std::vector<Entry> entries, Lsn committed) {
  WalClock clock;
  clock.entries_ = std::move(entries);
  clock.committed_ = committed;
  return clock;
}

// An entry may go when its neighbours are near enough to each other to stand for it. The newest and
// the oldest stay; what is left in between is at most twice as sparse as it should be.
void WalClock::Thin(Monotonic now) {
  thinned_ = now;
  std::vector<Entry> kept;
  kept.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const auto age = now - entry.last;
    if (age > kResolutions.back().younger_than) continue;
    const bool is_edge = kept.empty() || i + 1 == entries_.size();
    if (is_edge || entries_[i + 1].first - kept.back().last > SpacingAt(age)) kept.push_back(entry);
  }
  entries_.swap(kept);
}

}  // namespace pgfleet::analysis
