#include <algorithm>
#include <array>
#include <utility>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/walsenders_metrics.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::ClusterSnapshot;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 1> kUpstreamLabels = {"upstream"};
constexpr MetricDesc kUpstream{
    .name = "pgfleet_upstream_info",
    .kind = metric::Kind::kInfo,
    .labels = kUpstreamLabels,
    .help =
        "Standby: the declared node that it receives WAL from; external: from a server that is "
        "not declared. Absent while not known.",
    .source = "pg_stat_replication, pg_stat_wal_receiver"};
constexpr MetricDesc kMismatch{
    .name = "pgfleet_node_upstream_mismatch",
    .help = "Standby: 1 when it receives from another node than the one declared as its upstream.",
    .source = "pg_stat_replication, pg_stat_wal_receiver, configuration"};
constexpr std::array kMetrics = {&kUpstream, &kMismatch};

// A sender shows its name and state a moment after its receiver streams.
constexpr std::chrono::seconds kSenderShows{1};

bool IsLive(const model::Walsender& sender) {
  return sender.state == "streaming" || sender.state == "catchup";
}

// The node whose walsender serves node j; of several the one that began last.
std::optional<std::size_t> BySender(const ClusterSnapshot& cluster, std::size_t j,
                                    model::Monotonic since) {
  std::optional<std::size_t> found;
  double started = 0;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    const auto* walsenders = Fresh(cluster, node, node.facts.walsenders, "walsenders");
    if (walsenders == nullptr || collectors::AnsweredAt(node, "walsenders") < since) continue;
    const auto& matched = cluster.analysis[i].sender_nodes;
    for (std::size_t k = 0; k < matched.size() && k < walsenders->senders.size(); ++k) {
      const auto& sender = walsenders->senders[k];
      if (matched[k] != j || !IsLive(sender) || (found && sender.started <= started)) continue;
      found = i;
      started = sender.started;
    }
  }
  return found;
}

std::string PortOf(const model::DeclaredNode& declared) {
  return declared.port.empty() ? "5432" : declared.port;
}

// The only declared node at the address where the standby's receiver is connected.
std::optional<std::size_t> ByAddress(const ClusterSnapshot& cluster, std::size_t j,
                                     model::Monotonic since) {
  const auto& node = cluster.nodes[j];
  const auto* receiver = Fresh(cluster, node, node.facts.walreceiver, "walreceiver");
  if (receiver == nullptr || !receiver->present || receiver->sender_host.empty() ||
      collectors::AnsweredAt(node, "walreceiver") < since)
    return std::nullopt;
  const std::string port = receiver->sender_port ? std::to_string(*receiver->sender_port) : "5432";
  std::optional<std::size_t> only;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& declared = cluster.nodes[i].declared;
    const bool fits =
        i != j && PortOf(declared) == port &&
        std::ranges::find(declared.addresses, receiver->sender_host) != declared.addresses.end();
    if (fits && only) return std::nullopt;
    if (fits) only = i;
  }
  return only;
}

bool HasStranger(const model::WalsenderFacts& walsenders, const model::NodeAnalysis& found) {
  for (std::size_t k = 0; k < walsenders.senders.size(); ++k)
    if (IsLive(walsenders.senders[k]) && k < found.sender_matched.size() &&
        collectors::KindOf(walsenders.senders[k], found.sender_matched[k]) ==
            collectors::SenderKind::kUnmatched)
      return true;
  return false;
}

// It streams, and no declared node, asked since it began to, has a sender that could be its own.
bool IsExternal(const ClusterSnapshot& cluster, std::size_t j, model::Monotonic since) {
  const auto* pulse = PulseOf(cluster.nodes[j]);
  if (pulse == nullptr || !pulse->receiver_streams) return false;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    if (i == j) continue;
    const auto* walsenders = Fresh(cluster, node, node.facts.walsenders, "walsenders");
    if (walsenders == nullptr || HasStranger(*walsenders, cluster.analysis[i])) return false;
    if (collectors::AnsweredAt(node, "walsenders") < since + kSenderShows) return false;
  }
  return true;
}

std::optional<std::size_t> Named(const ClusterSnapshot& cluster, std::string_view name) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    if (cluster.nodes[i].declared.name == name) return i;
  return std::nullopt;
}

// The status lane sees a change some seconds later than the pulse: while the receiver streams, what
// was found before still holds where nothing else is found.
void Find(ClusterSnapshot& cluster, std::size_t j, Memory& memory) {
  auto& found = cluster.analysis[j];
  auto& node = memory.nodes[cluster.nodes[j].declared.name];
  auto& known = node.upstream;
  const auto* pulse = PulseOf(cluster.nodes[j]);
  if (pulse == nullptr || !pulse->receiver || node.receiver != pulse->receiver) known.clear();
  if (pulse == nullptr || !pulse->receiver) {
    node.receiver.reset();
    return;
  }
  if (std::exchange(node.receiver, pulse->receiver) != pulse->receiver) {
    node.receives_since = cluster.at;
    node.receives_from_outside = false;
  }
  found.upstream = BySender(cluster, j, node.receives_since);
  if (!found.upstream) found.upstream = ByAddress(cluster, j, node.receives_since);
  if (found.upstream) node.receives_from_outside = false;
  if (!found.upstream && IsExternal(cluster, j, node.receives_since))
    node.receives_from_outside = true;
  found.upstream_is_external = node.receives_from_outside;
  if (found.upstream_is_external) known.clear();
  if (found.upstream) known = cluster.nodes[*found.upstream].declared.name;
  if (!found.upstream && !known.empty()) found.upstream = Named(cluster, known);
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t j = 0; j < cluster.nodes.size(); ++j) Find(cluster, j, memory);
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (std::size_t j = 0; j < cluster.nodes.size(); ++j) {
    const auto& found = cluster.analysis[j];
    const auto& declared = cluster.nodes[j].declared;
    if (!found.upstream && !found.upstream_is_external) continue;
    out.EnterNode(cluster.name, declared.name);
    const std::string_view name =
        found.upstream ? std::string_view(cluster.nodes[*found.upstream].declared.name)
                       : std::string_view("external");
    out.Write(kUpstream, {name}, 1);
    if (!declared.upstream.empty()) out.Write(kMismatch, declared.upstream == name ? 0 : 1);
  }
}

}  // namespace

constexpr Analysis kUpstreams{.name = "upstreams", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
