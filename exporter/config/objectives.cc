#include "config/objectives.h"

namespace pgfleet::config {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest = std::chrono::days(365);

constexpr Key<ObjectivesDraft> kKeys[] = {
    {"lag", false,
     [](Reader& r, const YamlNode& v, ObjectivesDraft& objectives) {
       // Less than a pulse can be cannot be measured.
       objectives.lag = ReadTime(r, v, "lag", {.least = milliseconds(100), .most = kLongest});
     },
     "time", "none", "how far a standby may lie behind the primary; 100ms to 365d"},
    {"lag_bytes", false,
     [](Reader& r, const YamlNode& v, ObjectivesDraft& objectives) {
       objectives.lag_bytes = ReadSize(r, v, "lag_bytes");
     },
     "size", "none", "the same in bytes of WAL; 1B to 1024TB"},
    {"rpo", false,
     [](Reader& r, const YamlNode& v, ObjectivesDraft& objectives) {
       objectives.rpo = ReadTime(r, v, "rpo", {.least = milliseconds(0), .most = kLongest});
     },
     "time", "none", "how much of the newest work may be lost with the primary; 0s to 365d"},
    {"backup_age", false,
     [](Reader& r, const YamlNode& v, ObjectivesDraft& objectives) {
       objectives.backup_age =
           ReadTime(r, v, "backup_age", {.least = milliseconds(1000), .most = kLongest});
     },
     "time", "none", "how old the last base backup may become; 1s to 365d"},
};

std::optional<double> Seconds(const std::optional<GivenTime>& over,
                              const std::optional<GivenTime>& under) {
  const auto& given = over ? over : under;
  if (!given) return std::nullopt;
  return std::chrono::duration<double>(given->value).count();
}

}  // namespace

void ReadObjectives(Reader& reader, const YamlNode& value, ObjectivesDraft& objectives) {
  ReadMapping<ObjectivesDraft>(reader, "'objectives'", value, kKeys, objectives);
}

model::Objectives FinishObjectives(const ObjectivesDraft& under, const ObjectivesDraft& over) {
  model::Objectives done{.lag_seconds = Seconds(over.lag, under.lag),
                         .lag_bytes = std::nullopt,
                         .rpo_seconds = Seconds(over.rpo, under.rpo),
                         .backup_age_seconds = Seconds(over.backup_age, under.backup_age)};
  const auto& bytes = over.lag_bytes ? over.lag_bytes : under.lag_bytes;
  if (bytes) done.lag_bytes = static_cast<double>(bytes->value);
  return done;
}

void DescribeObjectives(std::vector<KeyDoc>& docs) {
  Describe<ObjectivesDraft>("objectives", kKeys, docs);
}

}  // namespace pgfleet::config
