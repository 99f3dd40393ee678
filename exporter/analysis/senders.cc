#include "analysis/senders.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "analysis/list.h"
#include "analysis/numbered.h"
#include "collectors/walsenders_metrics.h"

namespace pgfleet::analysis {
namespace {

using model::NodeSnapshot;
using model::Walsender;

// Everything that one sender is matched by: its own row, the node it runs on, the whole cluster.
struct Question {
  const model::ClusterSnapshot& cluster;
  std::size_t self;  // the sending node
  const Walsender& sender;
};

// Node j as a candidate for being the receiver. Not the sending node itself, and none that belongs
// to another system.
bool MayReceive(const Question& question, std::size_t j) {
  if (j == question.self) return false;
  const auto& mine = question.cluster.nodes[question.self].facts.pulse;
  const auto& theirs = question.cluster.nodes[j].facts.pulse;
  return !mine || !theirs || mine->system_identifier == theirs->system_identifier;
}

const model::WalreceiverFacts* Receiver(const NodeSnapshot& node) {
  const auto& facts = node.facts.walreceiver;
  return facts && facts->present ? facts.get() : node.last_receiver.get();
}

bool SameSlot(const Walsender& sender, const NodeSnapshot& node) {
  const auto* receiver = Receiver(node);
  return receiver != nullptr && !sender.slot.empty() && receiver->slot == sender.slot;
}

bool SameApplication(const Walsender& sender, const NodeSnapshot& node) {
  const auto* receiver = Receiver(node);
  return receiver != nullptr && receiver->application_name == sender.application_name;
}

bool SameApplicationAndAddress(const Walsender& sender, const NodeSnapshot& node) {
  return SameApplication(sender, node) && !sender.client_address.empty() &&
         std::ranges::find(node.declared.addresses, sender.client_address) !=
             node.declared.addresses.end();
}

// Slot names know only lower case, digits and the underscore, so "PG-2" has the slot "pg_2".
std::string AsSlotName(std::string_view node) {
  std::string name(node);
  for (char& c : name)
    c = c == '-' || c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

bool SlotNamesNode(const Walsender& sender, const NodeSnapshot& node) {
  return !sender.slot.empty() && AsSlotName(node.declared.name) == AsSlotName(sender.slot);
}

bool ApplicationNamesNode(const Walsender& sender, const NodeSnapshot& node) {
  return sender.application_name == node.declared.name;
}

using Evidence = bool (*)(const Walsender&, const NodeSnapshot&);

// The one node that the evidence points to; absent when there is none or more than one.
std::optional<std::size_t> Only(const Question& question, Evidence evidence) {
  std::optional<std::size_t> only;
  for (std::size_t j = 0; j < question.cluster.nodes.size(); ++j) {
    if (!MayReceive(question, j) || !evidence(question.sender, question.cluster.nodes[j])) continue;
    if (only) return std::nullopt;
    only = j;
  }
  return only;
}

bool ApplicationIsUnique(const Question& question) {
  const auto& senders = question.cluster.nodes[question.self].facts.walsenders->senders;
  return std::ranges::count(senders, question.sender.application_name,
                            &Walsender::application_name) == 1;
}

bool IsStandbyLike(const Walsender& sender) {
  return collectors::KindOf(sender, true) == collectors::SenderKind::kStandby;
}

std::optional<std::size_t> Match(const Question& question) {
  if (!IsStandbyLike(question.sender)) return std::nullopt;
  for (const Evidence evidence : {SameSlot, SameApplicationAndAddress})
    if (const auto node = Only(question, evidence)) return node;
  if (ApplicationIsUnique(question))
    if (const auto node = Only(question, SameApplication)) return node;
  for (const Evidence evidence : {SlotNamesNode, ApplicationNamesNode})
    if (const auto node = Only(question, evidence)) return node;
  return std::nullopt;
}

// Declared nodes take their names first, so that a stranger of the same name cannot take it away.
model::NodeAnalysis Label(const model::ClusterSnapshot& cluster, std::size_t self) {
  const auto& senders = cluster.nodes[self].facts.walsenders->senders;
  model::NodeAnalysis found;
  found.sender_labels.resize(senders.size());
  found.sender_matched.resize(senders.size());
  found.sender_nodes.resize(senders.size());
  std::set<std::string, std::less<>> taken;
  for (std::size_t i = 0; i < senders.size(); ++i)
    if (const auto node = Match({cluster, self, senders[i]})) {
      found.sender_matched[i] = true;
      found.sender_nodes[i] = node;
      found.sender_labels[i] = Numbered(cluster.nodes[*node].declared.name, taken);
    }
  for (std::size_t i = 0; i < senders.size(); ++i) {
    if (found.sender_matched[i]) continue;
    const auto& name = senders[i].application_name;
    found.sender_labels[i] = Numbered(name.empty() ? "unknown" : name, taken);
  }
  return found;
}

void Run(model::ClusterSnapshot& cluster, Memory&) {
  cluster.analysis.resize(cluster.nodes.size());
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    if (!cluster.nodes[i].facts.walsenders) continue;
    auto found = Label(cluster, i);
    cluster.analysis[i].sender_labels = std::move(found.sender_labels);
    cluster.analysis[i].sender_matched = std::move(found.sender_matched);
    cluster.analysis[i].sender_nodes = std::move(found.sender_nodes);
  }
}

}  // namespace

constexpr Analysis kSenders{.name = "senders", .run = Run, .metrics = {}};

}  // namespace pgfleet::analysis
