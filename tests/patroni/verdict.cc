#include "patroni/verdict.h"

#include <algorithm>
#include <sstream>

namespace pgfleet::test {
namespace {

constexpr std::size_t kMostFaults = 12;

std::string Text(const LabelMap& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) text += name + "=" + value + ",";
  return text + "}";
}

std::string Text(std::optional<double> value) {
  if (!value) return "absent";
  std::ostringstream out;
  out << *value;
  return out.str();
}

// One page, against what the nodes said when it was made.
class Judge {
 public:
  Judge(const Shot& shot, const RoleHistory& truth)
      : page_(shot.page), truth_(truth), oldest_(shot.asked - kFreshness), newest_(shot.answered) {}

  Faults Sentence() {
    for (const Sample& sample : page_.All("pgfleet_node_role"))
      if (sample.value == 1) CheckRole(sample.labels.at("pg_node"), sample.labels.at("role"));
    if (page_.Value("pgfleet_cluster_split_brain") != 0) Fault("split_brain is not 0");
    // All nodes are declared.
    if (page_.Has("pgfleet_upstream_info", {{"upstream", "external"}})) Fault("external upstream");
    CheckPrimary();
    CheckFailovers();
    return faults_;
  }

 private:
  void CheckRole(const std::string& node, const std::string& role) {
    if (!truth_.Perhaps(node, role, oldest_, newest_)) Fault(node + " was no " + role);
  }

  std::string NamedPrimary() {
    const std::vector<Sample> named = page_.All("pgfleet_cluster_primary_info");
    if (named.size() > 1) Fault("several pgfleet_cluster_primary_info");
    return named.empty() ? "" : named[0].labels.at("primary");
  }

  void CheckPrimary() {
    const std::string named = NamedPrimary();
    const std::string state = page_.State("pgfleet_cluster_primary_state", "state", {});
    if (state.empty() || state == "several") Fault("primary_state is '" + state + "'");
    if (!named.empty() && !MayBeNamed(named)) Fault("primary_info names " + named);
    if (truth_.SurelyNoPrimary(oldest_, newest_) && state == "one") Fault("there was no primary");
    for (const RoleHistory::Reign& reign : truth_.Reigns())
      if (truth_.Surely(reign.node, "primary", oldest_, newest_))
        CheckReign(reign.node, named, state);
  }

  // The primary of all that time must be known.
  void CheckReign(const std::string& primary, const std::string& named, const std::string& state) {
    if (state != "one") Fault(primary + " was primary, primary_state is " + state);
    if (named != primary) Fault(primary + " was primary, primary_info names '" + named + "'");
    if (page_.Value("pgfleet_node_role", {{"pg_node", primary}, {"role", "primary"}}) != 1)
      Fault(primary + " was primary, node_role is not");
    if (page_.Value("pgfleet_cluster_primaries") != 1) Fault("cluster_primaries is not 1");
  }

  // The primary of that time, or the last one before it while there is none.
  bool MayBeNamed(const std::string& node) const {
    std::string last;
    for (const RoleHistory::Reign& reign : truth_.Reigns())
      if (reign.last_before.begin <= oldest_) last = reign.node;
    return node == last || truth_.Perhaps(node, "primary", oldest_, newest_);
  }

  void CheckFailovers() {
    const std::vector<RoleHistory::Reign> reigns = truth_.Reigns();
    const auto least = std::ranges::count_if(
        reigns, [this](const auto& reign) { return reign.first.end <= oldest_; });
    const auto most = std::ranges::count_if(
        reigns, [this](const auto& reign) { return reign.last_before.begin <= newest_; });
    const auto counted = page_.Value("pgfleet_cluster_failovers_total");
    // The first reign is no failover.
    if (!counted || *counted < static_cast<double>(least - 1) ||
        *counted > static_cast<double>(most - 1))
      Fault("failovers_total is " + Text(counted) + ", right is " + std::to_string(least - 1) +
            " to " + std::to_string(most - 1));
  }

  void Fault(const std::string& what) { faults_.push_back(what); }

  const Page& page_;
  const RoleHistory& truth_;
  Clock::time_point oldest_, newest_;
  Faults faults_;
};

// A page that must show single values.
class Checklist {
 public:
  explicit Checklist(const Page& page) : page_(page) {}

  void Value(const std::string& name, const LabelMap& labels, double right) {
    const auto value = page_.Value(name, labels);
    if (value != right) Fault(name + Text(labels) + " is " + Text(value));
  }
  // Of an info metric: the label of the only series.
  void Label(const std::string& name, const std::string& label, const LabelMap& labels,
             const std::string& right) {
    const std::vector<Sample> samples = page_.All(name, labels);
    const std::string said = samples.size() == 1 ? samples[0].labels.at(label) : "not there";
    if (said != right) Fault(name + Text(labels) + " says " + said);
  }
  void NotRaised(const std::string& name) {
    for (const Sample& sample : page_.All(name))
      if (sample.value != 0) Fault(name + Text(sample.labels) + " is " + Text(sample.value));
  }
  void Fault(const std::string& what) { faults_.push_back(what); }
  const Faults& faults() const { return faults_; }
  const Page& page() const { return page_; }

 private:
  const Page& page_;
  Faults faults_;
};

void CheckStandby(Checklist& list, const LabelMap& on, const std::string& leader) {
  list.Value("pgfleet_standby_expected", on, 1);
  list.Value("pgfleet_standby_connected", on, 1);
  list.Label("pgfleet_upstream_info", "upstream", on, leader);
  const std::string state = list.page().State("pgfleet_standby_state", "state", on);
  if (state != "streaming" && state != "caught_up")
    list.Fault("pgfleet_standby_state" + Text(on) + " is '" + state + "'");
}

void CheckNode(Checklist& list, const std::string& node, const std::string& leader) {
  const LabelMap on = {{"pg_node", node}};
  for (const char* name : {"pgfleet_node_diverged", "pgfleet_node_foreign"})
    list.Value(name, on, 0);
  list.Value("pgfleet_up", on, 1);
  list.Value("pgfleet_node_role", {{"pg_node", node}, {"role", "primary"}}, node == leader);
  list.Value("pgfleet_node_role", {{"pg_node", node}, {"role", "standby"}}, node != leader);
  if (node == leader) return;
  list.Value("pgfleet_node_orphan", on, 0);
  CheckStandby(list, on, leader);
}

}  // namespace

Faults FaultsOverTime(const std::vector<Shot>& shots, const RoleHistory& truth) {
  Faults faults;
  for (const Shot& shot : shots) {
    const double at = std::chrono::duration<double>(shot.asked - shots.front().asked).count();
    for (const std::string& fault : Judge(shot, truth).Sentence()) {
      if (faults.size() == kMostFaults) return faults;
      faults.push_back("after " + Text(at) + " s: " + fault);
    }
  }
  return faults;
}

Faults TimelinesThatFell(const std::vector<Shot>& shots) {
  Faults faults;
  std::map<std::string, double> last;
  for (const Shot& shot : shots)
    for (const Sample& sample : shot.page.All("pgfleet_node_timeline")) {
      double& before = last[sample.labels.at("pg_node")];
      if (sample.value < before)
        faults.push_back(sample.labels.at("pg_node") + " from timeline " + Text(before) + " to " +
                         Text(sample.value));
      before = sample.value;
    }
  return faults;
}

Faults EverRaised(const std::vector<Shot>& shots, const std::vector<std::string>& names) {
  Faults faults;
  for (const Shot& shot : shots) {
    Checklist list(shot.page);
    for (const std::string& name : names) list.NotRaised(name);
    for (const std::string& fault : list.faults())
      if (std::ranges::find(faults, fault) == faults.end()) faults.push_back(fault);
  }
  return faults;
}

Faults FaultsOf(const Page& page, const Settled& expected) {
  Checklist list(page);
  list.Value("pgfleet_cluster_split_brain", {}, 0);
  list.Value("pgfleet_cluster_primaries", {}, 1);
  list.Value("pgfleet_cluster_primary_state", {{"state", "one"}}, 1);
  list.Label("pgfleet_cluster_primary_info", "primary", {}, expected.leader);
  for (const std::string& node : expected.nodes) CheckNode(list, node, expected.leader);
  for (const char* name :
       {"pgfleet_node_orphan", "pgfleet_node_role_mismatch", "pgfleet_slot_unexpected",
        "pgfleet_slot_missing", "pgfleet_slot_without_standby"})
    list.NotRaised(name);
  return list.faults();
}

}  // namespace pgfleet::test
