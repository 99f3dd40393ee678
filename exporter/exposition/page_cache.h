#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exposition/self_metrics.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::exposition {

// Keeps the page of the last scrape, so that several scrapers of one instant (two Prometheis, a
// person beside them) cost one rendering and one compression. A page is used again for the same
// snapshots only, and no longer than kLifetime: the exporter's own numbers are never older than
// that. Thread-safe; whoever comes while a page is rendered waits for it.
class PageCache {
 public:
  static constexpr std::chrono::milliseconds kLifetime{200};

  // The text, or its gzip form. Null for gzip: compression failed, send the text.
  std::shared_ptr<const std::string> Get(const std::vector<model::SnapshotPtr>& clusters,
                                         model::Monotonic now, const SelfMetrics* self, bool gzip);

 private:
  std::mutex mutex_;
  std::vector<model::SnapshotPtr> clusters_;
  model::Monotonic rendered_{};
  std::shared_ptr<const std::string> text_, gzip_;
};

}  // namespace pgfleet::exposition
