#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "collectors/catalog.h"
#include "collectors/list.h"
#include "metric/metric_writer.h"

namespace pgfleet::collectors {

// A cluster of one node, all of whose collectors have just succeeded.
struct OneNode {
  model::Monotonic now = model::Monotonic() + std::chrono::hours(1);
  model::ClusterSnapshot cluster;

  OneNode() {
    cluster.name = "c";
    cluster.nodes.resize(1);
    cluster.analysis.resize(1);
    node().declared.name = "n";
    node().tried = node().up = true;
    node().collectors.resize(Catalog().size());
    for (auto& lane : node().lanes) lane.max_age = std::chrono::seconds(30);
    for (auto& collector : node().collectors) collector.last_success = model::Moment{now, {}};
  }
  model::NodeSnapshot& node() { return cluster.nodes[0]; }
  model::NodeFacts& facts() { return node().facts; }
  void Forget(const Collector& collector) {
    for (std::size_t i = 0; i < Catalog().size(); ++i)
      if (Catalog()[i] == &collector) node().collectors[i].last_success.reset();
  }

  // The page of one collector, the standard labels taken out: `name{label="x"} 1` by lines.
  std::string Page(const Collector& collector) const {
    std::vector<const metric::MetricDesc*> families;
    for (const Collector* each : Catalog())
      families.insert(families.end(), each->metrics.begin(), each->metrics.end());
    metric::MetricWriter out(families);
    out.EnterNode("c", "n");
    collector.write({cluster, cluster.nodes[0], cluster.analysis[0], now}, out);
    std::string page;
    for (std::size_t i = 0; i < families.size(); ++i) page += out.Lines(i);
    return WithoutStandardLabels(page);
  }

  static std::string WithoutStandardLabels(std::string page) {
    const std::string alone = "{pg_cluster=\"c\",pg_node=\"n\"}";
    const std::string first = "pg_cluster=\"c\",pg_node=\"n\",";
    for (const auto& text : {alone, first})
      for (auto at = page.find(text); at != std::string::npos; at = page.find(text))
        page.erase(at, text.size());
    return page;
  }
};

// The facts of a node from one answer; fails the test when the answer is refused.
inline void MustDecode(const Collector& collector, const pg::Rows& rows, model::NodeFacts& facts) {
  const auto result = Decode(collector, rows, facts);
  ASSERT_TRUE(result) << result.error().detail;
}

// Why an answer is refused; absent when it is not.
inline std::optional<model::FailureReason> Refusal(const Collector& collector,
                                                   const pg::Rows& rows) {
  model::NodeFacts facts;
  const auto result = Decode(collector, rows, facts);
  if (result) return std::nullopt;
  return result.error().reason;
}

using Row = std::vector<std::optional<std::string>>;
inline constexpr std::nullopt_t kNull = std::nullopt;

inline pg::Rows Answer(const Collector& collector, std::initializer_list<Row> rows) {
  return pg::Rows(collector.columns, rows);
}

}  // namespace pgfleet::collectors
