#include "model/trace.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgfleet::model {
namespace {

using namespace std::chrono_literals;

PollTrace Poll(Lane lane, std::chrono::seconds at, bool failed) {
  PollTrace poll{.began = Wall(at), .lane = lane, .database = {}, .address = {}, .steps = {}};
  poll.steps.push_back({.name = "connect", .duration = 2ms});
  poll.steps.push_back({.name = "pulse", .duration = 3ms});
  if (failed) poll.steps.back().failure = std::make_shared<const StepFailure>();
  return poll;
}

TEST(Trace, APollTakesAsLongAsItsStepsAndFailsWithOneOfThem) {
  EXPECT_EQ(Poll(Lane::kPulse, 0s, false).duration(), 5ms);
  EXPECT_FALSE(Poll(Lane::kPulse, 0s, false).failed());
  EXPECT_TRUE(Poll(Lane::kPulse, 0s, true).failed());
}

TEST(Trace, TheBookGivesTheNewestFirst) {
  TraceBook book;
  book.Add(Poll(Lane::kPulse, 1s, false));
  book.Add(Poll(Lane::kInventory, 3s, false));
  book.Add(Poll(Lane::kPulse, 2s, true));
  std::vector<Wall> began;
  for (const auto& poll : book.Polls()) began.push_back(poll->began);
  EXPECT_EQ(began, (std::vector{Wall(3s), Wall(2s), Wall(1s)}));
}

TEST(Trace, WhatGoesWellPushesNoFailureOutAndNoLaneAnother) {
  TraceBook book;
  book.Add(Poll(Lane::kPulse, 1s, true));
  book.Add(Poll(Lane::kStatus, 2s, false));
  for (int i = 0; i < 1000; ++i) book.Add(Poll(Lane::kPulse, std::chrono::seconds(10 + i), false));
  const auto polls = book.Polls();
  EXPECT_EQ(polls.size(), 22U);
  EXPECT_EQ(polls.front()->began, Wall(1009s));
  EXPECT_TRUE(polls.back()->failed());
}

}  // namespace
}  // namespace pgfleet::model
