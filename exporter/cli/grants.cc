#include "cli/grants.h"

#include <fmt/format.h>

#include <charconv>

#include "collectors/grants.h"

namespace pgfleet::cli {
namespace {

std::string VersionOf(int major) {
  return major == pg::kOldestMajor ? "9.6" : std::to_string(major);
}

// {0} version, {1} the role as an identifier, {2} the arguments that make this file.
constexpr std::string_view kHead =
    R"(-- The role that pgfleet_exporter logs in as, on PostgreSQL {0}. Made by
--     pgfleet_exporter grants {2}
-- Run it as a superuser on the primary, in the database that the exporter connects to; it may be run again:
--     psql -X -d postgres -f FILE
-- The standbys get all of it by replication. What a block says it buys is missing without it, and the exporter tells:
-- pgfleet_collector_supported 0, and the reason in pgfleet_collector_failure.
--
-- It gives the role no password. Do that by hand, so that the password stands in no file and in no log:
--     psql -X -d postgres -c '\password {1}'
-- and let it in (pg_hba.conf on every node), from the exporter's address only:
--     hostssl  postgres  {1}  192.0.2.10/32  scram-sha-256
)";

constexpr std::string_view kNewer = R"(--
-- PostgreSQL {} is newer than this exporter knows. This is what {} needs; it should do.
)";

constexpr std::string_view kStop = R"(
-- psql ends with an exit status at the first fault; nothing is changed then.
\set ON_ERROR_STOP on

)";

constexpr std::string_view kDatabases = R"(
-- Databases that the config declares for a node (databases: [...]) need nothing but the right to connect. Only where
-- it was taken away from PUBLIC, in no particular database:
--     GRANT CONNECT ON DATABASE "orders" TO {};
-- The database of jobs (pgagent: or cron: of the config) needs all of the above: run this file in it too, when it is
-- another one.
)";

}  // namespace

std::optional<int> ParseMajor(std::string_view text) {
  int major = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, major);
  const std::string_view rest(stop, end);
  const bool is_number = error == std::errc{} && rest.find_first_not_of("0123456789.") == rest.npos;
  if (!is_number || (!rest.empty() && (rest[0] != '.' || rest.size() == 1))) return std::nullopt;
  if (major == pg::kOldestMajor)
    return rest == ".6" || rest.starts_with(".6.") ? std::optional(major) : std::nullopt;
  constexpr int kHighest = 999;
  return major > pg::kOldestMajor && major <= kHighest ? std::optional(major) : std::nullopt;
}

std::string GrantsText(int major, std::string_view role) {
  const std::string identifier = collectors::QuotedIdentifier(role);
  const std::string arguments = "--version " + VersionOf(major);
  const std::string named = role == "pgfleet" ? "" : " --role ...";
  std::string text = fmt::format(kHead, VersionOf(major),
                                 role == "pgfleet" ? "pgfleet" : identifier, arguments + named);
  if (major > pg::kNewestKnownMajor) text += fmt::format(kNewer, major, pg::kNewestKnownMajor);
  text += kStop;
  text += collectors::GrantsSql(major, role);
  return text + fmt::format(kDatabases, identifier);
}

}  // namespace pgfleet::cli
