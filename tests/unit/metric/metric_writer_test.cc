#include "metric/metric_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <limits>

namespace pgfleet::metric {
namespace {

constexpr std::array<std::string_view, 2> kTwo = {"standby", "slot"};
constexpr std::array<std::string_view, 1> kStateLabel = {"state"};
constexpr MetricDesc kUptime{.name = "t_uptime_seconds", .scope = Scope::kProcess};
constexpr MetricDesc kNodes{.name = "t_nodes", .scope = Scope::kCluster};
constexpr MetricDesc kLag{.name = "t_lag_bytes", .labels = kTwo};
constexpr MetricDesc kPlain{.name = "t_plain"};
constexpr MetricDesc kState{.name = "t_state", .kind = Kind::kStateSet, .labels = kStateLabel};
constexpr std::array kFamilies = {&kUptime, &kNodes, &kLag, &kPlain, &kState};

std::string Number(double value) {
  std::string out;
  AppendNumber(out, value);
  return out;
}

TEST(MetricWriter, PutsTheStandardLabelsOfTheScopeFirst) {
  MetricWriter out(kFamilies);
  out.Write(kUptime, 1.5);
  out.EnterCluster("orders");
  out.Write(kNodes, 3);
  out.EnterNode("orders", "pg1");
  out.Write(kLag, {"pg2", "s"}, 96);
  EXPECT_EQ(out.Lines(0), "t_uptime_seconds 1.5\n");
  EXPECT_EQ(out.Lines(1), "t_nodes{pg_cluster=\"orders\"} 3\n");
  EXPECT_EQ(out.Lines(2),
            "t_lag_bytes{pg_cluster=\"orders\",pg_node=\"pg1\",standby=\"pg2\",slot=\"s\"} 96\n");
  EXPECT_EQ(out.samples(), 3U);
}

TEST(MetricWriter, ForgetsTheLabelsOfTheScopeBefore) {
  MetricWriter out(kFamilies);
  out.EnterNode("a", "b");
  out.EnterProcess();
  out.Write(kUptime, 1);
  out.EnterNode("c", "d");
  out.Write(kPlain, 1);
  EXPECT_EQ(out.Lines(0), "t_uptime_seconds 1\n");
  EXPECT_EQ(out.Lines(3), "t_plain{pg_cluster=\"c\",pg_node=\"d\"} 1\n");
}

TEST(MetricWriter, WritesNothingForWhatIsNotKnown) {
  MetricWriter out(kFamilies);
  out.EnterNode("c", "n");
  out.Write(kPlain, std::optional<double>());
  out.Write(kPlain, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(out.Lines(3), "");
  EXPECT_EQ(out.samples(), 0U);
}

TEST(MetricWriter, LeavesOutLabelsWithoutValue) {
  MetricWriter out(kFamilies);
  out.EnterNode("c", "n");
  out.Write(kLag, {"pg2", ""}, 1);
  EXPECT_EQ(out.Lines(2), "t_lag_bytes{pg_cluster=\"c\",pg_node=\"n\",standby=\"pg2\"} 1\n");
}

TEST(MetricWriter, WritesEveryStateAndOneOfThemIsOne) {
  MetricWriter out(kFamilies);
  constexpr std::array<std::string_view, 2> kStates = {"on", "off"};
  out.EnterNode("c", "n");
  out.WriteStates(kState, {}, kStates, "off");
  out.WriteStates(kState, {}, kStates, "strange");
  out.WriteStates(kState, {}, kStates, std::nullopt);
  const std::string on = "t_state{pg_cluster=\"c\",pg_node=\"n\",state=\"on\"} ";
  const std::string off = "t_state{pg_cluster=\"c\",pg_node=\"n\",state=\"off\"} ";
  const std::string none = on + "0\n" + off + "0\n";
  EXPECT_EQ(out.Lines(4), on + "0\n" + off + "1\n" + none + none);
}

TEST(MetricWriterDeathTest, AbortsOnAFamilyThatIsNotListedOrOfAnotherScope) {
  constexpr std::array kTwoFamilies = {&kUptime, &kNodes};
  MetricWriter out(kTwoFamilies);
  EXPECT_DEATH(out.Write(kPlain, 1), "");
  EXPECT_DEATH(out.Write(kNodes, 1), "");
}

TEST(MetricNumber, IntegersHaveNoFractionAndNoExponent) {
  EXPECT_EQ(Number(0), "0");
  EXPECT_EQ(Number(-0.0), "0");
  EXPECT_EQ(Number(-96), "-96");
  EXPECT_EQ(Number(1e15), "1000000000000000");
  EXPECT_EQ(Number(9007199254740992), "9007199254740992");
}

TEST(MetricNumber, ReadsBackExactly) {
  for (const double value : {0.1, 1.0 / 3, 1763700000.123456, 1e300, 5e-324, -2.5, 1.8e19})
    EXPECT_EQ(std::strtod(Number(value).c_str(), nullptr), value) << Number(value);
  EXPECT_EQ(Number(0.1), "0.1");
}

TEST(MetricNumber, InfinityIsWrittenAsPrometheusReadsIt) {
  EXPECT_EQ(Number(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(Number(-std::numeric_limits<double>::infinity()), "-Inf");
}

TEST(LabelValue, EscapesWhatWouldEndIt) {
  EXPECT_EQ(SafeLabelValue("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
  EXPECT_EQ(SafeLabelValue("<script>{a=\"b\"} 1"), "<script>{a=\\\"b\\\"} 1");
}

TEST(LabelValue, KeepsValidTextAndControlCharactersAsTheyAre) {
  for (const char* text : {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x90\x98",
                           "\t\r\x01", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(SafeLabelValue(text), text);
}

TEST(LabelValue, ReplacesEachInvalidByteAndAddsAHash) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(SafeLabelValue("caf\xE9").substr(0, 7), "caf" + bad + "~");
  EXPECT_EQ(SafeLabelValue("caf\xE9").size(), 13U);
  EXPECT_TRUE(SafeLabelValue("a\xE2\x82").starts_with("a" + bad + bad + "~"));  // cut in the middle
  EXPECT_TRUE(SafeLabelValue("\xFF\"").starts_with(bad + "\\\"~"));
}

TEST(LabelValue, RefusesOverlongFormsSurrogatesAndWhatIsBeyondUnicode) {
  for (const char* text : {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                           "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80"})
    EXPECT_NE(SafeLabelValue(text).find('~'), std::string::npos);
}

TEST(LabelValue, TwoNamesThatDifferInBadBytesStayTwo) {
  EXPECT_NE(SafeLabelValue("role\xE9"), SafeLabelValue("role\xE8"));
  EXPECT_EQ(SafeLabelValue("role\xE9"), SafeLabelValue("role\xE9"));
}

}  // namespace
}  // namespace pgfleet::metric
