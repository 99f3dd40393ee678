#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// total, origin, remote position, local position
const Row kOrigin = {"1", "pg_16390", "16/B374D848", "0/3000060"};

TEST(ReplicationOrigins, PositionsAreBytes) {
  OneNode one;
  MustDecode(kReplicationOrigins, Answer(kReplicationOrigins, {kOrigin}), one.facts());
  EXPECT_EQ(one.Page(kReplicationOrigins),
            "pgfleet_series_dropped{kind=\"replication_origin\"} 0\n"
            "pgfleet_replication_origin_remote_lsn_bytes{origin=\"pg_16390\"} 97500059720\n"
            "pgfleet_replication_origin_local_lsn_bytes{origin=\"pg_16390\"} 50331744\n");
}

TEST(ReplicationOrigins, APositionThatTheServerDoesNotKnowIsAbsent) {
  Row row = kOrigin;
  row[3] = kNull;
  OneNode one;
  MustDecode(kReplicationOrigins, Answer(kReplicationOrigins, {row}), one.facts());
  const std::string page = one.Page(kReplicationOrigins);
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("local_lsn")));
  EXPECT_THAT(page, testing::HasSubstr("remote_lsn"));
}

TEST(ReplicationOrigins, APositionOfAnotherFormIsRefused) {
  Row row = kOrigin;
  row[2] = "16-B374D848";
  EXPECT_EQ(Refusal(kReplicationOrigins, Answer(kReplicationOrigins, {row})),
            model::FailureReason::kBadValue);
}

TEST(ReplicationOrigins, TheHelperIsAskedOnlyWhereNoGrantCanHelp) {
  EXPECT_NE(pg::SqlFor(kReplicationOrigins.fallback, 90624), "");
  EXPECT_NE(pg::SqlFor(kReplicationOrigins.fallback, 130023), "");
  EXPECT_EQ(pg::SqlFor(kReplicationOrigins.fallback, 140000), "");
}

}  // namespace
}  // namespace pgfleet::collectors
