#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

TEST(Identity, NamesTheServer) {
  OneNode one;
  MustDecode(kIdentity, Answer(kIdentity, {{"180004", "18.4 (Debian \"x\")", "100.5", "200"}}),
             one.facts());
  auto pulse = std::make_shared<model::PulseFacts>();
  pulse->system_identifier = "7301234567890123456";
  one.facts().pulse = pulse;
  EXPECT_EQ(one.Page(kIdentity),
            "pgfleet_node_info{server_version=\"18.4 (Debian \\\"x\\\")\","
            "system_identifier=\"7301234567890123456\"} 1\n"
            "pgfleet_server_version_number 180004\n"
            "pgfleet_server_version_untested 0\n"
            "pgfleet_node_start_timestamp_seconds 100.5\n"
            "pgfleet_node_config_load_timestamp_seconds 200\n");
}

TEST(Identity, SaysWhenTheVersionWasNeverTested) {
  OneNode one;
  MustDecode(kIdentity, Answer(kIdentity, {{"190001", "x", "1", "1"}}), one.facts());
  EXPECT_THAT(one.Page(kIdentity), testing::HasSubstr("version_untested 1\n"));
  MustDecode(kIdentity, Answer(kIdentity, {{"90624", "x", "1", "1"}}), one.facts());
  EXPECT_THAT(one.Page(kIdentity), testing::HasSubstr("version_untested 0\n"));
}

TEST(Identity, GivesNoInfoWithoutAPulse) {
  OneNode one;
  MustDecode(kIdentity, Answer(kIdentity, {{"150018", "15.18", "1", "1"}}), one.facts());
  EXPECT_THAT(one.Page(kIdentity), testing::Not(testing::HasSubstr("node_info")));
}

}  // namespace
}  // namespace pgfleet::collectors
