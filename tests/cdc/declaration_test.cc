// What is declared of a consumer of changes, and what the server has of it.
#include <gmock/gmock.h>

#include "support/majors.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

const LabelMap kConsumer = {
    {"slot", "debezium"}, {"database", "shop"}, {"publication", "dbz"}};

class Declaration : public testing::TestWithParam<int> {
 protected:
  static ExporterOptions WithConsumer(const Cluster& cluster, const std::string& tables) {
    ExporterOptions options = Watching(Declared(cluster), GetParam());
    options.config += "    cdc: [{slot: debezium, database: shop, publication: dbz, tables: [" +
                      tables + "]}]\n";
    return options;
  }
  PostgresServer& server() { return cluster_.primary(); }
  void Shop(const std::string& sql) {
    Connection(server().Conninfo("postgres", "shop")).Execute(sql);
  }
  static void ExpectUncovered(const ExporterProcess& exporter, double tables,
                              const std::vector<std::string>& named) {
    const Page page =
        WaitForValue(exporter, "pgfleet_cdc_tables_uncovered", kConsumer, tables);
    std::vector<std::string> found;
    for (const Sample& sample : page.All("pgfleet_cdc_table_uncovered", kConsumer))
      found.push_back(sample.labels.at("table"));
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(named));
    EXPECT_EQ(page.Value("pgfleet_cdc_publication_missing", kConsumer), 0);
  }

  Cluster cluster_{GetParam(), Alone()};
};
INSTANTIATE_TEST_SUITE_P(Server, Declaration, testing::ValuesIn(MajorsFrom(10)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Declaration);

TEST_P(Declaration, IsComparedWithTheSlotThePublicationAndItsTables) {
  const ExporterProcess exporter(WithConsumer(cluster_, R"(public.orders, "audit.*")"));
  WaitForValue(exporter, "pgfleet_slot_missing", {{"slot", "debezium"}}, 1);
  EXPECT_FALSE(exporter.Metrics().Has("pgfleet_cdc_publication_missing"))
      << "of a database that is not there nothing is known";

  server().Execute("CREATE DATABASE shop");
  Page page = WaitForValue(exporter, "pgfleet_cdc_publication_missing", kConsumer, 1);
  EXPECT_FALSE(page.Has("pgfleet_cdc_tables_uncovered"));

  server().Execute("SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')");
  WaitForValue(exporter, "pgfleet_cdc_slot_mismatch", kConsumer, 1);  // it is of `postgres`
  server().Execute("SELECT pg_drop_replication_slot('debezium')");
  Shop("SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')");
  page = WaitForValue(exporter, "pgfleet_cdc_slot_mismatch", kConsumer, 0);
  EXPECT_FALSE(page.Has("pgfleet_slot_missing"));

  Shop("CREATE PUBLICATION dbz");
  ExpectUncovered(exporter, 2, {"public.orders", "audit.*"});  // neither exists
  Shop("CREATE TABLE orders(id int PRIMARY KEY)");
  Shop("CREATE SCHEMA audit");
  Shop("CREATE TABLE audit.a(id int PRIMARY KEY)");
  Shop("CREATE TABLE audit.b(id int PRIMARY KEY)");
  Shop("CREATE TEMP TABLE none(id int)");
  ExpectUncovered(exporter, 3, {"public.orders", "audit.*"});
  Shop("ALTER PUBLICATION dbz ADD TABLE orders, audit.a");
  ExpectUncovered(exporter, 1, {"audit.*"});
  Shop("ALTER PUBLICATION dbz ADD TABLE audit.b");
  ExpectUncovered(exporter, 0, {});
  Shop("CREATE TABLE audit.c(id int)");  // what people forget
  ExpectUncovered(exporter, 1, {"audit.*"});
  Shop("DROP PUBLICATION dbz");
  WaitForValue(exporter, "pgfleet_cdc_publication_missing", kConsumer, 1);
  Shop("CREATE PUBLICATION dbz FOR ALL TABLES");
  ExpectUncovered(exporter, 0, {});
}

TEST_P(Declaration, OfAPartitionedTableIsKeptByThePublicationOfItsParts) {
  server().Execute("CREATE DATABASE shop");
  Shop("CREATE TABLE orders(id int) PARTITION BY RANGE (id)");
  Shop("CREATE TABLE low PARTITION OF orders FOR VALUES FROM (0) TO (10)");
  Shop("CREATE TABLE high PARTITION OF orders FOR VALUES FROM (10) TO (20)");
  Shop("CREATE PUBLICATION dbz FOR TABLE low");
  const ExporterProcess exporter(WithConsumer(cluster_, "public.orders, public.low"));
  ExpectUncovered(exporter, 1, {"public.orders"});
  Shop("ALTER PUBLICATION dbz ADD TABLE high");
  ExpectUncovered(exporter, 0, {});
  if (GetParam() < 13) return;  // nobody publishes it as a whole before
  Shop("DROP PUBLICATION dbz");
  Shop("CREATE PUBLICATION dbz FOR TABLE orders WITH (publish_via_partition_root)");
  ExpectUncovered(exporter, 0, {});
}

}  // namespace
}  // namespace pgfleet::test
