#pragma once

#include <memory>

namespace pgfleet::model {

// Seconds since the Unix epoch by the clock that the field's comment names.
using EpochSeconds = double;

// Facts are immutable once decoded and are shared between successive snapshots. Null: not known.
template <typename T>
using Fact = std::shared_ptr<const T>;

}  // namespace pgfleet::model
