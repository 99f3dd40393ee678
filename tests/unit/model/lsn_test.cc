#include "model/lsn.h"

#include <gtest/gtest.h>

#include <limits>

namespace pgfleet::model {
namespace {

TEST(Lsn, IsReadAsTwoHexadecimalHalves) {
  EXPECT_EQ(Lsn::Parse("16/B374D848"), (Lsn{0x16B374D848}));
  EXPECT_EQ(Lsn::Parse("0/0"), (Lsn{0}));
  EXPECT_EQ(Lsn::Parse("FFFFFFFF/FFFFFFFF"), (Lsn{std::numeric_limits<std::uint64_t>::max()}));
  EXPECT_EQ(Lsn::Parse("0/3000060"), (Lsn{0x3000060}));
}

TEST(Lsn, IsAbsentForAnythingElse) {
  for (const char* text : {"", "/", "0/", "/0", "0", "0/0/0", "x/0", "0/x", " 0/0", "0/0 ", "-1/0",
                           "0/-1", "0x1/0", "123456789/0", "0/123456789"})
    EXPECT_FALSE(Lsn::Parse(text)) << text;
}

TEST(Lsn, DistanceIsExactAndKeepsItsSign) {
  const Lsn low{0x155BC00};
  const Lsn high{0x7DE6070};
  EXPECT_EQ(Distance(low, high), 0x688A470);
  EXPECT_EQ(Distance(high, low), -0x688A470);
  const Lsn far{(std::uint64_t{1} << 60) + 1};
  EXPECT_EQ(Distance(Lsn{std::uint64_t{1} << 60}, far), 1);
}

}  // namespace
}  // namespace pgfleet::model
