#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "collectors/catalog.h"

namespace pgfleet::analysis {

// A cluster whose nodes say what a test wants, second by second.
class World {
 public:
  explicit World(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      auto& node = cluster_.nodes.emplace_back();
      node.declared.name = name;
      node.collectors.resize(collectors::Catalog().size());
      for (auto& lane : node.lanes) lane.max_age = std::chrono::seconds(5);
    }
    cluster_.name = "main";
  }

  model::NodeSnapshot& node(std::size_t i) { return cluster_.nodes.at(i); }
  model::ClusterSnapshot& cluster() { return cluster_; }
  Memory& memory() { return memory_; }

  // What node i answers to its pulses from now on.
  model::PulseFacts& Says(std::size_t i) {
    node(i).tried = node(i).up = true;
    node(i).down_reason.reset();
    pulses_.resize(cluster_.nodes.size());
    pulses_[i] = pulses_[i].value_or(model::PulseFacts{.system_identifier = "1", .timeline = 1});
    return *pulses_[i];
  }
  void IsPrimary(std::size_t i, std::uint64_t lsn, std::int64_t timeline = 1) {
    auto& pulse = Says(i);
    pulse.in_recovery = pulse.receiver_streams = false;
    pulse.receiver.reset();
    pulse.wal_lsn = model::Lsn{lsn};
    pulse.timeline = timeline;
  }
  void IsStandby(std::size_t i, std::uint64_t lsn, bool streams = true, std::int64_t timeline = 1) {
    auto& pulse = Says(i);
    pulse.in_recovery = true;
    pulse.receiver_streams = streams;
    pulse.receiver = streams ? std::optional<std::int64_t>(100) : std::nullopt;
    pulse.receive_lsn = pulse.replay_lsn = model::Lsn{lsn};
    pulse.timeline = timeline;
    pulse.wal_lsn.reset();
  }
  void IsDown(std::size_t i) {
    node(i).tried = true;
    node(i).up = false;
    node(i).down_reason = model::DownReason::kRefused;
    node(i).pulse.reset();
    node(i).facts = {};
    if (i < pulses_.size()) pulses_[i].reset();
  }

  // All nodes are asked, all analyses run; a second passes.
  const model::ClusterSnapshot& Tick() {
    for (std::size_t i = 0; i < cluster_.nodes.size(); ++i) Ask(i);
    Look();
    now_ += std::chrono::seconds(1);
    return cluster_;
  }
  // Node i alone is asked.
  void Ask(std::size_t i) {
    pulses_.resize(cluster_.nodes.size());
    if (!pulses_[i]) return;
    node(i).facts.pulse = std::make_shared<model::PulseFacts>(*pulses_[i]);
    now_ += std::chrono::milliseconds(1);
    node(i).pulse = model::Span{.began = now_, .ended = now_ + std::chrono::milliseconds(1)};
  }
  // The analyses run on what is known.
  const model::ClusterSnapshot& Look() {
    now_ += std::chrono::milliseconds(2);
    cluster_.at = now_;
    cluster_.analysis.assign(cluster_.nodes.size(), {});
    cluster_.findings = {};
    for (const auto* analysis : Catalog())
      if (analysis->run != nullptr) analysis->run(cluster_, memory_);
    return cluster_;
  }
  model::Monotonic now() const { return now_; }

 private:
  model::ClusterSnapshot cluster_;
  Memory memory_;
  std::vector<std::optional<model::PulseFacts>> pulses_;
  model::Monotonic now_{std::chrono::seconds(1000)};
};

}  // namespace pgfleet::analysis
