// A pair that is set alike, and then not: what the page names, and that it is silent once mended.
#include <gmock/gmock.h>

#include "situations/drift.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

class SettingsDrift : public testing::TestWithParam<int> {
 protected:
  PostgresServer& primary() { return cluster_.primary(); }
  PostgresServer& standby() { return cluster_.standby(); }
  void Set(PostgresServer& server, const std::string& line) {
    server.AddConf({line});
    server.Reload();
  }
  // A later line wins over an earlier one, so a setting is taken back by removing the last line.
  void TakeBack(PostgresServer& server) {
    const auto file = server.data() / "postgresql.conf";
    std::string text = ReadFile(file);
    text.resize(text.rfind('\n', text.size() - 2) + 1);
    WriteFile(file, text);
    server.Reload();
  }

  Cluster cluster_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Server, SettingsDrift, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(SettingsDrift, OfIdenticalNodesIsNone) {
  ExporterProcess exporter(Comparing(cluster_));
  WaitForSettings(exporter, {});
  const Page page = exporter.Metrics();
  for (const std::string node : {"pg1", "pg2"}) {
    EXPECT_EQ(page.Value("pgfleet_settings_drifted", On(node, {{"against", "node"}})), 0);
    EXPECT_EQ(page.Value("pgfleet_settings_drifted", On(node, {{"against", "baseline"}})), 0);
    EXPECT_EQ(page.Value("pgfleet_settings_not_comparable", On(node)), 0);
  }
  EXPECT_EQ(page.Value("pgfleet_settings_fingerprint", On("pg1")),
            page.Value("pgfleet_settings_fingerprint", On("pg2")));
}

TEST_P(SettingsDrift, NamesTheOneThatDiffersAndNoOther) {
  ExporterProcess exporter(Comparing(cluster_));
  WaitForSettings(exporter, {});
  const std::pair<std::string, Names> kCases[] = {
      {"work_mem = '8MB'", {"pg2 work_mem node"}},
      {"max_connections = 500", {}},  // one more than the primary's needs: waits for a restart
      {"cluster_name = 'other'", {}},
      {"hot_standby_feedback = on", {}},
      {"wal_receiver_timeout = '17s'", {}},
      {"statement_timeout = '1h'", {}},
  };
  for (const auto& [line, names] : kCases) {
    SCOPED_TRACE(line);
    Set(standby(), line);
    WaitForSettings(exporter, names);
    TakeBack(standby());
    WaitForSettings(exporter, {});
  }
}

TEST_P(SettingsDrift, NamesSettingsOfAnExtensionThatOnlyOneNodeHas) {
  standby().AddConf({"shared_preload_libraries = 'plpgsql'"});
  standby().Restart();
  ExporterProcess exporter(Comparing(cluster_));
  WaitForSettings(exporter,
                  {"pg2 shared_preload_libraries node", "pg2 plpgsql.check_asserts node",
                   "pg2 plpgsql.extra_errors node", "pg2 plpgsql.extra_warnings node",
                   "pg2 plpgsql.print_strict_params node", "pg2 plpgsql.variable_conflict node"});
}

// 14 and later go on with replay paused, older ones stop; until then nothing shows.
TEST_P(SettingsDrift, NamesAStandbyWithFewerConnectionsThanItsPrimary) {
  const auto options = Comparing(cluster_);
  standby().Execute("SELECT " + WalName(GetParam(), "pg_wal_replay_pause()"));
  primary().AddConf({"max_connections = 177"});
  primary().Restart();
  ExporterProcess exporter(options);
  WaitForSettings(exporter, {"pg2 max_connections node"});
}

TEST_P(SettingsDrift, NamesASettingThatIsNotAsDeclared) {
  const std::string keys =
      "    settings:\n      practices: [durability]\n      baseline:\n"
      "        work_mem: {at_most: 64MB}\n        fsync: \"on\"\n"
      "        hot_standby_feedback: {exact: on, role: standby}\n";
  for (const auto& node : cluster_.nodes()) {
    node->AddConf({"fsync = on", "full_page_writes = on", "synchronous_commit = on"});
    node->Reload();
  }
  Set(standby(), "hot_standby_feedback = on");
  ExporterProcess exporter(Comparing(cluster_, keys));
  WaitForSettings(exporter, {});
  for (const auto& node : cluster_.nodes()) Set(*node, "fsync = off");
  WaitForSettings(exporter, {"pg1 fsync baseline", "pg2 fsync baseline"});
  for (const auto& node : cluster_.nodes()) TakeBack(*node);
  TakeBack(standby());
  WaitForSettings(exporter, {"pg2 hot_standby_feedback baseline"});
}

TEST_P(SettingsDrift, ShowsWhatAlterSystemDid) {
  ExporterProcess exporter(Comparing(cluster_));
  WaitForSettings(exporter, {});
  const auto before = exporter.Metrics().Value("pgfleet_settings_from_auto_conf", On("pg2"));
  standby().Execute("ALTER SYSTEM SET work_mem = '9MB'");
  standby().Reload();
  WaitForSettings(exporter, {"pg2 work_mem node"});
  WaitForValue(exporter, "pgfleet_settings_from_auto_conf", On("pg2"), *before + 1);
  standby().Execute("ALTER SYSTEM RESET work_mem");
  standby().Reload();
  WaitForSettings(exporter, {});
}

TEST_P(SettingsDrift, ShowsFilesThatTheServerWouldRefuse) {
  ExporterProcess exporter(Comparing(cluster_));
  const LabelMap file = On("pg2", {{"file", "postgresql.conf"}});
  WaitForValue(exporter, "pgfleet_settings_file_errors", file, 0);
  const auto loaded = standby().Value("SELECT pg_conf_load_time()");
  standby().AddConf({"this is = no setting"});  // before the reload
  WaitForValue(exporter, "pgfleet_settings_file_errors", file, 1);
  WaitForValue(exporter, "pgfleet_settings_reload_refused", On("pg2"), 1);
  standby().Signal(SIGHUP);  // and after it
  EXPECT_TRUE(WaitUntil([&] { return standby().Log().contains("contains errors"); }));
  EXPECT_EQ(standby().Value("SELECT pg_conf_load_time()"), loaded);
  WaitForValue(exporter, "pgfleet_settings_reload_refused", On("pg2"), 1);
  WaitForSettings(exporter, {});  // what runs is still the same
  TakeBack(standby());
  WaitForValue(exporter, "pgfleet_settings_reload_refused", On("pg2"), 0);
  if (GetParam() < 10) return;
  standby().SetHba("local all all trust\nlocal all all nonsense\n");
  WaitForValue(exporter, "pgfleet_settings_file_errors", On("pg2", {{"file", "pg_hba.conf"}}), 1);
}

TEST_P(SettingsDrift, ShowsWhatWaitsForARestartOrAReload) {
  ExporterProcess exporter(Comparing(cluster_));
  WaitForSettings(exporter, {});
  standby().AddConf({"work_mem = '11MB'"});
  WaitForValue(exporter, "pgfleet_settings_pending_reload", On("pg2"), 1);
  Set(standby(), "max_wal_senders = 33");
  WaitForSettings(exporter, {"pg2 work_mem node"});
  WaitForValue(exporter, "pgfleet_setting_pending_restart",
               On("pg2", {{"setting", "max_wal_senders"}}), 1);
  WaitForValue(exporter, "pgfleet_settings_pending_reload", On("pg2"), 0);
}

TEST_P(SettingsDrift, DoesNotCompareNodesThatShowDifferentThings) {
  auto nodes = Declared(cluster_);
  nodes[0].connection = "user: postgres";
  nodes[1].connection = "user: plain";
  ExporterProcess exporter(Watching(nodes, GetParam()));
  const Page page = exporter.WaitForPage([](const Page& p) {
    return p.Value("pgfleet_settings_not_comparable", On("pg2")).value_or(0) > 100;
  });
  EXPECT_FALSE(page.Has("pgfleet_settings_drifted", On("pg2", {{"against", "node"}})));
  EXPECT_EQ(page.Value("pgfleet_settings_drifted", On("pg1", {{"against", "node"}})), 0);
}

// ALTER DATABASE changes what our session begins with, and not what the files say.
TEST_P(SettingsDrift, DoesNotTakeWhatIsLaidOverOurSessionForTheServers) {
  primary().Execute(
      "ALTER DATABASE postgres SET work_mem = '1GB';"
      "ALTER DATABASE postgres SET statement_timeout = '4s'");
  ExporterProcess exporter(
      Comparing(cluster_, "    settings: {baseline: {work_mem: 4MB, statement_timeout: 0}}\n"));
  WaitForSettings(exporter, {});
  const Page page = WaitForValue(exporter, "pgfleet_settings_not_comparable", On("pg2"), 2);
  EXPECT_EQ(page.Value("pgfleet_settings_not_comparable", On("pg1")), 2);
  EXPECT_EQ(page.Value("pgfleet_settings_pending_reload", On("pg1")), 0);
}

// Also what changed while no exporter looked.
TEST_P(SettingsDrift, CountsChangesAcrossRestartsOfTheExporter) {
  const TempDir state;
  auto options = Comparing(cluster_);
  options.flags = {"--state-dir=" + state.path().string()};
  const std::string total = "pgfleet_settings_changes_total";
  {
    ExporterProcess exporter(options);
    WaitForValue(exporter, total, On("pg1"), 0);
    WaitForValue(exporter, total, On("pg2"), 0);
    EXPECT_FALSE(exporter.Metrics().Has("pgfleet_settings_last_change_timestamp_seconds"));
    Set(primary(), "work_mem = '12MB'");
    WaitForValue(exporter, total, On("pg1"), 1);
  }
  double last = 0;
  {
    ExporterProcess exporter(options);
    const Page page = WaitForValue(exporter, total, On("pg1"), 1);
    last = page.Value("pgfleet_settings_last_change_timestamp_seconds", On("pg1")).value_or(0);
    EXPECT_GT(last, 1.7e9);
  }
  Set(primary(), "work_mem = '13MB'");
  ExporterProcess exporter(options);
  const Page page = WaitForValue(exporter, total, On("pg1"), 2);
  EXPECT_GT(page.Value("pgfleet_settings_last_change_timestamp_seconds", On("pg1")), last);
  WaitForValue(exporter, total, On("pg2"), 0);
}

}  // namespace
}  // namespace pgfleet::test
