#include "config/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgfleet::config {
namespace {

using namespace std::chrono_literals;

std::string DurationFault(std::string_view text) {
  const auto time = ParseDuration(text);
  return time ? "" : time.error();
}
std::string SizeFault(std::string_view text) {
  const auto size = ParseSize(text);
  return size ? "" : size.error();
}

TEST(Duration, IsReadAsPostgresWritesIt) {
  EXPECT_EQ(ParseDuration("250us"), 250us);
  EXPECT_EQ(ParseDuration("100ms"), 100ms);
  EXPECT_EQ(ParseDuration("1.5s"), 1500ms);
  EXPECT_EQ(ParseDuration(" 15 min "), 15min);
  EXPECT_EQ(ParseDuration("2h"), 2h);
  EXPECT_EQ(ParseDuration("1d"), 24h);
  EXPECT_EQ(ParseDuration("0s"), 0s);
}

TEST(Duration, WrongUnitsAreExplained) {
  EXPECT_EQ(DurationFault("15m"), "unknown unit 'm' (minutes are 'min')");
  EXPECT_EQ(DurationFault("1H"), "unknown unit 'H' (hours are 'h')");
  EXPECT_EQ(DurationFault("10"), "a time needs a unit (us, ms, s, min, h, d), such as 10s");
  EXPECT_EQ(DurationFault("1e3s"), "unknown unit (a time is written with us, ms, s, min, h, d)");
}

TEST(Duration, NonsenseIsRefused) {
  for (const char* text : {"", " ", "s", "nan s", "inf", "+1s", ".5s"})
    EXPECT_EQ(DurationFault(text), "expected a time such as 10s") << text;
  EXPECT_EQ(DurationFault("-1s"), "a time cannot be negative");
  EXPECT_EQ(DurationFault("99999999999999999999d"), "the time is too large");
  EXPECT_EQ(DurationFault(std::string(400, '9') + "s"), "the time is too large");
}

TEST(Size, IsReadAsPostgresWritesIt) {
  EXPECT_EQ(ParseSize("512B"), 512);
  EXPECT_EQ(ParseSize("64kB"), 65536);
  EXPECT_EQ(ParseSize("1.5MB"), 1572864);
  EXPECT_EQ(ParseSize("1GB"), 1073741824);
  EXPECT_EQ(ParseSize("2 TB"), 2199023255552);
}

TEST(Size, WrongUnitsAreExplained) {
  EXPECT_EQ(SizeFault("1KB"), "unknown unit 'KB' (kilobytes are 'kB')");
  EXPECT_EQ(SizeFault("1G"), "unknown unit 'G' (gigabytes are 'GB')");
  EXPECT_EQ(SizeFault("1"), "a size needs a unit (B, kB, MB, GB, TB), such as 1GB");
  EXPECT_EQ(SizeFault("9000000TB"), "the size is too large");
}

TEST(Duration, IsWrittenInTheLargestUnitThatIsExact) {
  EXPECT_EQ(FormatDuration(100ms), "100ms");
  EXPECT_EQ(FormatDuration(90s), "90s");
  EXPECT_EQ(FormatDuration(4min), "4min");
  EXPECT_EQ(FormatDuration(2h), "2h");
  EXPECT_EQ(FormatDuration(48h), "2d");
  EXPECT_EQ(FormatDuration(0ms), "0ms");
}

}  // namespace
}  // namespace pgfleet::config
