#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "analysis/memory.h"
#include "drift/access_drift.h"
#include "drift/settings_drift.h"
#include "model/cluster_snapshot.h"

// The comparison of settings and roles takes its time: it is not run with the other analyses on the
// event loop, but by a worker, and only when what it compares has changed.
namespace pgfleet::analysis {

// What one comparison needs, taken from a snapshot; it is shared, so this costs little.
struct Comparison {
  std::vector<drift::NodeSettings> nodes;  // by the order of the snapshot
  std::optional<std::size_t> reference;    // the elected primary
  drift::AccessFacts access;               // of the reference
  // The settings that each node had when they were last compared; null: not known.
  std::vector<model::Fact<model::SettingsFacts>> before;
  model::Shared<model::DesiredSettings> settings;
  model::Shared<model::DesiredAccess> desired_access;
};

struct ComparisonResult {
  std::shared_ptr<const model::DriftReport> report;
  std::vector<std::size_t> changed;  // settings of each node since `before`
  // What the fingerprints mean: two are comparable only when these are the same.
  std::uint64_t settings_rules = 0, access_rules = 0;
};

// Facts that are too old are left out. Event loop.
Comparison PrepareComparison(const model::ClusterSnapshot& cluster, const Memory& memory);

// Whether comparing would find the same as it did: the very same facts, roles and reference.
// (Passwords end by the clock; the facts are new at every poll anyway.)
bool IsSame(const Comparison& a, const Comparison& b);

// Pure; any thread. Milliseconds for thousands of roles.
ComparisonResult Compare(const Comparison& comparison);

// Counts what has changed since the last comparison, also across a restart of the exporter. Event
// loop. `now`: of the wall clock.
void Remember(const Comparison& comparison, const ComparisonResult& result, model::Wall now,
              Memory& memory);

}  // namespace pgfleet::analysis
