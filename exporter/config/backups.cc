#include "config/backups.h"

#include <algorithm>

#include "model/cron.h"

namespace pgfleet::config {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDefaultGrace = std::chrono::hours(1);

// Why the text cannot be a path; "" when it can.
std::string_view WhyNoPath(const YamlNode& value, bool glob) {
  constexpr std::size_t kLongest = 4000;
  const std::string_view text = value.text;
  if (value.kind != YamlNode::Kind::kScalar) return "needs a single value";
  if (!text.starts_with('/')) return "must be an absolute path: begin it with /";
  if (text.size() > kLongest) return "must not be longer than 4000 bytes";
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
    return "must not hold control characters";
  if (text.ends_with('/'))
    return glob ? "must name files, not their folder: end it with /*" : "must name a file";
  if (glob && text.contains("**"))
    return "must not hold **: name each folder between, as in /backup/*/*.dump";
  return "";
}

bool IsPattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

void ReadPath(Reader& reader, const YamlNode& value, std::string_view name, bool glob,
              Given<std::string>& into, bool& faulty) {
  std::string_view why = WhyNoPath(value, glob);
  if (why.empty() && !glob && IsPattern(value.text)) why = "must be one file, without * ? [";
  if (!why.empty()) {
    faulty = true;
    return reader.faults.Add(value.place, fmt::format("'{}' {}", name, why));
  }
  into = {.value = value.text, .place = value.place};
}

void ReadSchedule(Reader& reader, const YamlNode& value, BackupDraft& backup) {
  backup.schedule = {.value = "", .place = value.place};
  if (value.kind != YamlNode::Kind::kScalar)
    return reader.faults.Add(
        value.place,
        fmt::format("'schedule' needs a cron schedule such as \"30 7 * * 1-5\", not {}",
                    KindName(value.kind)));
  if (const auto schedule = model::ParseCron(value.text); !schedule)
    return reader.faults.Add(value.place, fmt::format("'schedule': {}", schedule.error()));
  backup.schedule->value = value.text;
}

constexpr Key<BackupDraft> kKeys[] = {
    {"name", true, &ReadName<BackupDraft>, "name", "required",
     "unique in its cluster; the label `backup`"},
    {"files", false,
     [](Reader& r, const YamlNode& v, BackupDraft& backup) {
       ReadPath(r, v, "files", true, backup.files, backup.faulty);
     },
     "absolute path with `*`, `?`, `[...]`", "required unless `status_file` is given",
     "the backups: files, or a folder for each"},
    {"schedule", false, &ReadSchedule, "cron schedule", "not judged",
     "when the job begins, in this machine's local time; overdue follows it"},
    {"grace", false,
     [](Reader& r, const YamlNode& v, BackupDraft& backup) {
       backup.grace =
           ReadTime(r, v, "grace", {.least = milliseconds(0), .most = std::chrono::days(31)});
     },
     "time", "`1h`", "how long after that a backup may take to be there; 0s to 31d"},
    {"status_file", false,
     [](Reader& r, const YamlNode& v, BackupDraft& backup) {
       ReadPath(r, v, "status_file", false, backup.status_file, backup.faulty);
     },
     "absolute path", "none",
     "where the job writes how it ended: its exit code, or what pgBackRest, Barman or WAL-G say as "
     "JSON"},
};

void Check(const BackupDraft& backup, Faults& faults) {
  if (backup.files.value.empty() && backup.status_file.value.empty() && !backup.faulty)
    faults.Add(backup.place, "a backup needs 'files', 'status_file' or both");
  if (backup.grace && !backup.schedule)
    faults.Add(backup.grace->place,
               "'grace' counts from the times of a schedule: add 'schedule', or remove it");
}

}  // namespace

void ReadBackups(Reader& reader, const YamlNode& value, std::vector<BackupDraft>& backups) {
  ReadList<BackupDraft>(reader, "backups", "backup", value, kKeys, backups);
}

std::vector<model::DeclaredBackup> FinishBackups(const std::vector<BackupDraft>& backups,
                                                 Faults& faults) {
  CheckUnique("backup", backups, faults);
  std::vector<model::DeclaredBackup> done;
  for (const BackupDraft& backup : backups) {
    Check(backup, faults);
    const milliseconds grace = backup.grace ? backup.grace->value : kDefaultGrace;
    done.push_back({.name = backup.name.text,
                    .files = backup.files.value,
                    .schedule = backup.schedule ? backup.schedule->value : "",
                    .grace = std::chrono::duration<double>(grace).count(),
                    .status_file = backup.status_file.value});
  }
  return done;
}

void DescribeBackups(std::vector<KeyDoc>& docs) { Describe<BackupDraft>("backup", kKeys, docs); }

}  // namespace pgfleet::config
