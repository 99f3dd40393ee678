#include "exposition/page_cache.h"

#include <gtest/gtest.h>

namespace pgfleet::exposition {
namespace {

using std::chrono::milliseconds;

TEST(PageCache, TheSameSnapshotsAreRenderedOnceWithinItsLifetime) {
  PageCache cache;
  const std::vector<model::SnapshotPtr> clusters = {std::make_shared<model::ClusterSnapshot>()};
  const model::Monotonic now{std::chrono::hours(1)};
  const auto first = cache.Get(clusters, now, nullptr, false);
  EXPECT_EQ(cache.Get(clusters, now + PageCache::kLifetime - milliseconds(1), nullptr, false),
            first);
  EXPECT_NE(cache.Get(clusters, now + PageCache::kLifetime, nullptr, false), first);
}

TEST(PageCache, ANewSnapshotIsANewPage) {
  PageCache cache;
  const model::Monotonic now{std::chrono::hours(1)};
  const auto first =
      cache.Get({std::make_shared<model::ClusterSnapshot>()}, now, nullptr, /*gzip=*/true);
  const auto second =
      cache.Get({std::make_shared<model::ClusterSnapshot>()}, now, nullptr, /*gzip=*/true);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first, second);
  EXPECT_TRUE(second->starts_with("\x1f\x8b"));
}

}  // namespace
}  // namespace pgfleet::exposition
