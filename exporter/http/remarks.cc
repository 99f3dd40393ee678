#include "http/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/lag.h"
#include "collectors/freshness.h"
#include "http/drift_view.h"
#include "http/words.h"
#include "model/archive_report.h"

namespace pgfleet::http {
namespace {

using model::ClusterSnapshot;
using enum Weight;

struct Remarks {
  const ClusterSnapshot& cluster;
  model::Monotonic now;
  std::vector<Remark> found{};

  void Add(Weight weight, std::string text, std::optional<std::size_t> node = std::nullopt) {
    found.push_back({weight, node, std::move(text)});
  }
};

// Of the cluster.

void OnPrimary(Remarks& remarks) {
  static constexpr std::array<std::string_view, model::kPrimaryStateNames.size()> kWrong = {
      "", "several nodes take writes", "no node takes writes", "the primary cannot be asked",
      "it is not known which node takes writes"};
  const auto state = remarks.cluster.findings.primary_state;
  const auto& text = kWrong[static_cast<std::size_t>(state)];
  if (!text.empty())
    remarks.Add(state == model::PrimaryState::kUnknown ? kNotice : kBroken, std::string(text));
}

void OnMaintenance(Remarks& remarks) {
  if (remarks.cluster.declared.maintenance)
    remarks.Add(kNotice, "maintenance is declared: alerts are kept back");
}

void OnArchive(Remarks& remarks) {
  const auto& gap = remarks.cluster.findings.archive_gap;
  if (gap && gap->segments > 0)
    remarks.Add(kBroken, fmt::format("{} segments from before the last failover are in no archive",
                                     gap->segments));
  const auto* report = remarks.cluster.archive.get();
  if (report == nullptr) return;
  if (report->failure)
    remarks.Add(kNotice, fmt::format("the archive's directory cannot be read: {}",
                                     model::Name(*report->failure)));
  const bool fresh = report->contents && report->scanned &&
                     remarks.now - report->scanned->monotonic <= report->max_age;
  if (fresh && report->contents->missing_segments.value_or(0) > 0)
    remarks.Add(kBroken, fmt::format("{} segments are missing in the archive",
                                     *report->contents->missing_segments));
}

void OnRoles(Remarks& remarks) {
  const DriftView view = MakeDriftView(remarks.cluster, remarks.now);
  if (view.access != nullptr && !view.access->drift.empty())
    remarks.Add(kNotice,
                fmt::format("roles differ from the declared ones: {}", view.access->drift.size()));
}

// Of a node.

void OnReach(Remarks& remarks, std::size_t i) {
  const auto& node = remarks.cluster.nodes[i];
  if (!node.tried) return remarks.Add(kNotice, "not asked yet", i);
  if (!node.up) remarks.Add(kBroken, fmt::format("down: {}", model::Name(ReasonOf(node))), i);
}

void OnPlace(Remarks& remarks, std::size_t i) {
  const auto& found = remarks.cluster.analysis[i];
  const std::array<std::pair<std::optional<bool>, std::string_view>, 4> all = {
      {{found.foreign, "it belongs to another system"},
       {found.diverged, "its history has diverged from the primary's"},
       {found.orphan, "it follows no primary of this cluster"},
       {found.role_mismatch, "its role is not the declared one"}}};
  for (const auto& [wrong, text] : all)
    if (wrong.value_or(false)) remarks.Add(kBroken, std::string(text), i);
}

struct StateWeight {
  model::StandbyState state;
  Weight weight;
};
// States that are not named here are as they should be, or another remark tells of them.
constexpr std::array kStates = {
    StateWeight{model::StandbyState::kDisconnected, kBroken},
    StateWeight{model::StandbyState::kWalMissing, kBroken},
    StateWeight{model::StandbyState::kPausedParameters, kBroken},
    StateWeight{model::StandbyState::kConflictStalled, kNotice},
    StateWeight{model::StandbyState::kPaused, kNotice},
    StateWeight{model::StandbyState::kStarting, kNotice},
};

void OnStandby(Remarks& remarks, std::size_t i) {
  const auto& found = remarks.cluster.analysis[i];
  if (!found.expected || !found.state) return;
  const auto known = std::ranges::find(kStates, *found.state, &StateWeight::state);
  if (known != kStates.end())
    remarks.Add(known->weight, fmt::format("standby: {}", model::Name(*found.state)), i);
}

void OnLag(Remarks& remarks, std::size_t i) {
  const auto objective = remarks.cluster.declared.objectives.lag_seconds;
  const auto& lag = remarks.cluster.analysis[i].lag;
  if (!objective || !analysis::IsKnown(remarks.cluster, i, remarks.now)) return;
  const auto seconds = lag.excess ? lag.excess : lag.seconds;
  if (seconds.value_or(0) > *objective)
    remarks.Add(kNotice,
                fmt::format("{} behind, {} agreed", SecondsText(*seconds), SecondsText(*objective)),
                i);
}

void OnArchiver(Remarks& remarks, std::size_t i) {
  using enum model::ArchiverState;
  static constexpr std::array kWrong = {kUnconfigured, kDead, kFailing, kStalled};
  const auto state = KnownArchiverState(remarks.cluster, i, remarks.now);
  if (state && std::ranges::find(kWrong, *state) != kWrong.end())
    remarks.Add(kBroken, fmt::format("archiver: {}", model::Name(*state)), i);
}

void OnCollectors(Remarks& remarks, std::size_t i) {
  const auto& node = remarks.cluster.nodes[i];
  const auto failing = std::ranges::count_if(node.collectors, IsFailing);
  if (node.up && failing > 0)
    remarks.Add(kNotice, fmt::format("collectors without an answer: {}", failing), i);
}

void OnSettings(Remarks& remarks, std::size_t i) {
  if (const auto count = DriftedSettings(remarks.cluster, i, remarks.now).value_or(0))
    remarks.Add(kNotice, fmt::format("settings that drifted: {}", count), i);
  const auto& node = remarks.cluster.nodes[i];
  const bool known = collectors::IsFresh(node, "settings", remarks.now) && node.facts.settings;
  const std::size_t waiting = known ? node.facts.settings->pending_restart.size() : 0;
  if (waiting > 0)
    remarks.Add(kNotice, fmt::format("settings that wait for a restart: {}", waiting), i);
  for (const std::string& name : remarks.cluster.analysis[i].parameters_too_low)
    remarks.Add(kNotice, fmt::format("{} is lower than on the primary", name), i);
}

constexpr std::array kOfCluster = {&OnPrimary, &OnMaintenance, &OnArchive, &OnRoles};
constexpr std::array kOfNode = {&OnReach,    &OnPlace,      &OnStandby, &OnLag,
                                &OnArchiver, &OnCollectors, &OnSettings};

}  // namespace

std::vector<Remark> RemarksOn(const ClusterSnapshot& cluster, model::Monotonic now) {
  Remarks remarks{.cluster = cluster, .now = now};
  for (const auto check : kOfCluster) check(remarks);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    for (const auto check : kOfNode) check(remarks, i);
  return std::move(remarks.found);
}

model::DownReason ReasonOf(const model::NodeSnapshot& node) {
  return node.down_reason.value_or(model::DownReason::kOther);
}

std::optional<model::ArchiverState> KnownArchiverState(const ClusterSnapshot& cluster,
                                                       std::size_t i, model::Monotonic now) {
  if (!collectors::IsFresh(cluster.nodes[i], "archiver", now)) return std::nullopt;
  return cluster.analysis[i].archiver.state;
}

bool IsFailing(const model::CollectorStatus& status) {
  const bool is_of_later_version =
      !status.supported && status.failure == model::FailureReason::kVersion;
  return status.enabled && status.failure && !is_of_later_version;
}

std::optional<std::size_t> DriftedSettings(const ClusterSnapshot& cluster, std::size_t i,
                                           model::Monotonic now) {
  const auto* report = cluster.drift.get();
  if (report == nullptr || report->nodes.size() != cluster.nodes.size() ||
      !collectors::IsFresh(cluster.nodes[i], "settings", now))
    return std::nullopt;
  const auto& drift = report->nodes[i];
  const std::size_t count =
      (drift.node ? drift.node->size() : 0) + (drift.baseline ? drift.baseline->size() : 0);
  // None is known only where both comparisons were made that there are.
  const bool compared =
      (report->reference == i || drift.node) && (!DeclaresBaseline(cluster) || drift.baseline);
  return count > 0 || compared ? std::optional(count) : std::nullopt;
}

std::string_view ClassOf(const std::vector<Remark>& remarks, std::optional<std::size_t> node) {
  std::string_view worst = "up";
  for (const Remark& remark : remarks) {
    if (node && remark.node != node) continue;
    if (remark.weight == kBroken) return "down";
    worst = "notice";
  }
  return worst;
}

std::string_view SentenceOn(const std::vector<Remark>& remarks) {
  const std::string_view worst = ClassOf(remarks);
  if (worst == "down") return "Something is broken.";
  return worst == "notice" ? "Something is worth a look." : "Nothing is known to be wrong.";
}

}  // namespace pgfleet::http
