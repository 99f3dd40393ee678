#include <gtest/gtest.h>

#include "collectors/conninfo_text.h"
#include "page.h"

namespace pgfleet::collectors {
namespace {

const Row kStreaming = {
    "t",         "1000",     "77",
    "streaming", "pg2",      "user=repl password=******** application_name='pg 2' host=h",
    "main",      "10.0.0.1", "5432",
    "990.5",     "0/3000060"};
const Row kNone = {"t", "1000", kNull, kNull, kNull, kNull, "main", kNull, kNull, kNull, kNull};

std::string States(std::string_view current) {
  std::string page;
  for (const std::string_view state :
       {"starting", "waiting", "restarting", "streaming", "stopping", "stopped"})
    page += "pgfleet_walreceiver_state{state=\"" + std::string(state) + "\"} " +
            (state == current ? "1\n" : "0\n");
  return page;
}

TEST(Walreceiver, SaysThatItStreamsAndWhenItLastHeard) {
  OneNode one;
  MustDecode(kWalreceiver, Answer(kWalreceiver, {kStreaming}), one.facts());
  EXPECT_EQ(one.Page(kWalreceiver),
            "pgfleet_walreceiver_up 1\n" + States("streaming") +
                "pgfleet_walreceiver_info{slot=\"pg2\",sender_host=\"10.0.0.1\",sender_port="
                "\"5432\"} 1\n"
                "pgfleet_walreceiver_message_age_seconds 9.5\n"
                "pgfleet_walreceiver_restarts_total 0\n");
  EXPECT_EQ(one.facts().walreceiver->application_name, "pg 2");
  EXPECT_EQ(one.facts().walreceiver->sender_port, 5432);
}

TEST(Walreceiver, AStandbyWithoutOneIsDown) {
  OneNode one;
  MustDecode(kWalreceiver, Answer(kWalreceiver, {kNone}), one.facts());
  EXPECT_FALSE(one.facts().walreceiver->present);
  EXPECT_EQ(one.Page(kWalreceiver),
            "pgfleet_walreceiver_up 0\n" + States("") + "pgfleet_walreceiver_restarts_total 0\n");
}

// One that cannot stream is started anew every few seconds, and each poll may find it alive.
TEST(Walreceiver, AnotherPidIsARestartAlsoWhenNoneWasSeenBetween) {
  OneNode one;
  for (const char* pid : {"77", "77", "78", "", "79", "79"}) {
    Row row = *pid == '\0' ? kNone : kStreaming;
    if (*pid != '\0') row[2] = pid;
    MustDecode(kWalreceiver, Answer(kWalreceiver, {row}), one.facts());
  }
  EXPECT_EQ(one.facts().walreceiver->restarts, 2);
}

TEST(Walreceiver, APrimaryHasNothingToSay) {
  Row row = kNone;
  row[0] = "f";
  OneNode one;
  MustDecode(kWalreceiver, Answer(kWalreceiver, {row}), one.facts());
  EXPECT_EQ(one.Page(kWalreceiver), "");
}

TEST(Walreceiver, APidWithoutStatusIsAMissingPrivilege) {
  Row row = kNone;
  row[2] = "77";
  EXPECT_EQ(Refusal(kWalreceiver, Answer(kWalreceiver, {row})), model::FailureReason::kPermission);
}

TEST(Walreceiver, WithoutAnApplicationNameItHasThatOfItsServer) {
  struct Case {
    std::optional<std::string> conninfo, cluster_name;
    std::string expected;
  };
  for (const Case& c :
       std::initializer_list<Case>{{"host=h", "main", "main"},
                                   {"host=h", "", "walreceiver"},
                                   {"host=h", kNull, "walreceiver"},
                                   {kNull, "main", "main"},
                                   {"fallback_application_name=fb", "main", "fb"}}) {
    Row row = kStreaming;
    row[5] = c.conninfo;
    row[6] = c.cluster_name;
    OneNode one;
    MustDecode(kWalreceiver, Answer(kWalreceiver, {row}), one.facts());
    EXPECT_EQ(one.facts().walreceiver->application_name, c.expected);
  }
}

TEST(ConninfoText, ReadsWhatLibpqWrites) {
  const auto keywords = ParseConninfoText(
      R"(user=repl  application_name = 'it\'s \\ here' dbname='' port=5432 options=a\ b)");
  EXPECT_EQ(keywords.at("user"), "repl");
  EXPECT_EQ(keywords.at("application_name"), R"(it's \ here)");
  EXPECT_EQ(keywords.at("dbname"), "");
  EXPECT_EQ(keywords.at("port"), "5432");
  EXPECT_EQ(keywords.at("options"), "a b");
}

TEST(ConninfoText, KeepsWhatStandsBeforeTheFault) {
  for (const char* text : {"a=1 b", "a=1 =2", "a=1 b='open", "a=1 b='open\\"}) {
    const auto keywords = ParseConninfoText(text);
    EXPECT_EQ(keywords.size(), 1U) << text;
    EXPECT_EQ(keywords.at("a"), "1") << text;
  }
  EXPECT_TRUE(ParseConninfoText("").empty());
  EXPECT_TRUE(ParseConninfoText("  \t").empty());
}

}  // namespace
}  // namespace pgfleet::collectors
