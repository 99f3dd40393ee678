// Passwords stand in many places that the exporter reads or could read. None may leave it.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "support/watch.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;

// 9.6 has no pg_monitor: there only a superuser sees everything.
std::vector<std::string> Users(int major) {
  return major < 10 ? std::vector<std::string>{"boss"} : std::vector<std::string>{"mon", "boss"};
}

// Every secret of these tests begins so, and nothing else does.
constexpr const char* kMark = "canary_";
constexpr const char* kOwn = "canary_own_password";
constexpr const char* kWrong = "canary_wrong_password";

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool HasCanary(const std::string& text) { return Lower(text).find(kMark) != std::string::npos; }

void ExpectNoCanary(const std::string& where, const std::string& text) {
  if (!HasCanary(text)) return;
  const auto at = Lower(text).find(kMark);
  ADD_FAILURE() << where << " tells: " << text.substr(at < 100 ? 0 : at - 100, 250);
}

// So that secrets differ from what is declared, and that roles with secret settings are looked at.
constexpr const char* kDeclared =
    "    settings:\n      practices: [durability, pitr_archiving]\n"
    "      baseline: {archive_command: {set: false}, restore_command: {set: false}, "
    "ssl_ciphers: {set: false}, app.plain: {set: false}}\n"
    "    roles: {plain: {login: true}}\n";

// A pair whose configuration, catalogs and access files are full of canaries.
class Canaries : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    primary_.Start();
    Populate();
    LetIn(primary_);
    standby_.Follow(primary_, "");
    SetConninfo("");  // over what Follow wrote: the last one counts
    standby_.Start();
    WaitUntilStreaming(primary_, standby_, standby_.name());
    LetIn(standby_);
    BreakHba(primary_);
    primary_.Execute("SELECT pg_switch_wal()");  // an archive_command that fails
  }

  // `wrong` goes to where libpq refuses it.
  void SetConninfo(const std::string& wrong) {
    const std::string conninfo =
        "primary_conninfo = 'host=" + primary_.socket_directory().string() +
        " port=5432 user=boss password=" + kOwn + " application_name=" + standby_.name() + wrong +
        "'";
    if (GetParam() >= 12) return standby_.AddConf({conninfo});
    AppendFile(standby_.data() / "recovery.conf", conninfo + "\n");
  }

  // Everything that a catalog can hold.
  void Populate() {
    Connection session = primary_.Connect();
    session.Execute("ALTER ROLE mon PASSWORD '" + std::string(kOwn) + "'");
    session.Execute("CREATE ROLE boss SUPERUSER REPLICATION LOGIN PASSWORD '" + std::string(kOwn) +
                    "'");
    for (const char* role : {"mon", "boss", "plain"})
      session.Execute("ALTER ROLE " + std::string(role) + " SET app.secret = 'canary_of_the_role'");
    session.Execute("ALTER DATABASE postgres SET app.token = 'canary_of_the_database'");
    session.Execute("ALTER ROLE plain IN DATABASE postgres SET app.key = 'canary_of_both'");
    session.Execute("COMMENT ON ROLE plain IS 'canary_of_the_comment'");
    session.Execute("ALTER SYSTEM SET app.plain = 'canary_of_auto_conf'");
    if (GetParam() < 10) return;
    session.Execute(
        "CREATE SUBSCRIPTION orders CONNECTION 'host=127.0.0.1 port=1 user=u "
        "password=canary_of_the_subscription' PUBLICATION feed WITH (connect = false)");
    session.Execute("ALTER SUBSCRIPTION orders ENABLE");  // fails again and again
  }

  // A line that matches nobody and holds a secret.
  static std::string Radius(const std::string& secret) {
    const std::string ending = GetParam() < 10 ? "" : "s";
    return "host nothing nobody 203.0.113.1/32 radius radiusserver" + ending +
           "=203.0.113.2 radiussecret" + ending + "=" + secret;
  }
  // The superuser of the tests comes in as before, everybody else with a password.
  void LetIn(PostgresServer& server) {
    server.SetHba("local all postgres trust\nlocal all,replication all md5\n" +
                  Radius("canary_of_hba") + "\n");
    server.Reload();
    ASSERT_TRUE(WaitUntil([&] { return !Accepts(server.Conninfo("mon")); })) << server.LogTail();
  }
  // From the next reload on the server says what is wrong and keeps what it has.
  void BreakHba(PostgresServer& server) {
    AppendFile(server.data() / "pg_hba.conf",
               Radius("canary_of_broken_hba") + " nonsense=canary_of_nonsense\n");
  }

  static std::vector<std::string> Conf(int major) {
    return {"archive_mode = on", "archive_command = '/bin/false canary_of_archive_command'",
            "ssl_ciphers = 'HIGH:canary_of_ciphers'", "app.plain = 'canary_of_postgresql_conf'",
            major >= 12 ? "restore_command = '/bin/false canary_of_restore_command'"
                        : "app.other = 'canary_of_nothing'"};
  }

  std::string Node(const std::string& name, const PostgresServer& server, const std::string& user,
                   const std::string& variable) const {
    return "      - {name: " + name + ", host: \"" + server.socket_directory().string() +
           "\", port: 5432, databases: [postgres], connection: {user: " + user +
           ", password: \"${" + variable + "}\"}}\n";
  }

  // Two clusters: the nodes as pg_monitor sees them, and as a superuser does. In each a node whose
  // password is wrong.
  ExporterOptions Options() const {
    std::string text =
        "lanes: {pulse: 500ms, status: 300ms, inventory: 500ms}\n"
        "connection: {dbname: postgres}\nclusters:\n";
    for (const std::string& user : Users(GetParam()))
      text += "  - name: as_" + user + "\n    nodes:\n" + Node("pg1", primary_, user, "OWN") +
              Node("pg2", standby_, user, "OWN") + Node("shut", primary_, user, "WRONG") +
              kDeclared;
    return {
        .config = text, .flags = {"--log.level=debug"}, .env = {{"OWN", kOwn}, {"WRONG", kWrong}}};
  }

  // Nobody can try guesses against a hash that is not there.
  void ExpectNoHash(const ExporterProcess& exporter) const {
    for (const std::string& secret :
         {std::string(kOwn), std::string("canary_of_the_role"),
          std::string("app.secret=canary_of_the_role"), std::string("canary_of_the_database"),
          std::string("/bin/false canary_of_archive_command"),
          std::string("archive_command=/bin/false canary_of_archive_command")})
      for (const std::string& hash : HashesOf(secret))
        for (const char* path : {"/metrics", "/drift", "/api/v1/drift"})
          EXPECT_EQ(exporter.Get(path).body.find(hash), std::string::npos) << path << secret;
  }
  // By what servers and programs commonly hash with; the first characters do.
  std::vector<std::string> HashesOf(const std::string& secret) const {
    std::vector<std::string> hashes = {
        primary_.Value("SELECT left(md5(" + Quoted(secret) + "), 12)")};
    if (GetParam() < 11) return hashes;
    for (const char* hash : {"sha224", "sha256", "sha384", "sha512"})
      hashes.push_back(primary_.Value("SELECT left(encode(" + std::string(hash) + "(" +
                                      Quoted(secret) + "::bytea), 'hex'), 12)"));
    return hashes;
  }

  PostgresServer primary_{GetParam(), {.name = "pg1", .conf = Conf(GetParam())}};
  PostgresServer standby_{GetParam(), {.name = "pg2", .conf = Conf(GetParam())}};
};
INSTANTIATE_TEST_SUITE_P(Server, Canaries, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

// The paths that the landing page leads to, and those that it need not name.
std::set<std::string> Paths(const ExporterProcess& exporter) {
  std::set<std::string> paths = {"/",
                                 "/metrics",
                                 "/probe?cluster=as_mon",
                                 "/probe?cluster=as_boss",
                                 "/probe?cluster=nobody",
                                 "/probe?target=nobody",
                                 "/-/healthy",
                                 "/-/ready",
                                 "/-/reload",
                                 "/sd",
                                 "/drift",
                                 "/drift?cluster=as_boss",
                                 "/api/v1/drift",
                                 "/api/v1/drift?cluster=as_boss",
                                 "/config",
                                 "/cluster/as_boss",
                                 "/node/as_boss/pg2",
                                 "/api/",
                                 "/no/such/page"};
  const std::string landing = exporter.Get("/").body;
  const std::regex link(R"re(href="(/[^"#]*)")re");
  for (std::sregex_iterator i(landing.begin(), landing.end(), link), end; i != end; ++i)
    paths.insert((*i)[1]);
  return paths;
}

void ExpectNoCanaryAnywhere(const ExporterProcess& exporter) {
  for (const std::string& path : Paths(exporter)) {
    const HttpResponse response = exporter.Get(path);
    ExpectNoCanary(path, response.body);
    for (const auto& [name, value] : response.headers) ExpectNoCanary(path, name + ": " + value);
  }
  ExpectNoCanary("the log", exporter.Log());
}

bool EverybodyAnswers(const Page& page, int major) {
  for (const std::string& user : Users(major))
    for (const char* node : {"pg1", "pg2"})
      for (const char* collector : {"walreceiver", "settings", "roles"})
        if (page.Value(
                "pgfleet_collector_success",
                {{"pg_cluster", "as_" + user}, {"pg_node", node}, {"collector", collector}}) != 1)
          return false;
  return true;
}

// Polls of every collector that have ended since this was called.
void WaitForRounds(const ExporterProcess& exporter, int rounds) {
  const LabelMap last = {{"pg_cluster", "as_boss"}, {"pg_node", "pg2"}, {"lane", "inventory"}};
  for (int i = 0; i < rounds; ++i) {
    const auto before = exporter.Metrics().Value("pgfleet_last_success_timestamp_seconds", last);
    exporter.WaitForPage([&](const Page& page) {
      return page.Value("pgfleet_last_success_timestamp_seconds", last) > before;
    });
  }
}

// Else the others prove nothing.
TEST_P(Canaries, AreThereToBeFound) {
  const std::string secret = "password=" + std::string(kOwn);
  EXPECT_FALSE(Accepts(primary_.Conninfo("mon")));
  EXPECT_TRUE(Accepts(primary_.Conninfo("mon") + " " + secret));
  Connection mon(primary_.Conninfo("mon") + " " + secret);
  EXPECT_THAT(mon.Value("SHOW archive_command"), HasSubstr("canary_of_archive_command"));
  EXPECT_THAT(mon.Value("SHOW app.secret"), HasSubstr("canary_of_the_role"));
  EXPECT_THAT(mon.Value("SELECT string_agg(setconfig::text, ' ') FROM pg_db_role_setting"),
              testing::AllOf(HasSubstr("canary_of_the_role"), HasSubstr("canary_of_the_database"),
                             HasSubstr("canary_of_both")));
  EXPECT_THAT(primary_.Value("SELECT string_agg(setting, ' ') FROM pg_file_settings"),
              testing::AllOf(HasSubstr("canary_of_auto_conf"), HasSubstr("canary_of_archive"),
                             HasSubstr("canary_of_postgresql_conf")));
  if (GetParam() < 10) return;
  EXPECT_THAT(primary_.Value("SELECT string_agg(options::text, ' ') FROM pg_hba_file_rules"),
              HasSubstr("canary_of_hba"));
  EXPECT_THAT(primary_.Value("SELECT subconninfo FROM pg_subscription"), HasSubstr(kMark));
  if (GetParam() < 12) return;
  Connection below(standby_.Conninfo("mon") + " " + secret);
  EXPECT_THAT(below.Value("SHOW primary_conninfo"), HasSubstr(kOwn));
  EXPECT_THAT(below.Value("SHOW restore_command"), HasSubstr("canary_of_restore_command"));
}

TEST_P(Canaries, LeaveTheExporterNowhere) {
  const ExporterProcess exporter(Options());
  const Page page =
      exporter.WaitForPage([](const Page& each) { return EverybodyAnswers(each, GetParam()); });
  EXPECT_EQ(
      page.State("pgfleet_down_reason", "reason", {{"pg_cluster", "as_boss"}, {"pg_node", "shut"}}),
      "auth");
  WaitForRounds(exporter, 3);
  ExpectNoCanaryAnywhere(exporter);
  ExpectNoHash(exporter);
  // The pages do tell that there is something.
  EXPECT_THAT(exporter.Get("/api/v1/drift?cluster=as_boss").body,
              testing::AllOf(HasSubstr("archive_command"), HasSubstr("app.secret")));
  // The search would find them: it finds what the exporter does show, the name of a slot.
  EXPECT_THAT(exporter.Log(), HasSubstr("shut"));
  primary_.Execute("SELECT pg_create_physical_replication_slot('canary_slot')");
  EXPECT_TRUE(WaitUntil([&] { return HasCanary(exporter.Get("/metrics").body); }));
}

TEST_P(Canaries, LeaveItNowhereWhenTheStandbyCannotUseItsConninfo) {
  standby_.Stop(SIGINT);
  SetConninfo(" canary_of_nonsense");
  standby_.Start();
  const ExporterProcess exporter(Options());
  exporter.WaitForPage([](const Page& page) {
    return EverybodyAnswers(page, GetParam()) &&
           page.Value("pgfleet_walreceiver_up", {{"pg_cluster", "as_boss"}, {"pg_node", "pg2"}}) ==
               0;
  });
  ASSERT_TRUE(WaitUntil([&] {
    return standby_.LogTail().find("canary_of_nonsense") != std::string::npos;
  })) << standby_.LogTail();
  WaitForRounds(exporter, 2);
  ExpectNoCanaryAnywhere(exporter);
}

// What the program says when it is asked once, and of a configuration that it refuses.
TEST_P(Canaries, StandInNoOutputOfTheProgram) {
  const TempDir directory;
  const std::filesystem::path config = directory.path() / "pgfleet.yml";
  const std::filesystem::path output = directory.path() / "output";
  const auto run = [&](const std::string& text, const std::vector<std::string>& flags,
                       const std::map<std::string, std::string>& env) {
    WriteFile(config, text);
    std::vector<std::string> argv = {ExporterProgram(), "--config.file=" + config.string(),
                                     "--log.level=debug"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    Process process({.argv = argv, .env = env, .output = output});
    ASSERT_TRUE(process.Wait(kPatience));
  };
  const ExporterOptions options = Options();
  run(options.config, {"--once"}, options.env);
  EXPECT_THAT(ReadFile(output), HasSubstr("pgfleet_up"));
  run(options.config + "    nonsense: 1\n", {"--config.check"}, options.env);
  EXPECT_THAT(ReadFile(output), HasSubstr("nonsense"));
  run(options.config, {"drift"}, options.env);
  EXPECT_THAT(ReadFile(output), HasSubstr("archive_command"));
  ExpectNoCanary("drift", ReadFile(output));
  run(options.config, {"baseline", "--cluster=as_boss"}, options.env);
  EXPECT_THAT(ReadFile(output), HasSubstr("archive_command: {set: true}"));
  // A setting that is no secret is written with its value.
  ExpectNoCanary("baseline",
                 std::regex_replace(ReadFile(output), std::regex("HIGH:canary_of_ciphers"), ""));
  Process with_dsn({.argv = {ExporterProgram(), "--once", "--log.level=debug"},
                    .env = {{"DATA_SOURCE_NAME", primary_.Conninfo("mon") + " password=" + kWrong}},
                    .output = output});
  ASSERT_TRUE(with_dsn.Wait(kPatience));
  Process with_bad_dsn(
      {.argv = {ExporterProgram(), "--once", "--log.level=debug"},
       .env = {{"DATA_SOURCE_NAME", std::string("host=/tmp password=") + kWrong + " nonsense"}},
       .output = output});
  ASSERT_TRUE(with_bad_dsn.Wait(kPatience));
  ExpectNoCanary("the output",
                 std::regex_replace(ReadFile(output), std::regex("HIGH:canary_of_ciphers"), ""));
}

}  // namespace
}  // namespace pgfleet::test
