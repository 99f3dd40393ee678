#pragma once

#include <cstdint>
#include <optional>

#include "model/lsn.h"

// From facts to sample values; what is absent stays absent.
namespace pgfleet::collectors {

constexpr std::optional<double> AsValue(std::optional<std::int64_t> number) {
  if (!number) return std::nullopt;
  return static_cast<double>(*number);
}

constexpr std::optional<double> AsValue(std::optional<model::Lsn> lsn) {
  if (!lsn) return std::nullopt;
  return static_cast<double>(lsn->value);
}

constexpr std::optional<double> AsValue(std::optional<bool> flag) {
  if (!flag) return std::nullopt;
  return *flag ? 1 : 0;
}

// Bytes from `from` to `to`; negative ones stay negative.
constexpr std::optional<double> DistanceValue(std::optional<model::Lsn> from,
                                              std::optional<model::Lsn> to) {
  if (!from || !to) return std::nullopt;
  return static_cast<double>(model::Distance(*from, *to));
}

// Seconds from `from` to `to`, both by the same clock.
constexpr std::optional<double> Elapsed(std::optional<double> from, double to) {
  if (!from) return std::nullopt;
  return to - *from;
}

}  // namespace pgfleet::collectors
