#include "cli/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "cli/poll.h"
#include "log/utf8.h"

namespace pgfleet::cli {
namespace {

using Row = std::array<std::string, 6>;

constexpr std::size_t kWidest = 60;  // of a column, but for the last

// A name or value that somebody gave a server, for a terminal: what is not to be shown there is a
// question mark.
std::string Shown(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  const bool is_cut = text.size() > kLongest;
  text = log::Cut(text, kLongest);
  std::string shown;
  while (!text.empty()) {
    const log::Character character = log::Decode(text);
    const std::size_t length = std::max<std::size_t>(1, character.length);
    if (character.length == 0 || log::IsUnfit(character.code))
      shown += '?';
    else
      shown += text.substr(0, length);
    text.remove_prefix(length);
  }
  return is_cut ? shown + "..." : shown;
}

std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void AddSettings(const std::string& cluster, const std::string& node,
                 const std::optional<std::vector<model::SettingDrift>>& drifts,
                 std::vector<Row>& rows) {
  if (!drifts) return;
  for (const auto& drift : *drifts)
    rows.push_back({cluster, node,
                    std::string(model::kAgainstNames[static_cast<std::size_t>(drift.against)]),
                    Shown(drift.setting), Shown(drift.expected), Shown(drift.actual)});
}

void AddAccess(const std::string& cluster, const model::AccessFindings& access,
               std::vector<Row>& rows) {
  for (const auto& entry : access.drift)
    rows.push_back({cluster, "*",
                    std::string(model::kAccessKindNames[static_cast<std::size_t>(entry.kind)]),
                    Shown(entry.detail.empty() ? entry.role : entry.role + ": " + entry.detail),
                    Shown(entry.expected), Shown(entry.actual)});
}

std::vector<Row> RowsOf(const model::ClusterSnapshot& cluster) {
  std::vector<Row> rows;
  if (!cluster.drift) return rows;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const model::NodeDrift& found = cluster.drift->nodes[i];
    AddSettings(cluster.name, cluster.nodes[i].declared.name, found.node, rows);
    AddSettings(cluster.name, cluster.nodes[i].declared.name, found.baseline, rows);
  }
  if (cluster.drift->access) AddAccess(cluster.name, *cluster.drift->access, rows);
  return rows;
}

std::string Aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::min(kWidest, std::max(widths[i], Width(row[i])));
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t width = std::max(widths[i], Width(row[i]));
      text += row[i] + std::string(width - Width(row[i]) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

void AddNames(const std::string& where, std::string_view what,
              const std::vector<std::string>& names, std::string& text) {
  if (names.empty()) return;
  text +=
      fmt::format("{}: {}: {}\n", where, what, Shown(fmt::format("{}", fmt::join(names, ", "))));
}

// What the files say and the server does not do yet.
std::string WaitsOf(const model::ClusterSnapshot& cluster) {
  std::string text;
  for (const auto& node : cluster.nodes) {
    const std::string where = cluster.name + "/" + node.declared.name;
    if (node.facts.settings)
      AddNames(where, "waits for a restart", node.facts.settings->pending_restart, text);
    const auto& files = node.facts.file_settings;
    if (!files) continue;
    AddNames(where, "waits for a reload", files->pending_names, text);
    if (files->errors > 0)
      text += fmt::format("{}: {} faults in postgresql.conf or a file that it includes{}\n", where,
                          files->errors,
                          files->reload_refused ? "; the next reload will be refused" : "");
  }
  return text;
}

std::string UnknownAccess(const model::ClusterSnapshot& cluster) {
  const auto& access = cluster.drift->access;
  if (!access) return fmt::format("{}: roles could not be read completely\n", cluster.name);
  // Without the settings of roles there is no fingerprint.
  if (cluster.declared.access->roles && !access->fingerprint)
    return fmt::format("{}: what ALTER ROLE SET has set could not be read\n", cluster.name);
  return "";
}

// Why a cluster cannot be called free of drift; empty when it can be compared.
std::string Unknown(const model::ClusterSnapshot& cluster) {
  if (!cluster.drift || !cluster.drift->reference)
    return fmt::format("{}: no elected primary to compare with\n", cluster.name);
  std::string text = UnknownAccess(cluster);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const std::string where = cluster.name + "/" + cluster.nodes[i].declared.name;
    const model::NodeDrift& found = cluster.drift->nodes[i];
    if (!found.node || !found.baseline)
      text += fmt::format(
          "{}: its settings could not be compared (does the monitoring role have pg_monitor on "
          "every node?)\n",
          where);
    AddNames(where, "declared, but not to be seen (a secret, or overlaid for our role)",
             found.unchecked, text);
  }
  return text;
}

}  // namespace

std::string DriftText(std::span<const model::SnapshotPtr> clusters) {
  std::vector<Row> rows = {{"CLUSTER", "NODE", "KIND", "NAME", "EXPECTED", "ACTUAL"}};
  std::string waits, unknown;
  for (const auto& cluster : clusters) {
    const auto more = RowsOf(*cluster);
    rows.insert(rows.end(), more.begin(), more.end());
    waits += WaitsOf(*cluster);
    unknown += Unknown(*cluster);
  }
  std::string text = rows.size() > 1 ? Aligned(rows) + "\n" : "";
  text += fmt::format("{} differences\n", rows.size() - 1);
  if (!unknown.empty()) text += "\nNot known:\n" + unknown;
  if (!waits.empty()) text += "\nNot counted:\n" + waits;
  return text;
}

bool NothingDiffers(std::span<const model::SnapshotPtr> clusters) {
  return std::ranges::all_of(clusters, [](const auto& cluster) {
    return RowsOf(*cluster).empty() && Unknown(*cluster).empty();
  });
}

int PrintDrift(config::Config config, const std::string& cluster) {
  if (!KeepCluster(config, cluster)) return 2;
  const auto clusters = PollOnce(std::move(config));
  bool all_up = true;
  for (const auto& found : clusters) all_up = SayWhatIsDown(*found) && all_up;
  fmt::print("{}", DriftText(clusters));
  return all_up && NothingDiffers(clusters) ? 0 : 1;
}

}  // namespace pgfleet::cli
