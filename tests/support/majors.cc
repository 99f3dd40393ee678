#include "support/majors.h"

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
                                   "--no-sync",
                                   "--locale=C",
                                   "-E",
                                   "UTF8"};
  if (major >= 11) argv.push_back("--wal-segsize=1");
  Run({.argv = argv, .as_server_user = true});
  Run({.argv = {ServerProgram(major, "postgres"), "--single", "-D", directory, "postgres"},
       .input = kRoles,
       .as_server_user = true});
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

std::filesystem::path ServerProgram(int major, const std::string& name) {
  const std::filesystem::path installed =
      std::filesystem::path(PGFLEET_SERVERS) / ("pg" + std::to_string(major)) / "native";
  if (!std::filesystem::exists(installed / "bin" / name))
    throw std::runtime_error("PostgreSQL " + std::to_string(major) + " is not installed (no " +
                             (installed / "bin" / name).string() + "): run `make setup`");
  const bool runs_in_place = !IsRoot() || EverybodyMayEnter(std::filesystem::canonical(installed));
  return (runs_in_place ? installed : CopyForServerUser(major, installed)) / "bin" / name;
}

std::filesystem::path ClientProgram(const std::string& name) {
  const std::filesystem::path program = std::filesystem::path("/usr/lib/postgresql/15/bin") / name;
  if (std::filesystem::exists(program)) return program;
  throw std::runtime_error(name + " is not installed (no " + program.string() +
                           "): run `make setup`");
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
