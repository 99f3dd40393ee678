#include "http/words.h"

#include <gtest/gtest.h>

namespace pgfleet::http {
namespace {

using namespace std::chrono_literals;

TEST(Words, TellTimesInTheUnitThatPeopleWouldUse) {
  EXPECT_EQ(SecondsText(0), "0 ms");
  EXPECT_EQ(SecondsText(0.00321), "3.2 ms");
  EXPECT_EQ(SecondsText(0.345), "345 ms");
  EXPECT_EQ(SecondsText(1.25), "1.2 s");
  EXPECT_EQ(SecondsText(119), "119 s");
  EXPECT_EQ(SecondsText(120), "2 min");
  EXPECT_EQ(SecondsText(7199), "120 min");
  EXPECT_EQ(SecondsText(9000), "2.5 h");
  EXPECT_EQ(SecondsText(3 * 86'400), "3 d");
}

TEST(Words, TellSizesInUnitsOf1024) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 kB");
  EXPECT_EQ(BytesText(16.0 * 1024 * 1024), "16 MB");
  EXPECT_EQ(BytesText(0x1p41), "2 TB");
}

TEST(Words, TellAgesAndTimes) {
  EXPECT_EQ(AgoText(900ms), "just now");
  EXPECT_EQ(AgoText(-5s), "just now");
  EXPECT_EQ(AgoText(12'900ms), "12 s ago");
  EXPECT_EQ(UtcText(model::Wall(86'399'500ms)), "1970-01-01 23:59:59 UTC");
}

}  // namespace
}  // namespace pgfleet::http
