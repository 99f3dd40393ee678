#include "topology/facts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgfleet::test {
namespace {

std::string Text(const std::optional<double>& value) {
  return value ? std::to_string(*value) : "absent";
}

std::string Text(const LabelMap& labels) {
  std::string text;
  for (const auto& [label, value] : labels)
    text += (text.empty() ? "" : ", ") + label + "=" + value;
  return "{" + text + "}";
}

// What the page says of the cluster, in few lines.
std::string Summary(const Page& page) {
  std::string text;
  for (const Sample& sample : page.samples()) {
    const auto begins = [&](std::string_view with) { return sample.name.starts_with(with); };
    const bool tells = begins("pgfleet_cluster_") || begins("pgfleet_upstream_") ||
                       begins("pgfleet_node_role") || begins("pgfleet_standby_connected") ||
                       begins("pgfleet_up") || begins("pgfleet_standby_state");
    if (tells && !(sample.labels.contains("state") && sample.value == 0))
      text += "  " + sample.name + Text(sample.labels) + " " + std::to_string(sample.value) + "\n";
  }
  return text;
}

// The last page looked at.
Page WaitFor(const ExporterProcess& exporter, const Facts& facts, Milliseconds patience) {
  std::optional<Page> page;
  const auto holds = [&] {
    page = exporter.Metrics();
    return Holds(*page, facts);
  };
  if (!WaitUntil(holds, patience, Milliseconds(30)))
    ADD_FAILURE() << "never said:\n" << Denied(*page, facts) << "the page:\n" << Summary(*page);
  return *page;
}

}  // namespace

Fact Is(const std::string& name, double value) { return {.name = name, .value = value}; }

Fact IsOn(const std::string& node, const std::string& name, double value, LabelMap labels) {
  return {.name = name, .labels = On(node, std::move(labels)), .value = value};
}

Fact PrimaryIs(const std::string& state) {
  return {.name = "pgfleet_cluster_primary_state", .labels = {{"state", state}}, .value = 1};
}

Fact StandbyIs(const std::string& node, const std::string& state) {
  return IsOn(node, "pgfleet_standby_state", 1, {{"state", state}});
}

Facts Sound(const std::vector<std::string>& nodes) {
  Facts facts = {PrimaryIs("one"), Is("pgfleet_cluster_primaries", 1),
                 Is("pgfleet_cluster_split_brain", 0)};
  for (const std::string& node : nodes) {
    facts.push_back(IsOn(node, "pgfleet_node_diverged", 0));
    facts.push_back(IsOn(node, "pgfleet_node_foreign", 0));
  }
  return facts;
}

ExporterOptions Overlooking(const std::vector<DeclaredNode>& nodes, int major,
                            const std::vector<std::string>& keys) {
  const ConfigOptions options = {.lanes = "pulse: 1s, status: 500ms, inventory: 1s",
                                 .user = major < 10 ? "postgres" : "mon"};
  std::string text = ConfigText(nodes, options);
  for (const std::string& key : keys) text += "    " + key + "\n";
  return {.config = text};
}

bool Holds(const Page& page, const Facts& facts) {
  return std::all_of(facts.begin(), facts.end(), [&](const Fact& fact) {
    return page.Value(fact.name, fact.labels) == fact.value;
  });
}

std::string Denied(const Page& page, const Facts& facts) {
  std::string text;
  for (const Fact& fact : facts) {
    const std::optional<double> said = page.Value(fact.name, fact.labels);
    if (said == fact.value) continue;
    text += "  " + fact.name + Text(fact.labels) + " " + Text(fact.value) + ", but " + Text(said) +
            "\n";
  }
  return text;
}

Page ExpectNamed(const ExporterProcess& exporter, Clock::time_point visible, const Facts& facts) {
  const Page page = WaitFor(exporter, facts, Milliseconds(10000));
  EXPECT_LE(SecondsSince(visible), kTwoPulses)
      << "until " << facts.front().name << " " << Text(facts.front().labels);
  return page;
}

Page ExpectCleared(const ExporterProcess& exporter, const Facts& facts) {
  return WaitFor(exporter, facts, Milliseconds(15000));
}

void ExpectKept(const ExporterProcess& exporter, Milliseconds time, const Facts& facts) {
  std::string denied;
  ForEachPage(exporter, time, [&](const Page& page) {
    if (denied.empty()) denied = Denied(page, facts);
  });
  EXPECT_EQ(denied, "");
}

}  // namespace pgfleet::test
