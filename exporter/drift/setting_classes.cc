#include "drift/setting_classes.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace pgfleet::drift {
namespace {

using enum SettingClass;
using model::ServerSetting;

struct ClassRow {
  std::string_view name;  // folded; a star at the end stands for any text
  SettingClass setting_class;
  int since = 0;  // server_version_num from which it holds
};

// The one table. What it does not name is kCompared, unless its context is `internal`: kComputed.
constexpr auto kTable = std::to_array<ClassRow>({
    {"block_size", kIdentity},
    {"data_checksums", kIdentity},
    {"debug_assertions", kIdentity},
    {"integer_datetimes", kIdentity},
    {"lc_collate", kIdentity},
    {"lc_ctype", kIdentity},
    {"segment_size", kIdentity},
    {"server_encoding", kIdentity},
    {"wal_block_size", kIdentity},
    {"wal_segment_size", kIdentity},

    {"max_connections", kOneSided},
    {"max_locks_per_transaction", kOneSided},
    {"max_prepared_transactions", kOneSided},
    {"max_wal_senders", kOneSided, 120000},
    {"max_worker_processes", kOneSided},

    {"bonjour_name", kNodeLocal},
    {"cluster_name", kNodeLocal},
    {"config_file", kNodeLocal},
    {"data_directory", kNodeLocal},
    {"event_source", kNodeLocal},
    {"external_pid_file", kNodeLocal},
    {"hba_file", kNodeLocal},
    {"ident_file", kNodeLocal},
    {"listen_addresses", kNodeLocal},
    {"log_directory", kNodeLocal},
    {"log_filename", kNodeLocal},
    {"port", kNodeLocal},
    {"primary_slot_name", kNodeLocal},
    {"ssl_cert_file", kNodeLocal},
    {"ssl_key_file", kNodeLocal},
    {"stats_temp_directory", kNodeLocal},
    {"syslog_ident", kNodeLocal},
    {"unix_socket_directories", kNodeLocal},

    // archive_command is none of these: both a primary and a standby that is to follow it need one.
    {"archive_cleanup_command", kRoleDependent},
    {"hot_standby_feedback", kRoleDependent},
    {"max_standby_archive_delay", kRoleDependent},
    {"max_standby_streaming_delay", kRoleDependent},
    {"primary_conninfo", kRoleDependent},
    {"promote_trigger_file", kRoleDependent},
    {"recovery_end_command", kRoleDependent},
    {"recovery_min_apply_delay", kRoleDependent},
    {"recovery_target*", kRoleDependent},
    {"restore_command", kRoleDependent},
    {"sync_replication_slots", kRoleDependent},
    {"synchronized_standby_slots", kRoleDependent},
    {"synchronous_standby_names", kRoleDependent},
    {"trigger_file", kRoleDependent},
    {"wal_receiver_*", kRoleDependent},
    {"wal_retrieve_retry_interval", kRoleDependent},

    // tcp_...: what the system uses for our own connection.
    {"application_name", kSession},
    {"client_encoding", kSession},
    {"default_transaction_*", kSession},
    {"extra_float_digits", kSession},
    {"idle_in_transaction_session_timeout", kSession},
    {"idle_session_timeout", kSession},
    {"is_superuser", kSession},
    {"lock_timeout", kSession},
    {"role", kSession},
    {"search_path", kSession},
    {"seed", kSession},
    {"session_authorization", kSession},
    {"session_replication_role", kSession},
    {"statement_timeout", kSession},
    {"tcp_keepalives_*", kSession},
    {"tcp_user_timeout", kSession},
    {"transaction_deferrable", kSession},
    {"transaction_isolation", kSession},
    {"transaction_read_only", kSession},
    {"transaction_timeout", kSession},

    // A minor release may stand on one node before it stands on the others.
    {"data_directory_mode", kComputed},
    {"huge_pages_status", kComputed},
    {"in_hot_standby", kComputed},
    {"num_os_semaphores", kComputed},
    {"server_version*", kComputed},
    {"shared_memory_size*", kComputed},

    {"krb_server_keyfile", kSecret},
    {"ssl_passphrase_command", kSecret},
});

// The server computes these from other settings while nobody sets them: then kComputed.
constexpr auto kAutomatic = std::to_array<std::string_view>(
    {"commit_timestamp_buffers", "io_max_concurrency", "subtransaction_buffers",
     "transaction_buffers", "wal_buffers"});

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsPattern(std::string_view name) { return name.ends_with('*'); }

bool Matches(std::string_view pattern, std::string_view name) {
  return IsPattern(pattern) ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                            : name == pattern;
}

bool IsAutomatic(std::string_view name, const ServerSetting& setting) {
  const bool is_set = setting.source != "default" && setting.source != "override";
  return !is_set && std::ranges::find(kAutomatic, name) != kAutomatic.end();
}

}  // namespace

std::string Folded(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), Lower);
  return folded;
}

bool IsCustom(std::string_view name) { return name.contains('.'); }

SettingClass ClassOf(const ServerSetting& setting, int version_number) {
  const std::string name = Folded(setting.name);
  const auto* row =
      std::ranges::find_if(kTable, [&](const ClassRow& r) { return Matches(r.name, name); });
  const bool is_old = row != kTable.end() && version_number != 0 && version_number < row->since;
  if (row != kTable.end() && !is_old) return row->setting_class;
  return setting.context == "internal" || IsAutomatic(name, setting) ? kComputed : kCompared;
}

std::string ClassTableText() {
  std::string text;
  for (const ClassRow& row : kTable) {
    text += row.name;
    text += ' ';
    text += kSettingClassNames[static_cast<std::size_t>(row.setting_class)];
    text += ' ' + std::to_string(row.since) + '\n';
  }
  for (const std::string_view name : kAutomatic) text.append(name).append(" automatic\n");
  return text;
}

SettingRules::Level SettingRules::LevelOf(const model::ComparisonLists& lists) {
  Level level;
  const auto add = [&level](const std::vector<std::string>& names, Word word) {
    for (const std::string& written : names) {
      std::string name = Folded(written);
      if (!IsPattern(name)) {
        level.names.emplace(std::move(name), word);
        continue;
      }
      name.pop_back();
      level.patterns.emplace_back(std::move(name), word);
    }
  };
  add(lists.ignore, Word::kIgnore);
  add(lists.may_differ, Word::kMayDiffer);
  add(lists.must_match, Word::kMustMatch);
  // Of the same pattern in two lists the one that says less counts, as of the same name.
  std::ranges::sort(level.patterns, std::ranges::greater{}, [](const auto& pattern) {
    return std::pair(pattern.first.size(), pattern.second);
  });
  return level;
}

SettingRules::SettingRules(const model::DesiredSettings& desired)
    : levels_{LevelOf(desired.cluster), LevelOf(desired.fleet)} {}

SettingRules::Word SettingRules::WordOn(std::string_view written) const {
  const std::string name = Folded(written);
  for (const Level& level : levels_) {
    if (const auto found = level.names.find(name); found != level.names.end()) return found->second;
    for (const auto& [pattern, word] : level.patterns)
      if (name.starts_with(pattern)) return word;
  }
  return Word::kNone;
}

SettingRules::Comparison SettingRules::BetweenNodes(const ServerSetting& setting,
                                                    int version_number) const {
  const Word word = WordOn(setting.name);
  if (word == Word::kMustMatch) return Comparison::kEqual;
  if (word != Word::kNone) return Comparison::kNone;
  const SettingClass setting_class = ClassOf(setting, version_number);
  if (setting_class == kOneSided) return Comparison::kNotLess;
  return setting_class == kCompared || setting_class == kIdentity ? Comparison::kEqual
                                                                  : Comparison::kNone;
}

bool SettingRules::CountsChanges(const ServerSetting& setting, int version_number) const {
  if (Ignores(setting.name)) return false;
  const SettingClass setting_class = ClassOf(setting, version_number);
  return setting_class != kSession && setting_class != kComputed && setting_class != kRoleDependent;
}

}  // namespace pgfleet::drift
