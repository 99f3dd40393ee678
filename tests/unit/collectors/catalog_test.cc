#include "collectors/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "page.h"

namespace pgfleet::collectors {
namespace {

TEST(Catalog, BeginsWithThePulse) {
  ASSERT_FALSE(Catalog().empty());
  EXPECT_EQ(Catalog().front()->name, "pulse");
  EXPECT_EQ(Catalog().front()->lane, model::Lane::kPulse);
}

TEST(Catalog, NamesOfCollectorsAndMetricsAreUnique) {
  std::set<std::string_view> names;
  for (const Collector* collector : Catalog()) {
    EXPECT_TRUE(names.insert(collector->name).second) << collector->name;
    for (const auto* metric : collector->metrics)
      EXPECT_TRUE(names.insert(metric->name).second) << metric->name;
  }
}

TEST(Catalog, EveryMetricSaysWhatItIsAndWhereItComesFrom) {
  for (const Collector* collector : Catalog())
    for (const auto* metric : collector->metrics) {
      EXPECT_TRUE(metric->name.starts_with("pgfleet_")) << metric->name;
      EXPECT_FALSE(metric->help.empty()) << metric->name;
      EXPECT_EQ(metric->help.find('\n'), std::string_view::npos) << metric->name;
      EXPECT_FALSE(metric->source.empty()) << metric->name;
      EXPECT_EQ(metric->kind == metric::Kind::kCounter, metric->name.ends_with("_total"))
          << metric->name;
      for (const std::string unit : {"seconds", "bytes"})
        EXPECT_EQ(metric->unit == unit, metric->name.ends_with("_" + unit) ||
                                            metric->name.ends_with("_" + unit + "_total"))
            << metric->name;
    }
}

TEST(Catalog, NoQueryAsksForEverything) {
  for (const Collector* collector : Catalog())
    for (const auto& variant : collector->sql) {
      EXPECT_EQ(variant.sql.find("SELECT *"), std::string_view::npos) << collector->name;
      EXPECT_EQ(variant.sql.find(".* "), std::string_view::npos) << collector->name;
      EXPECT_EQ(variant.sql.find(".*,"), std::string_view::npos) << collector->name;
    }
}

// A lock on a catalog must not be able to hold the pulse.
TEST(Catalog, ThePulseReadsNoRelation) {
  for (const auto& variant : kPulse.sql)
    for (const char* relation : {"pg_stat_wal_receiver", "pg_settings", "pg_replication_slots",
                                 "pg_stat_activity", "pg_stat_replication", "pg_roles"})
      EXPECT_EQ(variant.sql.find(relation), std::string_view::npos) << relation;
}

TEST(Catalog, NineDotSixIsAskedByItsOwnNames) {
  for (const Collector* collector : Catalog()) {
    const auto sql = pg::SqlFor(collector->sql, 90624);  // empty: not asked
    for (const char* name : {"pg_current_wal_", "pg_last_wal_", "pg_walfile_name", "_wal_replay_",
                             "sent_lsn", "x.write_lag", ".temporary"})
      EXPECT_EQ(sql.find(name), std::string_view::npos) << collector->name << ": " << name;
  }
}

TEST(Catalog, AnAnswerWithoutRowsIsRefused) {
  for (const Collector* collector : Catalog()) {
    if (collector->may_be_empty) continue;
    EXPECT_EQ(Refusal(*collector, Answer(*collector, {})), model::FailureReason::kBadValue)
        << collector->name;
  }
}

// Hostile: whatever the server sends, a decoder gives facts or a reason, and never both.
TEST(Catalog, RowsOfNullsAndOfRubbishAreRefusedOrHarmless) {
  for (const Collector* collector : Catalog())
    for (const Row& row : {Row(collector->columns), Row(collector->columns, "\xFFrubbish'\"\n"),
                           Row(collector->columns, "")}) {
      model::NodeFacts facts;
      const auto result = Decode(*collector, Answer(*collector, {row}), facts);
      EXPECT_FALSE(result) << collector->name;
      EXPECT_EQ(facts, model::NodeFacts{}) << collector->name;
    }
}

}  // namespace
}  // namespace pgfleet::collectors
