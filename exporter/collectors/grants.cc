#include "collectors/grants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "collectors/grants_sql.h"

namespace pgfleet::collectors {
namespace {

using Names = std::array<std::string_view, 1>;

constexpr std::array<std::string_view, 3> kNeedMonitor = {"walsenders", "walreceiver",
                                                          "sync_waits"};
constexpr Names kSenders = {"walsenders"};
constexpr Names kReceiver = {"walreceiver"};
constexpr Names kActivity = {"sync_waits"};
constexpr Names kOrigins = {"replication_origins"};

constexpr std::array kGrants = {
    Grant{.necessary = true, .buys = "The search path of this transaction.", .sql = kPreludeSql},
    Grant{.necessary = true,
          .buys = "It logs in and can do nothing else. An exporter holds two sessions per node;\n"
                  "five leave room for a second exporter and for a reconnect.",
          .sql = kRoleSql},
    Grant{.buys = "Only needed where CONNECT on this database was taken away from PUBLIC.",
          .sql = kConnectSql},
    Grant{.buys = "True values of all server settings: what was set for the role or its sessions\n"
                  "would hide the server's own from it (pgfleet_setting_*, drift).",
          .sql = kResetSql},
    Grant{.from = 10,
          .collectors = kNeedMonitor,
          .buys =
              "Statistics of all sessions, settings that only superusers see, and the sizes of\n"
              "the server's directories: senders, receiver and lag (pgfleet_walsender_*,\n"
              "pgfleet_walreceiver_*), synchronous waits, WAL directory, all of drift.",
          .sql = "GRANT pg_monitor TO {role};\n"},
    Grant{.from = 16,
          .buys =
              "A session also when max_connections is used up, as far as the server keeps some\n"
              "back (reserved_connections).",
          .sql = "GRANT pg_use_reserved_connections TO {role};\n"},
    Grant{.buys = "Faults in postgresql.conf before a restart finds them:\n"
                  "pgfleet_settings_file_errors{file=\"postgresql.conf\"},\n"
                  "pgfleet_settings_reload_refused, pgfleet_settings_pending_reload.",
          .sql = kFileSettingsSql},
    Grant{.from = 10,
          .buys = "Faults in pg_hba.conf, and that it differs between nodes:\n"
                  "pgfleet_settings_file_errors{file=\"pg_hba.conf\"}.",
          .sql = kHbaSql},
    Grant{.from = 15,
          .buys = "Faults in pg_ident.conf: pgfleet_settings_file_errors{file=\"pg_ident.conf\"}.",
          .sql = kIdentSql},
    Grant{.from = 14,
          .collectors = kOrigins,
          .buys = "How far replication origins are: pgfleet_replication_origin_*.",
          .sql = kOriginStatusSql},
    Grant{.necessary = true,
          .buys =
              "The schema of the functions below: they run with the rights of the superuser who\n"
              "runs this, and show the role no more than they say. Helpers of other majors, as\n"
              "an upgrade may have left them, are dropped.",
          .sql = kSchemaSql},
    Grant{.to = 9,
          .collectors = kSenders,
          .buys = "Position and state of senders (pgfleet_walsender_*): 9.6 has no pg_monitor.",
          .sql = kStatReplicationSql},
    Grant{.to = 9,
          .collectors = kReceiver,
          .buys = "Position and state of the receiver (pgfleet_walreceiver_*), without its\n"
                  "connection string.",
          .sql = kStatWalReceiverSql},
    Grant{.to = 9,
          .collectors = kActivity,
          .buys = "What sessions wait for, and which hold back vacuum (pgfleet_sync_*,\n"
                  "pgfleet_oldest_xmin_*), without their queries.",
          .sql = kStatActivitySql},
    Grant{.to = 9,
          .buys = "Size and age of WAL files: pgfleet_wal_directory_*.",
          .sql = kLsWalDirSql},
    Grant{.to = 11, .buys = kArchiveStatusBuys, .sql = kLsArchiveStatusSql},
    Grant{.to = 13,
          .collectors = kOrigins,
          .buys = "How far replication origins are (pgfleet_replication_origin_*): before 14 no\n"
                  "right can show them.",
          .sql = kOriginHelperSql},
    Grant{.buys = "How many roles still have an md5 password (pgfleet_roles_password_method): the\n"
                  "kind of each role's password, never the password or its hash.",
          .sql = kPasswordMethodsSql},
    Grant{.buys = "In a database with pgAgent: its jobs and how they ran (pgfleet_pgagent_*),\n"
                  "never what they execute or print.",
          .sql = kPgagentSql},
    Grant{.buys =
              "In a database with pg_cron: everybody's jobs and how they ran (pgfleet_cron_*),\n"
              "never what they execute or return. For a pg_cron that was installed or upgraded\n"
              "later, run this again.",
          .sql = kCronSql},
};

// A dollar quote that does not end early.
std::string DollarQuote(std::string_view role) {
  std::string tag = "pgfleet";
  while (role.contains(fmt::format("${}$", tag))) tag.push_back('_');
  return fmt::format("${}$", tag);
}

// E'...' where a backslash could mean something else.
std::string QuotedText(std::string_view text) {
  std::string quoted = text.contains('\\') ? "E'" : "'";
  for (const char c : text) quoted.append(c == '\'' || c == '\\' ? 2 : 1, c);
  quoted.push_back('\'');
  return quoted;
}

std::string Comment(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    text += fmt::format("-- {}\n", lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

struct Placeholder {
  std::string_view name;
  std::string value;
};

// In one pass: a role's name may look like a placeholder.
std::string Filled(std::string_view sql, std::span<const Placeholder> placeholders) {
  std::string text;
  while (!sql.empty()) {
    const auto found = std::ranges::find_if(
        placeholders, [&](const Placeholder& each) { return sql.starts_with(each.name); });
    const bool is_one = found != placeholders.end();
    text += is_one ? std::string_view(found->value) : sql.substr(0, 1);
    sql.remove_prefix(is_one ? found->name.size() : 1);
  }
  return text;
}

}  // namespace

std::span<const Grant> Grants() { return kGrants; }

bool IsRoleName(std::string_view role) {
  constexpr std::size_t kLongest = 63;  // PostgreSQL cuts longer ones
  const bool plain = std::ranges::none_of(
      role, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
  return plain && !role.empty() && role.size() <= kLongest && !role.starts_with("pg_") &&
         role != "public" && role != "none";
}

std::string QuotedIdentifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  quoted.push_back('"');
  return quoted;
}

std::string GrantsSql(int major, std::string_view role) {
  major = std::clamp(major, pg::kOldestMajor, pg::kNewestKnownMajor);
  const bool is_oldest = major == pg::kOldestMajor;
  const std::array<Placeholder, 7> placeholders = {
      {{"{role}", QuotedIdentifier(role)},
       {"{role_text}", QuotedText(role)},
       {"{quote}", DollarQuote(role)},
       {"{major}", std::to_string(major)},
       {"{version}", is_oldest ? "9.6" : std::to_string(major)},
       // Later servers than are known get what the newest known needs.
       {"{differs}", major == pg::kNewestKnownMajor ? "<" : "<>"},
       {"{wal}", is_oldest ? "pg_xlog" : "pg_wal"}}};
  std::string text;
  for (const Grant& grant : kGrants) {
    if (major < grant.from || grant.to < major) continue;
    text += Comment(grant.buys);
    text += grant.necessary ? "" : "-- May be left out.\n";
    text += Filled(grant.sql, placeholders) + "\n";
  }
  return text + "COMMIT;\n";
}

}  // namespace pgfleet::collectors
