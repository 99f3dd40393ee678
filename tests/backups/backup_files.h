#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/postgres_server.h"

namespace pgfleet::test {

// The majors that the installed pg_dump knows.
std::vector<int> DumpedMajors();

// Runs one of Debian's client programs against the server, as a shell command whose $PG stands for
// its path and the connection: "$PG -Fc > $OUT/a.dump".
void RunClient(const PostgresServer& server, const std::string& program, const std::string& command,
               const std::filesystem::path& out);

// Tables of some kinds, an empty one, with rows that compress and rows that do not.
void FillWithRows(const PostgresServer& server);

// Of the file, or of a folder with all that is in it; seconds since the epoch.
void SetTime(const std::filesystem::path& path, double modified);

}  // namespace pgfleet::test
