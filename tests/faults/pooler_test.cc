#include <gmock/gmock.h>

#include <thread>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/pg_bouncer.h"
#include "support/platforms.h"

namespace pgfleet::test {
namespace {

using namespace std::chrono_literals;
using Pooling = PgBouncer::Pooling;

const ConfigOptions kQuick{.lanes = "pulse: 200ms, status: 300ms, inventory: 500ms"};
constexpr const char* kWarning = "a connection pooler stands before the node";

LabelMap Of(const std::string& collector) { return {{"pg_node", "pg1"}, {"collector", collector}}; }

bool Works(const Page& page) {
  for (const std::string collector :
       {"pulse", "identity", "walsenders", "slots", "archiver", "settings", "roles"})
    if (page.Value("pgfleet_collector_success", Of(collector)) != 1) return false;
  return page.Value("pgfleet_up", {{"pg_node", "pg1"}}) == 1;
}

std::size_t TimesIn(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++times;
  return times;
}

// All that a session of ours sets on a server that it has for itself, and whether it can write.
struct Leftovers {
  std::string read_only, search_path, statement_timeout, lock_timeout, application_name;
  std::string prepared;
};

Leftovers SeenBy(Connection& client) {
  return {client.Value("SHOW default_transaction_read_only"),
          client.Value("SHOW search_path"),
          client.Value("SHOW statement_timeout"),
          client.Value("SHOW lock_timeout"),
          client.Value("SHOW application_name"),
          client.Value("SELECT count(*) FROM pg_prepared_statements")};
}

class Pooler : public testing::TestWithParam<Pooling> {
 protected:
  Pooler() : cluster_(kFaultMajor, Pair()), bouncer_(cluster_.primary(), GetParam()) {
    cluster_.primary().Execute("GRANT CREATE ON SCHEMA public TO mon");
  }

  std::string Config() const {
    return ConfigText(
        {{.name = "pg1", .host = bouncer_.socket_directory(), .port = PgBouncer::port()}}, kQuick);
  }

  Cluster cluster_;
  PgBouncer bouncer_;
};
INSTANTIATE_TEST_SUITE_P(PgBouncer, Pooler,
                         testing::Values(Pooling::kTransaction, Pooling::kSession),
                         [](const auto& each) {
                           return each.param == Pooling::kTransaction ? "Transaction" : "Session";
                         });

TEST_P(Pooler, ANodeBehindItIsWatchedAndSaysSo) {
  const ExporterProcess exporter({.config = Config()});
  const Page page = exporter.WaitForPage(Works);
  EXPECT_EQ(page.Value("pgfleet_node_pooled", {{"pg_node", "pg1"}}), 1);
  EXPECT_EQ(page.State("pgfleet_node_role", "role", {{"pg_node", "pg1"}}), "primary");
  EXPECT_TRUE(page.Has("pgfleet_node_wal_lsn_bytes", {{"pg_node", "pg1"}}));
  double senders = 0;
  for (const Sample& sample : page.All("pgfleet_walsenders")) senders += sample.value;
  EXPECT_EQ(senders, 1);
  EXPECT_TRUE(page.Has("pgfleet_setting_value", {{"setting", "max_wal_senders"}}));
}

TEST_P(Pooler, ItIsSaidOnceInTheLog) {
  const ExporterProcess exporter({.config = Config()});
  exporter.WaitForPage(Works);
  std::this_thread::sleep_for(3s);  // fifteen pulses
  EXPECT_EQ(TimesIn(exporter.Log(), kWarning), 1U) << exporter.Log();
}

// The next client gets the server's session as the exporter left it.
TEST_P(Pooler, NothingIsLeftBehindForOthers) {
  Leftovers before;
  {
    Connection first(bouncer_.Conninfo("mon"));
    before = SeenBy(first);
  }
  const ExporterProcess exporter({.config = Config()});
  exporter.WaitForPage(Works);
  Connection client(bouncer_.Conninfo("mon"));
  for (int round = 0; round < 20; ++round) {  // between polls of every lane
    const Leftovers seen = SeenBy(client);
    ASSERT_EQ(seen.read_only, "off");
    ASSERT_EQ(seen.search_path, before.search_path);
    ASSERT_EQ(seen.statement_timeout, "0");
    ASSERT_EQ(seen.lock_timeout, "0");
    ASSERT_EQ(seen.application_name, before.application_name);
    ASSERT_EQ(seen.prepared, "0");
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_TRUE(client.Query("CREATE TABLE public.written AS SELECT 1").ok());
  EXPECT_TRUE(Works(exporter.Metrics()));
}

// Told by the server itself: the only backend that the pooler has answers us all.
TEST(TransactionPooler, OneBackendServesTheExporterAndTheOthers) {
  Cluster cluster(kFaultMajor, Alone());
  const PgBouncer bouncer(cluster.primary(), Pooling::kTransaction);
  const ExporterProcess exporter(
      {.config = ConfigText(
           {{.name = "pg1", .host = bouncer.socket_directory(), .port = PgBouncer::port()}},
           kQuick)});
  exporter.WaitForPage(Works);
  Connection client(bouncer.Conninfo("mon"));
  const std::string backend = client.Value("SELECT pg_backend_pid()");
  EXPECT_EQ(cluster.primary().Value("SELECT string_agg(pid::text, ',') FROM pg_stat_activity "
                                    "WHERE usename = 'mon'"),
            backend);
}

TEST_P(Pooler, ADirectConnectionIsNotTakenForOne) {
  DeclaredNode direct = Declared(cluster_.primary());
  const ExporterProcess exporter({.config = ConfigText({direct}, kQuick)});
  const Page page = exporter.WaitForPage(Works);
  EXPECT_EQ(page.Value("pgfleet_node_pooled", {{"pg_node", "pg1"}}), 0);
  EXPECT_EQ(TimesIn(exporter.Log(), kWarning), 0U);
}

}  // namespace
}  // namespace pgfleet::test
