#include "drift/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

namespace pgfleet::drift {
namespace {

// Both constants were worked out apart from this code, by sha256sum and by Python's hashlib.
TEST(Fingerprint, IsTheHeadOfSha256) {
  EXPECT_EQ(Fingerprint().Value(), 0xe3b0c44298fcU);
  EXPECT_EQ(Fingerprint().Add("fsync").Add("on").AddNumber(-1).Value(), 0x7e66fd98857fU);
}

TEST(Fingerprint, IsExactInADouble) {
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = Fingerprint().AddNumber(i).Value();
    EXPECT_EQ(static_cast<std::uint64_t>(static_cast<double>(value)), value);
    EXPECT_LT(value, std::uint64_t{1} << 48);
  }
}

TEST(Fingerprint, TellsApartWhatIsDividedOtherwise) {
  const std::set<std::uint64_t> values = {Fingerprint().Add("abc").Value(),
                                          Fingerprint().Add("ab").Add("c").Value(),
                                          Fingerprint().Add("a").Add("bc").Value(),
                                          Fingerprint().Add("abc").Add("").Value(),
                                          Fingerprint().Add("").Add("abc").Value(),
                                          Fingerprint().Add("c").Add("ab").Value(),
                                          Fingerprint().AddNumber(1).Value(),
                                          Fingerprint().Add("1").Value(),
                                          Fingerprint().Add("").Value(),
                                          Fingerprint().Value(),
                                          Fingerprint().Add({"a\0b", 3}).Value(),
                                          Fingerprint().Add("a").Add("b").Value(),
                                          Fingerprint().Add({"a\0c", 3}).Value(),
                                          Fingerprint().AddNumber(-1).Value(),
                                          Fingerprint().AddNumber(1LL << 40).Value()};
  EXPECT_EQ(values.size(), 15U);
}

TEST(Fingerprint, MayBeAskedInBetween) {
  Fingerprint fingerprint;
  fingerprint.Add("a");
  const std::uint64_t first = fingerprint.Value();
  EXPECT_EQ(fingerprint.Value(), first);
  EXPECT_NE(fingerprint.Add("b").Value(), first);
}

}  // namespace
}  // namespace pgfleet::drift
