#include "backup/job_status.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "backup/verdict.h"

namespace pgfleet::backup {
namespace {

using Json = nlohmann::json;
using Backup = JobStatus::Backup;
using MaybeStatus = std::optional<JobStatus>;

constexpr std::string_view kSpace = " \t\r\n";

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

template <typename T>
std::optional<T> Number(std::string_view text) {
  T number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

// The member of an object; null where there is none.
const Json& At(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

// A number, or one in a text, as Barman has it.
std::optional<double> AsNumber(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return Number<double>(value.get_ref<const std::string&>());
  return std::nullopt;
}

bool IsText(const Json& value, std::string_view text) {
  return value.is_string() && value.get_ref<const std::string&>() == text;
}

// 2026-11-27T02:00:00.5+01:00
std::optional<double> AsTime(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = value.get_ref<const std::string&>();
  constexpr std::size_t kSeconds = 19;
  if (text.size() <= kSeconds || text[10] != 'T') return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) {
    return Number<int>(text.substr(at, length)).value_or(-1);
  };
  const std::chrono::year_month_day day(std::chrono::year(part(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(part(8, 2))));
  if (!day.ok() || part(11, 2) < 0 || part(14, 2) < 0 || part(17, 2) < 0) return std::nullopt;
  const auto midnight = std::chrono::sys_seconds(std::chrono::sys_days(day)).time_since_epoch();
  auto time = static_cast<double>(midnight.count());
  time += part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2);
  const auto zone = text.find_first_of("Z+-", kSeconds);
  if (zone == std::string_view::npos) return std::nullopt;
  if (text[zone] == 'Z') return time;
  if (text.size() != zone + 6 || part(zone + 1, 2) < 0 || part(zone + 4, 2) < 0)
    return std::nullopt;
  const int east = part(zone + 1, 2) * 3600 + part(zone + 4, 2) * 60;
  return time - (text[zone] == '+' ? east : -east);
}

std::optional<double> Either(std::optional<double> first, std::optional<double> second) {
  return first ? first : second;
}

// [{"backup": [{"timestamp": {"stop": 1}, "info": {"size": 2}, "error": false}],
//   "status": {"code": 0}}]
MaybeStatus ReadPgBackRest(const Json& root) {
  if (!root.is_array() || root.empty() || !At(root[0], "status").is_object()) return std::nullopt;
  JobStatus status{.format = format::kPgBackRest, .succeeded = true};
  for (const Json& stanza : root) {
    status.succeeded = status.succeeded && AsNumber(At(At(stanza, "status"), "code")) == 0;
    for (const Json& backup : At(stanza, "backup")) {
      const auto ended = AsNumber(At(At(backup, "timestamp"), "stop"));
      const Json& error = At(backup, "error");
      if (ended)
        status.backups.push_back({.ended = *ended,
                                  .bytes = AsNumber(At(At(backup, "info"), "size")),
                                  .complete = !error.is_boolean() || !error.get<bool>()});
    }
  }
  return status;
}

// A backup of `barman list-backups` or of `show-backup`, where more stands one level deeper. The
// newest stands first; one that failed or is under way has no time.
void AddBarman(const Json& backup, JobStatus& status) {
  const Json& base = At(backup, "base_backup_information");
  const Json& state = At(backup, "status");
  const bool done = IsText(state, "DONE") || IsText(state, "WAITING_FOR_WALS");
  status.succeeded = status.succeeded && !IsText(state, "FAILED");
  const auto ended =
      Either(AsNumber(At(backup, "end_time_timestamp")), AsNumber(At(base, "end_time_timestamp")));
  if (ended)
    status.backups.push_back({.ended = *ended,
                              .bytes = Either(AsNumber(At(backup, "size_bytes")),
                                              AsNumber(At(base, "disk_usage_bytes"))),
                              .complete = done});
}

// {"server": [{"backup_id": "x", "status": "DONE", "end_time_timestamp": "1", "size_bytes": 2}]}
MaybeStatus ReadBarman(const Json& root) {
  if (!root.is_object() || root.empty()) return std::nullopt;
  JobStatus status{.format = format::kBarman, .succeeded = true};
  for (const Json& server : root) {
    const bool listed = server.is_array();
    if (!listed && !At(server, "backup_id").is_string()) return std::nullopt;
    if (!listed) AddBarman(server, status);
    for (std::size_t i = 0; listed && i < server.size(); ++i) {
      if (!At(server[i], "backup_id").is_string()) return std::nullopt;
      // That an older one failed is no news.
      const bool before = status.succeeded;
      AddBarman(server[i], status);
      if (i > 0) status.succeeded = before;
    }
  }
  return status;
}

// [{"backup_name": "base_x", "time": "2026-11-27T02:00:00Z", "finish_time": ...}]; a backup that
// failed is not listed.
MaybeStatus ReadWalG(const Json& root) {
  if (!root.is_array()) return std::nullopt;
  // Nothing listed: of which tool cannot be told.
  JobStatus status{.format = root.empty() ? format::kUnknown : format::kWalG,
                   .succeeded = !root.empty()};
  for (const Json& backup : root) {
    const auto ended = Either(AsTime(At(backup, "finish_time")),
                              Either(AsTime(At(backup, "time")), AsTime(At(backup, "modified"))));
    if (!ended) return std::nullopt;
    status.backups.push_back({.ended = *ended, .bytes = AsNumber(At(backup, "uncompressed_size"))});
  }
  return status;
}

MaybeStatus ReadExitCode(std::string_view text) {
  constexpr std::string_view kKey = "exit_code=";
  std::optional<int> code = Number<int>(Trim(text));
  while (!code && !text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    if (line.starts_with(kKey)) code = Number<int>(Trim(line.substr(kKey.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!code) return std::nullopt;
  return JobStatus{.format = format::kExitCode, .succeeded = *code == 0};
}

}  // namespace

std::expected<JobStatus, std::string> ReadJobStatus(std::string_view text) {
  if (const auto code = ReadExitCode(text)) return *code;
  const Json root = Json::parse(text, nullptr, false);
  if (!root.is_discarded())
    for (const auto read : {&ReadPgBackRest, &ReadBarman, &ReadWalG})
      if (auto status = read(root)) return std::move(*status);
  return std::unexpected(
      Trim(text).empty()
          ? "the status file is empty"
          : "the status file holds neither an exit code nor JSON of pgBackRest, Barman or WAL-G");
}

}  // namespace pgfleet::backup
