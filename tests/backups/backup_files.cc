#include "backup_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <stdexcept>

#include "support/majors.h"

namespace pgfleet::test {

std::vector<int> DumpedMajors() {
  constexpr int kNewest = 15;
  std::vector<int> majors = Majors();
  std::erase_if(majors, [](int major) { return major > kNewest; });
  return majors;
}

void RunClient(const PostgresServer& server, const std::string& program, const std::string& command,
               const std::filesystem::path& out) {
  const std::string client = ClientProgram(program).string() + " -U postgres -h " +
                             server.socket_directory().string() + " -p " +
                             std::to_string(PostgresServer::port());
  Run({.argv = {"/bin/bash", "-c", "set -e -o pipefail; " + command},
       .env = {{"PG", client}, {"OUT", out}}});
}

void FillWithRows(const PostgresServer& server) {
  server.Execute(
      "CREATE TABLE orders AS SELECT i AS id, md5(i::text) AS hash"
      " FROM generate_series(1, 3000) i");
  server.Execute(
      "CREATE TABLE notes AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 200)");
  server.Execute("CREATE TABLE nothing (id int PRIMARY KEY)");
  server.Execute("CREATE VIEW newest AS SELECT max(id) FROM orders");
  server.Execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'");
}

void SetTime(const std::filesystem::path& path, double modified) {
  const timespec time{static_cast<time_t>(modified), 0};
  const timespec times[] = {time, time};
  if (std::filesystem::is_directory(path))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
      utimensat(AT_FDCWD, entry.path().c_str(), times, AT_SYMLINK_NOFOLLOW);
  if (utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
    throw std::runtime_error("the time of " + path.string() + " cannot be set");
}

}  // namespace pgfleet::test
