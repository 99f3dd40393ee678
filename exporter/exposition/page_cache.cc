#include "exposition/page_cache.h"

#include "exposition/gzip.h"
#include "exposition/page.h"

namespace pgfleet::exposition {

std::shared_ptr<const std::string> PageCache::Get(const std::vector<model::SnapshotPtr>& clusters,
                                                  model::Monotonic now, const SelfMetrics* self,
                                                  bool gzip) {
  const std::lock_guard lock(mutex_);
  const bool is_current = text_ && clusters == clusters_ && now - rendered_ < kLifetime;
  if (!is_current) {
    text_ = std::make_shared<const std::string>(RenderText(clusters, now, self));
    gzip_.reset();
    clusters_ = clusters;
    rendered_ = now;
  }
  if (!gzip) return text_;
  if (!gzip_)
    if (auto packed = Gzip(*text_)) gzip_ = std::make_shared<const std::string>(*std::move(packed));
  return gzip_;
}

}  // namespace pgfleet::exposition
