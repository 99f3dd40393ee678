#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// database, total, publication, schema, table, tables of the schema, those published
const Row kPublication = {"shop", "3", "orders", kNull, kNull, kNull, kNull};
const Row kSchema = {"shop", "3", "orders", "public", kNull, "7", "1"};
const Row kTable = {"shop", "3", "orders", "public", "items", kNull, kNull};

TEST(PublishedTables, PublicationsSchemasAndTablesAreToldApart) {
  OneNode one;
  MustDecode(kPublishedTables, Answer(kPublishedTables, {kPublication, kSchema, kTable}),
             one.facts());
  const auto& found = *one.facts().databases.at("shop").published_tables;
  EXPECT_THAT(found.publications, testing::ElementsAre("orders"));
  ASSERT_EQ(found.schemas.size(), 1U);
  EXPECT_EQ(found.schemas[0].tables, 7);
  EXPECT_EQ(found.schemas[0].published, 1);
  ASSERT_EQ(found.tables.size(), 1U);
  EXPECT_EQ(found.tables[0].table, "items");
  EXPECT_TRUE(found.complete);
}

TEST(PublishedTables, ADatabaseWithoutAPublicationIsKnownToHaveNone) {
  OneNode one;
  MustDecode(kPublishedTables,
             Answer(kPublishedTables, {{"shop", "0", kNull, kNull, kNull, kNull, kNull}}),
             one.facts());
  EXPECT_TRUE(one.facts().databases.at("shop").published_tables->publications.empty());
  EXPECT_TRUE(one.facts().databases.at("shop").published_tables->complete);
}

TEST(PublishedTables, WhatIsCutOffIsKnownToBe) {
  OneNode one;
  MustDecode(kPublishedTables, Answer(kPublishedTables, {kPublication, kSchema}), one.facts());
  EXPECT_FALSE(one.facts().databases.at("shop").published_tables->complete);
}

TEST(PublishedTables, ACountThatIsMissingIsRefused) {
  for (const std::size_t column : {0U, 1U, 5U, 6U}) {
    Row row = kSchema;
    row[column] = kNull;
    EXPECT_EQ(Refusal(kPublishedTables, Answer(kPublishedTables, {row})),
              model::FailureReason::kBadValue)
        << column;
  }
}

}  // namespace
}  // namespace pgfleet::collectors
