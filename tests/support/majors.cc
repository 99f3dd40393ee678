#include "support/majors.h"

#include <cctype>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>

#include "support/files.h"
#include "support/process.h"

namespace pgfleet::test {
namespace {

// Changes when what a template holds changes: an old one in the build directory is then not taken
// for it.
constexpr const char* kTemplateFormat = "2";
constexpr const char* kRoles =
    "CREATE ROLE mon LOGIN IN ROLE pg_monitor\n"
    "CREATE ROLE plain LOGIN\n";
constexpr const char* kRoles96 =
    "CREATE ROLE mon LOGIN\n"
    "CREATE ROLE plain LOGIN\n";

// 9.6 lets nobody replicate until it is told to; 10 and later have all this by default.
constexpr const char* kReplicationConf96 =
    "wal_level = replica\n"
    "hot_standby = on\n"
    "max_wal_senders = 10\n"
    "max_replication_slots = 10\n";
constexpr const char* kReplicationHba96 =
    "local replication all trust\n"
    "host replication all 127.0.0.1/32 trust\n"
    "host replication all ::1/128 trust\n";

// What 10 renamed.
const std::map<std::string, std::string, std::less<>>& NamesOf96() {
  static const std::map<std::string, std::string, std::less<>> kNames = {
      {"pg_current_wal_flush_lsn", "pg_current_xlog_flush_location"},
      {"pg_current_wal_insert_lsn", "pg_current_xlog_insert_location"},
      {"pg_current_wal_lsn", "pg_current_xlog_location"},
      {"pg_is_wal_replay_paused", "pg_is_xlog_replay_paused"},
      {"pg_last_wal_receive_lsn", "pg_last_xlog_receive_location"},
      {"pg_last_wal_replay_lsn", "pg_last_xlog_replay_location"},
      {"pg_switch_wal", "pg_switch_xlog"},
      {"pg_wal", "pg_xlog"},
      {"pg_wal_lsn_diff", "pg_xlog_location_diff"},
      {"pg_wal_replay_pause", "pg_xlog_replay_pause"},
      {"pg_wal_replay_resume", "pg_xlog_replay_resume"},
      {"pg_walfile_name", "pg_xlogfile_name"},
      {"pg_walfile_name_offset", "pg_xlogfile_name_offset"},
      {"sent_lsn", "sent_location"},
      {"write_lsn", "write_location"},
      {"flush_lsn", "flush_location"},
      {"replay_lsn", "replay_location"}};
  return kNames;
}

bool IsOfName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<int> Listed(const std::string& text) {
  std::vector<int> majors;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) majors.push_back(std::stoi(word));
  return majors;
}

std::vector<int> AllMajors() {
  std::vector<int> majors;
  for (int major = kOldestServer; major <= kNewestServer; ++major) majors.push_back(major);
  return majors;
}

void InitDb(int major, const std::filesystem::path& directory) {
  std::vector<std::string> argv = {ServerProgram(major, "initdb"),
                                   "-D",
                                   directory,
                                   "-U",
                                   "postgres",
                                   "-A",
                                   "trust",
                                   "-N",  // the one spelling of "no sync" that all majors know
                                   "--locale=C",
                                   "-E",
                                   "UTF8"};
  if (major >= 11) argv.push_back("--wal-segsize=1");
  Run({.argv = argv, .as_server_user = true});
  if (major == 9) {
    AppendFile(directory / "postgresql.conf", kReplicationConf96);
    AppendFile(directory / "pg_hba.conf", kReplicationHba96);
  }
  Run({.argv = {ServerProgram(major, "postgres"), "--single", "-D", directory, "postgres"},
       .input = major == 9 ? kRoles96 : kRoles,
       .as_server_user = true});
}

std::filesystem::path Installed(int major) {
  const std::filesystem::path deps = PGFLEET_DEPS;
  if (major == 9) return deps / "postgres96" / "native";
  return deps / "postgres" / "node_modules" / ("pg" + std::to_string(major)) / "native";
}

bool EverybodyMayEnter(std::filesystem::path directory) {
  while (directory.has_relative_path()) {
    const auto permissions = std::filesystem::status(directory).permissions();
    if ((permissions & std::filesystem::perms::others_exec) == std::filesystem::perms::none)
      return false;
    directory = directory.parent_path();
  }
  return true;
}

// root's own clone may lie where the server user cannot go (/root): then the programs run from a
// copy in /tmp.
std::filesystem::path CopyForServerUser(int major, const std::filesystem::path& installed) {
  static std::map<int, TempDir> copies;
  const auto [copy, is_new] = copies.try_emplace(major);
  const std::filesystem::path native = copy->second.path() / "native";
  if (is_new) Run({.argv = {"/bin/cp", "-a", installed, native}});
  return native;
}

}  // namespace

std::vector<int> Majors() {
  const char* wanted = std::getenv("PGFLEET_TEST_MAJORS");
  if (wanted == nullptr || *wanted == '\0') return {10, 13, 15, 18};
  return std::string(wanted) == "all" ? AllMajors() : Listed(wanted);
}

std::string VersionOf(int major) { return major == 9 ? "9.6" : std::to_string(major); }

std::filesystem::path ServerProgram(int major, const std::string& name) {
  const std::filesystem::path installed = Installed(major);
  if (!std::filesystem::exists(installed / "bin" / name))
    throw std::runtime_error("PostgreSQL " + VersionOf(major) + " is not installed (no " +
                             (installed / "bin" / name).string() + "): run `" +
                             (major == 9 ? "tools/setup --for full" : "make setup") + "`");
  const bool runs_in_place = !IsRoot() || EverybodyMayEnter(std::filesystem::canonical(installed));
  return (runs_in_place ? installed : CopyForServerUser(major, installed)) / "bin" / name;
}

std::filesystem::path ClientProgram(const std::string& name) {
  const std::filesystem::path program = std::filesystem::path("/usr/lib/postgresql/15/bin") / name;
  if (std::filesystem::exists(program)) return program;
  throw std::runtime_error(name + " is not installed (no " + program.string() +
                           "): run `make setup`");
}

std::string WalName(int major, std::string_view sql) {
  if (major >= 10) return std::string(sql);
  std::string translated;
  for (std::size_t at = 0; at < sql.size();) {
    std::size_t end = at;
    while (end < sql.size() && IsOfName(sql[end])) ++end;
    if (end == at) ++end;
    const std::string_view word = sql.substr(at, end - at);
    const auto name = NamesOf96().find(word);
    translated += name == NamesOf96().end() ? word : std::string_view(name->second);
    at = end;
  }
  return translated;
}

std::filesystem::path DataTemplate(int major) {
  const std::filesystem::path root = PGFLEET_TEMPLATES;
  std::filesystem::create_directories(root);
  const std::string name = std::to_string(major) + "-" + kTemplateFormat;
  const FileLock lock(root / (name + ".lock"));
  const std::filesystem::path ready = root / name;
  if (std::filesystem::exists(ready)) return ready;
  // The server user need not be able to enter the build directory, so initdb works in /tmp.
  const TempDir work;
  InitDb(major, work.path() / "data");
  const std::filesystem::path unfinished = root / (name + ".unfinished");
  std::filesystem::remove_all(unfinished);
  CopyDataDirectory(work.path() / "data", unfinished);
  std::filesystem::rename(unfinished, ready);
  return ready;
}

void CopyDataDirectory(const std::filesystem::path& from, const std::filesystem::path& to) {
  Run({.argv = {"/bin/cp", "-a", from, to}});
  GiveToServerUser(to);
}

}  // namespace pgfleet::test
