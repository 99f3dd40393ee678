#include "http/config_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <vector>

#include "http/drift_view.h"
#include "http/html.h"
#include "http/node_cells.h"
#include "http/table.h"
#include "http/words.h"

namespace pgfleet::http {
namespace {

using model::DeclaredCluster;

constexpr std::size_t kMostNames = 200;
constexpr std::array<std::string_view, 3> kKindNames = {"primary", "standby_cluster", "single"};

std::string Number(std::int64_t number) { return std::to_string(number); }

std::string List(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() == kMostNames) break;
    shown.push_back(Show(name));
  }
  if (shown.size() < names.size())
    shown.push_back(fmt::format("and {} more", names.size() - shown.size()));
  return fmt::format("{}", fmt::join(shown, ", "));
}

std::string NamesOf(const auto& all, auto name) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto& each : all) names.push_back(each.*name);
  return List(names);
}

void AddExpected(FactTable& table, const model::Expected& expected) {
  table.Row("expect.standbys", OrNothing(expected.standbys, Number));
  table.Row("expect.synchronous", OrNothing(expected.synchronous, Number));
  table.Row("expect.slots", OrNothing(expected.slots, [](const auto& slots) {
              return slots.empty() ? "none" : List(slots);
            }));
  table.Row("expect.archiving", OrNothing(expected.archiving, [](bool archiving) {
              return std::string(archiving ? "yes" : "no");
            }));
}

void AddObjectives(FactTable& table, const model::Objectives& objectives) {
  table.Row("objectives.lag", OrNothing(objectives.lag_seconds, SecondsText));
  table.Row("objectives.lag_bytes", OrNothing(objectives.lag_bytes, BytesText));
  table.Row("objectives.rpo", OrNothing(objectives.rpo_seconds, SecondsText));
  table.Row("objectives.backup_age", OrNothing(objectives.backup_age_seconds, SecondsText));
}

std::string Backups(const std::vector<model::DeclaredBackup>& backups) {
  std::string text;
  for (const auto& backup : backups)
    text += fmt::format("{}{}: {}{}{}", text.empty() ? "" : "<br>", Show(backup.name),
                        Show(backup.files), backup.schedule.empty() ? "" : ", at ",
                        Show(backup.schedule));
  return text;
}

std::string Consumers(const std::vector<model::DeclaredCdc>& consumers) {
  std::string text;
  for (const auto& consumer : consumers)
    text += fmt::format("{}slot {}, database {}, publication {}", text.empty() ? "" : "<br>",
                        Show(consumer.slot), Show(consumer.database), Show(consumer.publication));
  return text;
}

void AddDeclared(std::string& page, const DeclaredCluster& declared) {
  FactTable table(page);
  table.Row("kind", NameOf(kKindNames, declared.kind));
  table.Row("maintenance", declared.maintenance ? "yes" : "");
  for (std::size_t lane = 0; lane < model::kLaneNames.size(); ++lane)
    table.Row(fmt::format("lanes.{}", model::kLaneNames[lane]),
              "every " + SecondsText(declared.lane_intervals[lane]));
  AddObjectives(table, declared.objectives);
  AddExpected(table, declared.expected);
  table.Row("wal_volume", OrNothing(declared.wal_volume_bytes, BytesText));
  table.Row("archive directory", Show(declared.archive_directory));
  table.Row("backups", Backups(declared.backups));
  table.Row("pgagent database", Show(declared.pgagent_database));
  table.Row("cron database", Show(declared.cron_database));
  table.Row("cdc", Consumers(declared.cdc));
  table.Row("baselines", List(declared.settings->practices));
  table.Row("baseline settings",
            NamesOf(declared.settings->baseline, &model::SettingRule::setting));
  table.Row("declared roles", OrNothing(declared.access->roles, [](const auto& roles) {
              return std::to_string(roles.size());
            }));
}

std::string Connection(const model::DeclaredNode& node) {
  std::string text;
  for (const auto& [keyword, value] : node.connection)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", Show(keyword),
                        value ? Show(*value) : "<span class=\"soft\">(set)</span>");
  return text.empty() ? "libpq's defaults" : text;
}

void AddDeclaredNodes(std::string& page, const model::ClusterSnapshot& cluster) {
  Table table(page, {"Node", "Role", "Upstream", "Apply delay", "Connection"});
  for (const auto& snapshot : cluster.nodes) {
    const auto& node = snapshot.declared;
    table.Row(std::array{
        Show(node.name),
        OrNothing(node.role,
                  [](model::NodeRole role) {
                    return std::string(role == model::NodeRole::kPrimary ? "primary" : "standby");
                  }),
        Show(node.upstream), OrNothing(node.apply_delay, SecondsText), Connection(node)});
  }
}

}  // namespace

std::string RenderConfig(std::span<const model::SnapshotPtr> clusters) {
  std::string body =
      "<h1>Configuration</h1>\n<p class=\"soft\">As it is in force, with defaults. What may be a "
      "secret is shown as (set).</p>\n";
  for (const model::SnapshotPtr& cluster : clusters) {
    if (!cluster) continue;
    body += fmt::format("<h2><a href=\"{}\">{}</a></h2>\n", ClusterPath(cluster->name),
                        EscapeHtml(cluster->name));
    AddDeclared(body, cluster->declared);
    AddDeclaredNodes(body, *cluster);
  }
  return HtmlDocument("pgfleet: configuration", body);
}

}  // namespace pgfleet::http
