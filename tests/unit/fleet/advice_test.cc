#include "fleet/advice.h"

#include <gtest/gtest.h>

namespace pgfleet::fleet {
namespace {

TEST(Advice, IsThereForEveryReason) {
  for (std::size_t i = 0; i < model::kDownReasonNames.size(); ++i)
    EXPECT_FALSE(AdviceFor(static_cast<model::DownReason>(i)).empty())
        << model::kDownReasonNames[i];
  for (std::size_t i = 0; i < model::kFailureReasonNames.size(); ++i)
    EXPECT_FALSE(AdviceFor(static_cast<model::FailureReason>(i)).empty())
        << model::kFailureReasonNames[i];
}

}  // namespace
}  // namespace pgfleet::fleet
