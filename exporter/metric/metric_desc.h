#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgfleet::metric {

enum class Kind : std::uint8_t { kGauge, kCounter, kStateSet, kInfo };

// Which labels every sample of the metric carries before its own.
enum class Scope : std::uint8_t {
  kProcess,
  kCluster,
  kNode
};  // none; pg_cluster; pg_cluster and pg_node

// One metric family: what METRICS.md and the page say of it. Descriptions are static and live for
// ever; a family is told by its address.
struct MetricDesc {
  std::string_view name;
  Kind kind = Kind::kGauge;
  Scope scope = Scope::kNode;
  std::string_view unit;                       // bytes, seconds, "" for none
  std::span<const std::string_view> labels{};  // its own, in the order of the page
  std::string_view help;                       // one line
  std::string_view versions = "9.6+";
  std::string_view source;  // view, function or setting that the value comes from
};

}  // namespace pgfleet::metric
