#include "pg/sql_table.h"

#include <gtest/gtest.h>

namespace pgfleet::pg {
namespace {

constexpr SqlVersion kWhole[] = {{9, 9, "nine"}, {10, 12, "ten"}, {13, kLater, "thirteen"}};
constexpr SqlVersion kGap[] = {{9, 9, "a"}, {11, kLater, "b"}};
constexpr SqlVersion kOverlap[] = {{9, 11, "a"}, {11, kLater, "b"}};
constexpr SqlVersion kNoStart[] = {{10, kLater, "a"}};
constexpr SqlVersion kNoEnd[] = {{9, 18, "a"}};

static_assert(HasNoGapAndNoOverlap(kWhole));
static_assert(!HasNoGapAndNoOverlap(kGap));
static_assert(!HasNoGapAndNoOverlap(kOverlap));
static_assert(!HasNoGapAndNoOverlap(kNoStart));
static_assert(!HasNoGapAndNoOverlap(kNoEnd));
static_assert(!HasNoGapAndNoOverlap({}));

TEST(SqlTable, GivesEachVersionItsOwnVariant) {
  EXPECT_EQ(SqlFor(kWhole, 90624), "nine");
  EXPECT_EQ(SqlFor(kWhole, 100023), "ten");
  EXPECT_EQ(SqlFor(kWhole, 120022), "ten");
  EXPECT_EQ(SqlFor(kWhole, 130000), "thirteen");
}

TEST(SqlTable, GivesAMajorNobodyKnowsYetTheNewest) {
  EXPECT_EQ(SqlFor(kWhole, 990001), "thirteen");
}

}  // namespace
}  // namespace pgfleet::pg
