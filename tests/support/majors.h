#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pgfleet::test {

// As in the exporter, major 9 is 9.6.
inline constexpr int kOldestServer = 9;
inline constexpr int kNewestServer = 18;

// The majors that a test runs on: 10, the newest and two between; all of them, 9.6 too, with
// PGFLEET_TEST_MAJORS=all, or those it lists (PGFLEET_TEST_MAJORS=9,15).
std::vector<int> Majors();

// As people say it: 9.6, 10, 15.
std::string VersionOf(int major);

// The path of initdb, postgres or pg_ctl of a major. Throws with the remedy when it is not
// installed.
std::filesystem::path ServerProgram(int major, const std::string& name);

// The path of one of Debian's client programs: psql, pg_basebackup, pg_receivewal. Throws with the
// remedy.
std::filesystem::path ClientProgram(const std::string& name);

// SQL, or a part of it, that uses the names which 10 gave to functions and columns of WAL
// (pg_current_wal_lsn, sent_lsn) and to the directory pg_wal: on 9.6 with the names of 9.6.
std::string WalName(int major, std::string_view sql);

// A data directory as initdb leaves it (that of 9.6 can be replicated from, as 10's can), with the
// roles `postgres` (superuser), `mon` (pg_monitor; on 9.6, which has none, as `plain`) and `plain`,
// made once per major and kept in the build directory; trust authentication. Copies have one system
// identifier.
std::filesystem::path DataTemplate(int major);

// Copies a data directory of a stopped server (or a template) and gives the copy to the server
// user.
void CopyDataDirectory(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace pgfleet::test
