#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metric/metric_desc.h"

namespace pgfleet::metric {

// Collects sample lines, family by family: the only way to a sample. Text 0.0.4 and OpenMetrics
// share these lines. Label values are made valid UTF-8 and escaped here, so no name that a server
// gives can break the page: invalid bytes become U+FFFD, and a short hash keeps two names apart
// that would become alike. NaN is never written. Not thread-safe; one writer renders one page.
class MetricWriter {
 public:
  // One label value for each of the description's own labels, in its order.
  using Labels = std::initializer_list<std::string_view>;

  // `families` fixes the order of the page. A family written but not listed is a bug and aborts.
  explicit MetricWriter(std::span<const MetricDesc* const> families);

  // What the standard labels say from here on. Rendered once, copied into each sample.
  void EnterProcess();
  void EnterCluster(std::string_view cluster);
  void EnterNode(std::string_view cluster, std::string_view node);

  void Write(const MetricDesc& desc, double value) { Write(desc, {}, value); }
  void Write(const MetricDesc& desc, Labels labels, double value);
  // Unknown is absent.
  void Write(const MetricDesc& desc, std::optional<double> value) { Write(desc, {}, value); }
  void Write(const MetricDesc& desc, Labels labels, std::optional<double> value) {
    if (value) Write(desc, labels, *value);
  }

  // One 0/1 series per state, all of them present. The state is the family's last label; `labels`
  // gives the others. A `current` that is none of the states, or absent, leaves all of them 0.
  void WriteStates(const MetricDesc& desc, Labels labels, std::span<const std::string_view> states,
                   std::optional<std::string_view> current);

  // The sample lines of family number i, without HELP and TYPE; empty when nothing was written.
  const std::string& Lines(std::size_t i) const { return lines_[i]; }
  std::size_t samples() const { return samples_; }

 private:
  std::string& Buffer(const MetricDesc& desc);
  void WriteSample(const MetricDesc& desc, Labels labels, std::optional<std::string_view> state,
                   double value);

  std::unordered_map<const MetricDesc*, std::size_t> index_;
  std::vector<std::string> lines_;
  std::string standard_labels_;  // `pg_cluster="a",pg_node="b"`
  Scope scope_ = Scope::kProcess;
  std::size_t samples_ = 0;
};

// The value as Prometheus reads it back exactly: shortest round-trip decimal, integers without a
// fraction.
void AppendNumber(std::string& out, double value);

// Escapes backslash, quote and newline, replaces bytes that are not UTF-8. What a label value
// becomes.
std::string SafeLabelValue(std::string_view raw);

}  // namespace pgfleet::metric
