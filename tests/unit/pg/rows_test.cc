#include "pg/rows.h"

#include <gtest/gtest.h>

namespace pgfleet::pg {
namespace {

TEST(Rows, KeepNullApartFromEmpty) {
  const Rows rows(2, {{std::nullopt, ""}});
  EXPECT_TRUE(rows.null(0, 0));
  EXPECT_FALSE(rows.null(0, 1));
  EXPECT_EQ(rows.text(0, 1), "");
}

TEST(Rows, ReadOnlyWhatIsWhollyOfTheType) {
  const Rows rows(6, {{"12", "12x", "1.5", "t", "true", "NaN"}});
  EXPECT_EQ(rows.integer(0, 0), 12);
  EXPECT_EQ(rows.integer(0, 1), std::nullopt);
  EXPECT_EQ(rows.integer(0, 2), std::nullopt);
  EXPECT_EQ(rows.real(0, 2), 1.5);
  EXPECT_EQ(rows.boolean(0, 3), true);
  EXPECT_EQ(rows.boolean(0, 4), std::nullopt);
  EXPECT_EQ(rows.real(0, 5), std::nullopt);
}

TEST(Rows, CountWholeRows) {
  EXPECT_EQ(Rows(2, {{"a", "b"}, {"c", "d"}}).size(), 2U);
  EXPECT_EQ(Rows().size(), 0U);
}

}  // namespace
}  // namespace pgfleet::pg
