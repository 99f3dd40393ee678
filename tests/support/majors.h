#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pgfleet::test {

inline constexpr int kOldestServer = 10;
inline constexpr int kNewestServer = 18;

// The majors that a test runs on: first, last and two between; all of them with
// PGFLEET_TEST_MAJORS=all, or those it lists (PGFLEET_TEST_MAJORS=10,15).
std::vector<int> Majors();

// The path of initdb, postgres or pg_ctl of a major. Throws with the remedy when it is not
// installed.
std::filesystem::path ServerProgram(int major, const std::string& name);

// The path of one of Debian's client programs: psql, pg_basebackup, pg_receivewal. Throws with the
// remedy.
std::filesystem::path ClientProgram(const std::string& name);

// A data directory as initdb leaves it, with the roles `postgres` (superuser), `mon` (pg_monitor)
// and `plain`, made once per major and kept in the build directory; trust authentication. Copies
// have one system identifier.
std::filesystem::path DataTemplate(int major);

// Copies a data directory of a stopped server (or a template) and gives the copy to the server
// user.
void CopyDataDirectory(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace pgfleet::test
