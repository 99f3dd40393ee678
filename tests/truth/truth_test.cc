// The lag that the page tells, and the age of the oldest committed row that the standby does not
// show.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "support/majors.h"
#include "truth/lag_document.h"
#include "truth/recordings.h"
#include "truth/witness.h"

namespace pgfleet::test {
namespace {

using testing::IsEmpty;

constexpr double kMachineSeconds = 0.2;  // for whatever a busy machine adds
// A reference that is older than three pulses, and than 5 s, is no longer fresh.
constexpr double kFreshSeconds = 5;
constexpr double kGrowth = 3;

std::string Number(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "absent";
}

std::string Told(const Look& look) {
  return fmt::format(
      "truth {:.3f} to {:.3f} (since the pulse {:.3f} to {:.3f}), lag {}{} +- {}, reference age {}",
      look.truth.low, look.truth.high, look.truth_since_pulse.low, look.truth_since_pulse.high,
      look.lower_bound ? "at least " : "", Number(look.lag), Number(look.uncertainty),
      Number(look.reference_age));
}

// The first few looks that are not as they should be; "" when all are.
template <typename Holds>
std::string Exceptions(const std::vector<Look>& looks, const Holds& holds) {
  constexpr int kShown = 5;
  std::string text;
  int count = 0;
  for (const Look& look : looks)
    if (!holds(look) && ++count <= kShown)
      text += fmt::format("at {:.2f} s: {}\n",
                          std::chrono::duration<double>(look.at - looks.front().at).count(),
                          Told(look));
  return count == 0 ? "" : fmt::format("{} of {} looks:\n{}", count, looks.size(), text);
}

class Lag : public testing::TestWithParam<Performance> {
 protected:
  const Act& act() const { return GetParam().act; }
  // One round trip: as the network is, and as long as the servers let the exporter wait in fact.
  double slack(const Look& look) const {
    const double most = act().round_trip + kMachineSeconds;
    return std::clamp(look.round_trip, act().round_trip, most) + kMachineSeconds;
  }

  bool IsNear(const Look& look) const {
    return look.lag && !look.lower_bound &&
           look.truth.DistanceTo(*look.lag) <= kPulseSeconds + slack(look);
  }
  bool BoundsHold(const Look& look) const {
    if (!look.lag) return false;
    const Interval& truth = look.truth_since_pulse;
    if (look.lower_bound && *look.lag > truth.high + slack(look)) return false;
    if (!look.uncertainty) return look.lower_bound;
    return truth.DistanceTo(*look.lag) <= *look.uncertainty + slack(look);
  }
  bool Holds(const Look& look) const {
    switch (act().claim) {
      case Claim::kLag:
        return IsNear(look) && BoundsHold(look);
      case Claim::kBounds:
        return BoundsHold(look);
      case Claim::kNothingOrBounds:
        return !look.lag || BoundsHold(look);
      case Claim::kNothingOrABound:
        return !look.lag || (BoundsHold(look) && (look.lower_bound || IsFresh(look)));
    }
    return false;
  }
  static bool IsFresh(const Look& look) {
    return look.reference_age && *look.reference_age <= kFreshSeconds;
  }
};
INSTANTIATE_TEST_SUITE_P(Server, Lag, testing::ValuesIn(Performances()),
                         [](const auto& each) { return each.param.Name(); });

TEST_P(Lag, IsTheAgeOfTheOldestRowNotShown) {
  const std::vector<Look> looks = LooksOf(GetParam());
  ASSERT_GE(looks.size(), kLeastLooks);
  const Look& last = looks.back();
  EXPECT_GE(std::ranges::max(looks, {}, [](const Look& look) { return look.truth.low; }).truth.low,
            act().greatest_truth)
      << "the situation did not come about";
  const auto has_age = [](const Look& look) { return look.reference_age.has_value(); };
  EXPECT_THAT(Exceptions(looks, [this](const Look& look) { return Holds(look); }), IsEmpty());
  EXPECT_THAT(Exceptions(looks, has_age), IsEmpty());
  const bool silent =
      act().claim == Claim::kNothingOrABound || act().claim == Claim::kNothingOrBounds;
  const double age = last.reference_age.value_or(0);
  if (silent)
    EXPECT_GE(age, looks.front().reference_age.value_or(0) + kGrowth);
  else
    EXPECT_LE(age, 2 * kPulseSeconds + slack(last));
  if (std::getenv("PGFLEET_UPDATE") == nullptr)
    EXPECT_TRUE(LagDocumentHas(act())) << "PGFLEET_UPDATE=1 records docs/lag.md";
  else if (GetParam().major == kNewestServer && !HasFailure())
    RecordInLagDocument(act(), looks);
}

}  // namespace
}  // namespace pgfleet::test
