#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "metric/metric_desc.h"
#include "metric/metric_writer.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::exposition {

// Told by main, because no folder but pg/ knows libpq and no folder but http/ knows CivetWeb.
struct BuildInfo {
  std::string version, revision, libpq, civetweb;
};

// The exporter's own metrics: they carry no pg_cluster and stand on the page of the whole fleet
// only. The class is thread-safe.
class SelfMetrics {
 public:
  explicit SelfMetrics(BuildInfo build);

  const BuildInfo& build() const { return build_; }

  // Outcome of reading the config, at the start and at every reload.
  void ConfigLoaded(bool ok, model::Wall when = std::chrono::system_clock::now());
  // One answer by its HTTP status.
  void CountRequest(int status);

  void Write(metric::MetricWriter& out) const;

 private:
  const BuildInfo build_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;  // owned by registry_

  mutable std::mutex mutex_;
  std::optional<bool> config_ok_;             // guarded by mutex_
  std::optional<model::Wall> config_loaded_;  // guarded by mutex_
};

// The families that Write can write, in the order of the page.
std::span<const metric::MetricDesc* const> SelfFamilies();

}  // namespace pgfleet::exposition
