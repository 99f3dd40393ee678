#include "collectors/collector.h"

namespace pgfleet::collectors {

std::expected<void, DecodeFault> Decode(const Collector& collector, const pg::Rows& rows,
                                        model::NodeFacts& facts) {
  using model::FailureReason;
  if (rows.columns() != collector.columns)
    return std::unexpected(
        DecodeFault{FailureReason::kBadValue, "another number of columns than asked for"});
  if (rows.size() == 0 && !collector.may_be_empty)
    return std::unexpected(DecodeFault{FailureReason::kBadValue, "no row where one must come"});
  return collector.decode(rows, facts);
}

}  // namespace pgfleet::collectors
