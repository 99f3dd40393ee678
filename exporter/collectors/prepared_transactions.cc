#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kInRecovery, kCount, kOldestAge, kColumns };

// The gid is not read: applications write into it what they like.
constexpr std::array kSql = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT n.r, pg_catalog.count(p.transaction) AS prepared,"
    " extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(p.prepared)) AS oldest_age"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n"
    " LEFT JOIN pg_catalog.pg_prepared_xacts p ON true GROUP BY n.r"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto prepared = std::make_shared<model::PreparedTransactionFacts>();
  prepared->in_recovery = row.NeedBoolean(kInRecovery);
  prepared->count = row.NeedInteger(kCount);
  prepared->oldest_age = row.Real(kOldestAge);
  auto result = row.Result();
  if (result) facts.prepared_transactions = std::move(prepared);
  return result;
}

constexpr MetricDesc kPrepared{.name = "pgfleet_prepared_transactions",
                               .help =
                                   "Prepared transactions that wait for their second phase; absent "
                                   "on a standby, which does not show them.",
                               .source = "pg_prepared_xacts"};
constexpr MetricDesc kAge{
    .name = "pgfleet_prepared_transaction_oldest_age_seconds",
    .unit = "seconds",
    .help = "Time since the oldest waiting transaction was prepared; absent when none waits.",
    .source = "pg_prepared_xacts.prepared"};
constexpr std::array kMetrics = {&kPrepared, &kAge};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::PreparedTransactionFacts& facts = *view.node.facts.prepared_transactions;
  if (facts.in_recovery) return;
  out.Write(kPrepared, static_cast<double>(facts.count));
  out.Write(kAge, facts.oldest_age);
}

}  // namespace

constexpr Collector kPreparedTransactions{.name = "prepared_transactions",
                                          .lane = model::Lane::kInventory,
                                          .sql = kSql,
                                          .columns = kColumns,
                                          .decode = Decode,
                                          .write = Write,
                                          .metrics = kMetrics,
                                          .privilege = "none"};

}  // namespace pgfleet::collectors
