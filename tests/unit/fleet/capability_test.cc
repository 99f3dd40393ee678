#include "fleet/capability.h"

#include <gtest/gtest.h>

#include <array>

namespace pgfleet::fleet {
namespace {

using namespace std::chrono_literals;
using collectors::Collector;
using model::FailureReason;
using Verdict = Capability::Verdict;

constexpr std::array kFirst = {pg::SqlVersion{10, pg::kLater, "first"}};
constexpr std::array kSecond = {pg::SqlVersion{9, 11, "second"}};
constexpr Collector kPlain{.name = "plain", .sql = kFirst};
constexpr Collector kHelped{.name = "helped", .sql = kFirst, .fallback = kSecond};
constexpr int kTen = 100023;
constexpr SteadyTime kStart(1000s);

TEST(Capability, AVersionWithoutAVariantIsNotAsked) {
  Capability capability;
  EXPECT_FALSE(Capability::Serves(kPlain, 90624));
  EXPECT_EQ(capability.ToAsk(kPlain, 90624, kStart).sql, "");
  EXPECT_EQ(capability.ToAsk(kPlain, kTen, kStart).sql, "first");
}

TEST(Capability, AFallbackServesAVersionOfItsOwn) {
  Capability capability;
  EXPECT_TRUE(Capability::Serves(kHelped, 90624));
  const auto ask = capability.ToAsk(kHelped, 90624, kStart);
  EXPECT_EQ(ask.sql, "second");
  EXPECT_TRUE(ask.fallback);
  EXPECT_EQ(capability.Failed(kHelped, 90624, FailureReason::kMissing, "42883", kStart),
            Verdict::kRefused);
}

TEST(Capability, ARefusalIsRememberedForTenMinutes) {
  Capability capability;
  EXPECT_EQ(capability.Failed(kPlain, kTen, FailureReason::kPermission, "42501", kStart),
            Verdict::kRefused);
  EXPECT_EQ(capability.ToAsk(kPlain, kTen, kStart + 10min - 1s).sql, "");
  EXPECT_EQ(capability.ToAsk(kPlain, kTen, kStart + 10min).sql, "first");
}

TEST(Capability, WhatIsRefusedIsAskedOnceMoreByItsFallback) {
  Capability capability;
  EXPECT_EQ(capability.Failed(kHelped, kTen, FailureReason::kPermission, "", kStart),
            Verdict::kFallBack);
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart).sql, "second");
  capability.Succeeded();
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart + 9min).sql, "second");
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart + 10min).sql, "first") << "a GRANT may be new";
}

TEST(Capability, AFallbackForOtherVersionsIsNone) {
  Capability capability;
  EXPECT_EQ(capability.Failed(kHelped, 120000, FailureReason::kPermission, "42501", kStart),
            Verdict::kRefused);
}

TEST(Capability, ADatabaseThatLetsNobodyInIsNotTriedEveryRound) {
  Capability capability;
  EXPECT_TRUE(capability.Unreachable(FailureReason::kMissing, kStart));
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart + 10min - 1s).sql, "");
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart + 10min).sql, "first");
  EXPECT_FALSE(capability.Unreachable(FailureReason::kTimeout, kStart + 10min));
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart + 10min).sql, "first");
}

TEST(Capability, AFailureOfTheMomentIsNotRemembered) {
  Capability capability;
  for (const auto reason : {FailureReason::kTimeout, FailureReason::kConflict,
                            FailureReason::kBadValue, FailureReason::kLimit, FailureReason::kOther})
    EXPECT_EQ(capability.Failed(kPlain, kTen, reason, "57014", kStart), Verdict::kFailed);
  EXPECT_EQ(capability.ToAsk(kPlain, kTen, kStart).sql, "first");
}

// While a node is promoted, a function of the other role may be refused once: never cached.
TEST(Capability, APromotionIsNoRefusal) {
  Capability capability;
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(capability.Failed(kPlain, kTen, FailureReason::kUnsupported, "55000", kStart),
              Verdict::kFailed);
    EXPECT_EQ(capability.ToAsk(kPlain, kTen, kStart).sql, "first");
    capability.Succeeded();
  }
}

TEST(Capability, AWrongStateThatDoesNotPassIsARefusal) {
  Capability capability;
  for (int round = 0; round < 2; ++round)
    capability.Failed(kPlain, kTen, FailureReason::kUnsupported, "55000", kStart);
  EXPECT_EQ(capability.Failed(kPlain, kTen, FailureReason::kUnsupported, "55000", kStart),
            Verdict::kRefused);
}

// After ten minutes it was tried three times again, and the pulse knew nothing meanwhile.
TEST(Capability, AWrongStateThatDidNotPassIsRefusedAtOnceTheNextTime) {
  Capability capability;
  for (int round = 0; round < 3; ++round)
    capability.Failed(kHelped, kTen, FailureReason::kUnsupported, "55000", kStart);
  EXPECT_EQ(capability.ToAsk(kHelped, kTen, kStart + 10min).sql, "first");
  EXPECT_EQ(capability.Failed(kHelped, kTen, FailureReason::kUnsupported, "55000", kStart + 10min),
            Verdict::kFallBack);
}

TEST(Capability, AWrongStateThatPassedMayComeAgain) {
  Capability capability;
  for (int round = 0; round < 3; ++round)
    capability.Failed(kPlain, kTen, FailureReason::kUnsupported, "55000", kStart);
  EXPECT_EQ(capability.ToAsk(kPlain, kTen, kStart + 10min).sql, "first");
  capability.Succeeded();
  EXPECT_EQ(capability.Failed(kPlain, kTen, FailureReason::kUnsupported, "55000", kStart + 10min),
            Verdict::kFailed);
}

// The pulse tells whether the node lives, whatever the server refuses.
TEST(Capability, ThePulseIsAlwaysAsked) {
  constexpr Collector kPulse{.name = "pulse", .lane = model::Lane::kPulse, .sql = kFirst};
  Capability capability;
  EXPECT_EQ(capability.Failed(kPulse, kTen, FailureReason::kUnsupported, "0A000", kStart),
            Verdict::kRefused);
  EXPECT_EQ(capability.ToAsk(kPulse, kTen, kStart).sql, "first");
}

}  // namespace
}  // namespace pgfleet::fleet
