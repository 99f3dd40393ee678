#include "situations/drift.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "support/grants.h"

namespace pgfleet::test {
namespace {

std::string Label(const Sample& sample, const std::string& name) {
  const auto found = sample.labels.find(name);
  return found == sample.labels.end() ? "" : found->second;
}

double Sum(const Page& page, const std::string& name) {
  double sum = 0;
  for (const Sample& sample : page.All(name)) sum += sample.value;
  return sum;
}

// All counts are there and agree with the names; throws with what the page said last.
void WaitFor(const ExporterProcess& exporter, const Names& names, Names (*named)(const Page&),
             const std::string& count, std::size_t counts) {
  Names last;
  const bool found = WaitUntil([&] {
    const Page page = exporter.Metrics();
    last = named(page);
    return page.All(count).size() == counts && last == names &&
           Sum(page, count) == static_cast<double>(names.size());
  });
  if (!found) throw std::runtime_error(fmt::format("expected {}, but {} differ", names, last));
}

}  // namespace

ExporterOptions Comparing(Cluster& cluster, const std::string& keys) {
  const int major = cluster.primary().major();
  if (major >= 10) GiveGrants(cluster.primary(), "pgfleet");
  cluster.WaitUntilCaughtUp();
  const ConfigOptions options = {.lanes = "pulse: 500ms, status: 500ms, inventory: 500ms",
                                 .user = major < 10 ? "postgres" : "pgfleet"};
  return {.config = ConfigText(Declared(cluster), options) + keys};
}

Names SettingDrifts(const Page& page) {
  Names names;
  for (const Sample& sample : page.All("pgfleet_setting_drift"))
    names.insert(fmt::format("{} {} {}", Label(sample, "pg_node"), Label(sample, "setting"),
                             Label(sample, "against")));
  return names;
}

Names AccessDrifts(const Page& page) {
  Names names;
  for (const Sample& sample : page.All("pgfleet_access_drift"))
    names.insert(fmt::format("{} {} {}", Label(sample, "kind"), Label(sample, "role"),
                             Label(sample, "detail")));
  return names;
}

void WaitForSettings(const ExporterProcess& exporter, const Names& names) {
  WaitFor(exporter, names, SettingDrifts, "pgfleet_settings_drifted", 4);  // two nodes, two kinds
}

void WaitForAccess(const ExporterProcess& exporter, const Names& names) {
  WaitFor(exporter, names, AccessDrifts, "pgfleet_access_drift_entries", 9);  // kinds
}

}  // namespace pgfleet::test
