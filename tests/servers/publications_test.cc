// Publications, against what a write on each of their tables meets.
#include <gmock/gmock.h>

#include "servers/logical_pair.h"
#include "servers/world.h"

namespace pgfleet::test {
namespace {

class Publications : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    server_.Start();
    session_ = std::make_unique<Connection>(server_.Conninfo());
  }

  // A table with one row, so that an UPDATE has something to do.
  void Table(const std::string& name, const std::string& definition) {
    session_->Execute("CREATE TABLE " + name + " " + definition);
    session_->Execute("INSERT INTO " + name + " VALUES (1)");
    tables_.push_back(name);
  }
  // On how many tables the server itself refuses an UPDATE.
  std::int64_t RefusedUpdates() {
    std::int64_t refused = 0;
    for (const std::string& table : tables_) {
      const Answer answer = session_->Query("UPDATE " + table + " SET id = id");
      if (answer.ok()) continue;
      EXPECT_EQ(answer.sqlstate, "55000") << table << ": " << answer.message;
      ++refused;
    }
    return refused;
  }
  model::Publication Found(const std::string& name, const std::string& user = "mon") {
    const CollectorRun run = RunCollector(CollectorNamed("publications"), server_, user);
    if (!run.decoded) throw std::runtime_error(run.answer.message);
    for (const auto& each : run.facts.databases.at("postgres").publications->publications)
      if (each.name == name) return each;
    throw std::runtime_error("no publication " + name);
  }

  PostgresServer server_{GetParam(), {.name = "publisher"}};
  std::unique_ptr<Connection> session_;
  std::vector<std::string> tables_;
};
INSTANTIATE_TEST_SUITE_P(Server, Publications, testing::ValuesIn(LogicalMajors()),
                         testing::PrintToStringParamName());

TEST_P(Publications, TablesWhoseRowsNothingIdentifiesAreThoseThatRefuseUpdates) {
  Table("keyed", "(id int PRIMARY KEY)");
  Table("bare", "(id int)");
  Table("whole", "(id int)");
  session_->Execute("ALTER TABLE whole REPLICA IDENTITY FULL");
  Table("nothing", "(id int PRIMARY KEY)");
  session_->Execute("ALTER TABLE nothing REPLICA IDENTITY NOTHING");
  Table("by_index", "(id int NOT NULL UNIQUE)");
  session_->Execute("ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id_key");
  Table("index_gone", "(id int NOT NULL)");
  session_->Execute("CREATE UNIQUE INDEX gone ON index_gone (id)");
  session_->Execute("ALTER TABLE index_gone REPLICA IDENTITY USING INDEX gone");
  session_->Execute("DROP INDEX gone");
  Table("deferred", "(id int PRIMARY KEY DEFERRABLE)");
  session_->Execute(
      "CREATE PUBLICATION feed FOR TABLE keyed, bare, whole, nothing, by_index, "
      "index_gone, deferred");
  EXPECT_EQ(RefusedUpdates(), 4);
  for (const char* user : {"postgres", "mon", "plain"}) {
    EXPECT_EQ(Found("feed", user).tables, 7);
    EXPECT_EQ(Found("feed", user).tables_without_identity, 4);
  }
  session_->Execute("ALTER TABLE bare REPLICA IDENTITY FULL");
  EXPECT_EQ(RefusedUpdates(), 3);
  EXPECT_EQ(Found("feed").tables_without_identity, 3);
}

TEST_P(Publications, OneOfInsertsAloneNeedsNoIdentity) {
  Table("bare", "(id int)");
  session_->Execute("CREATE PUBLICATION feed FOR TABLE bare WITH (publish = 'insert')");
  EXPECT_EQ(RefusedUpdates(), 0);
  EXPECT_EQ(Found("feed").tables, 1);
  EXPECT_EQ(Found("feed").tables_without_identity, 0);
}

TEST_P(Publications, AllTablesMeansEveryOne) {
  Table("keyed", "(id int PRIMARY KEY)");
  Table("bare", "(id int)");
  session_->Execute("CREATE PUBLICATION everything FOR ALL TABLES");
  session_->Execute("CREATE PUBLICATION empty");
  EXPECT_EQ(RefusedUpdates(), 1);
  EXPECT_EQ(Found("everything").tables, 2);
  EXPECT_EQ(Found("everything").tables_without_identity, 1);
  EXPECT_EQ(Found("empty").tables, 0);
}

TEST_P(Publications, ThoseThatTheCapCutsAreCounted) {
  for (int n = 0; n < 203; ++n) session_->Execute("CREATE PUBLICATION many_" + std::to_string(n));
  const auto facts = FactsOf("publications", server_);
  EXPECT_EQ(facts.databases.at("postgres").publications->publications.size(), 200U);
  EXPECT_EQ(facts.databases.at("postgres").publications->dropped, 3);
}

TEST_P(Publications, TablesOfASchemaAreThoseInIt) {
  if (GetParam() < 15) return;  // no such publication
  session_->Execute("CREATE SCHEMA shop");
  Table("shop.keyed", "(id int PRIMARY KEY)");
  Table("shop.bare", "(id int)");
  Table("elsewhere", "(id int)");
  session_->Execute("CREATE PUBLICATION shop FOR TABLES IN SCHEMA shop");
  EXPECT_EQ(RefusedUpdates(), 1);
  EXPECT_EQ(Found("shop").tables, 2);
  EXPECT_EQ(Found("shop").tables_without_identity, 1);
}

// The identity of a partition is its own: that of the root does not reach it.
TEST_P(Publications, APartitionedTableIsAsGoodAsItsPartitions) {
  if (GetParam() < 13) return;  // cannot be published
  session_->Execute("CREATE TABLE measure (id int) PARTITION BY RANGE (id)");
  session_->Execute("CREATE TABLE low PARTITION OF measure FOR VALUES FROM (0) TO (10)");
  session_->Execute("CREATE TABLE high PARTITION OF measure FOR VALUES FROM (10) TO (20)");
  session_->Execute("INSERT INTO measure VALUES (1), (11)");
  tables_ = {"low", "high"};
  session_->Execute("CREATE PUBLICATION parts FOR TABLE measure");
  session_->Execute(
      "CREATE PUBLICATION root FOR TABLE measure "
      "WITH (publish_via_partition_root = true)");
  session_->Execute("ALTER TABLE measure REPLICA IDENTITY FULL");
  EXPECT_EQ(RefusedUpdates(), 2);
  EXPECT_EQ(Found("parts").tables, 2);
  EXPECT_EQ(Found("parts").tables_without_identity, 2);
  EXPECT_EQ(Found("root").tables, 1);
  EXPECT_EQ(Found("root").tables_without_identity, 1);
  session_->Execute("ALTER TABLE low REPLICA IDENTITY FULL");
  session_->Execute("ALTER TABLE high REPLICA IDENTITY FULL");
  EXPECT_EQ(RefusedUpdates(), 0);
  EXPECT_EQ(Found("parts").tables_without_identity, 0);
  EXPECT_EQ(Found("root").tables_without_identity, 0);
}

}  // namespace
}  // namespace pgfleet::test
