#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// total, database, xid age, multixact age

TEST(Wraparound, EveryDatabaseHasItsTwoAges) {
  OneNode one;
  MustDecode(
      kWraparound,
      Answer(kWraparound, {{"202", "template0", "2146483647", "5"}, {"202", "orders", "30", "0"}}),
      one.facts());
  EXPECT_EQ(one.Page(kWraparound),
            "pgfleet_series_dropped{kind=\"database\"} 200\n"
            "pgfleet_database_xid_age_transactions{database=\"template0\"} 2146483647\n"
            "pgfleet_database_xid_age_transactions{database=\"orders\"} 30\n"
            "pgfleet_database_multixact_age_multixacts{database=\"template0\"} 5\n"
            "pgfleet_database_multixact_age_multixacts{database=\"orders\"} 0\n");
}

TEST(Wraparound, AnAgeThatIsMissingIsRefused) {
  EXPECT_EQ(Refusal(kWraparound, Answer(kWraparound, {{"1", "a", kNull, "5"}})),
            model::FailureReason::kBadValue);
  EXPECT_EQ(Refusal(kWraparound, Answer(kWraparound, {{"2", "a", "1", "5"}, {"2", "b", "1", "x"}})),
            model::FailureReason::kBadValue);
}

}  // namespace
}  // namespace pgfleet::collectors
