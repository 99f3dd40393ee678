#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// How much a remark weighs: something to look at, something that is broken.
enum class Weight : std::uint8_t { kNotice, kBroken };

// What is not as it should be, in words; it says nothing that the metrics do not say.
struct Remark {
  Weight weight = Weight::kNotice;
  std::optional<std::size_t> node;  // absent: it is about the cluster
  std::string text;                 // not yet markup
};

// All of a cluster, what is about the cluster first. Empty: nothing is known to be wrong. Pure.
std::vector<Remark> RemarksOn(const model::ClusterSnapshot& cluster, model::Monotonic now);

// Why the node does not answer.
model::DownReason ReasonOf(const model::NodeSnapshot& node);

// What the node's archiver does. Absent: not known now.
std::optional<model::ArchiverState> KnownArchiverState(const model::ClusterSnapshot& cluster,
                                                       std::size_t node, model::Monotonic now);

// It could be answered and is not. A view that came with a later version is nobody's fault.
bool IsFailing(const model::CollectorStatus& status);

// How many settings of the node drifted. Absent: not known now.
std::optional<std::size_t> DriftedSettings(const model::ClusterSnapshot& cluster, std::size_t node,
                                           model::Monotonic now);

// What the worst of them comes to, as a sentence.
std::string_view SentenceOn(const std::vector<Remark>& remarks);

// "up", "notice" or "down": the class of the style for the worst of them. `node`: of its own alone.
std::string_view ClassOf(const std::vector<Remark>& remarks,
                         std::optional<std::size_t> node = std::nullopt);

}  // namespace pgfleet::http
