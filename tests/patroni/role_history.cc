#include "patroni/role_history.h"

#include <algorithm>
#include <optional>

namespace pgfleet::test {
namespace {

constexpr Milliseconds kStep{50};
constexpr const char* kRole =
    "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END";

std::string RoleOf(const PatroniNode& node, std::optional<Connection>& session) {
  try {
    if (!session) session.emplace(node.Conninfo());
    return session->Value(kRole);
  } catch (const std::runtime_error&) {
    session.reset();
    return "";
  }
}

// `samples` are in order, and one ends before the next begins.
bool HasFrom(const std::vector<RoleSample>& samples, Clock::time_point at) {
  return !samples.empty() && samples.front().end <= at;
}

}  // namespace

bool RoleHistory::Perhaps(const std::string& node, const std::string& role, Clock::time_point from,
                          Clock::time_point to) const {
  const std::vector<RoleSample>& samples = samples_.at(node);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool began = i == 0 || samples[i - 1].begin <= to;
    const bool lasted = i + 1 == samples.size() || samples[i + 1].end >= from;
    if (samples[i].role == role && began && lasted) return true;
  }
  return false;
}

bool RoleHistory::Surely(const std::string& node, const std::string& role, Clock::time_point from,
                         Clock::time_point to) const {
  const std::vector<RoleSample>& samples = samples_.at(node);
  if (!HasFrom(samples, from) || samples.back().begin < to) return false;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool is_over = i + 1 < samples.size() && samples[i + 1].end <= from;
    const bool is_after = i > 0 && samples[i - 1].begin >= to;
    if (!is_over && !is_after && samples[i].role != role) return false;
  }
  return true;
}

bool RoleHistory::SurelyNoPrimary(Clock::time_point from, Clock::time_point to) const {
  return KnownUntil(to) && std::ranges::all_of(samples_, [&](const auto& entry) {
           return HasFrom(entry.second, from) && !Perhaps(entry.first, "primary", from, to);
         });
}

bool RoleHistory::KnownUntil(Clock::time_point instant) const {
  return std::ranges::all_of(samples_, [instant](const auto& entry) {
    return !entry.second.empty() && entry.second.back().begin >= instant;
  });
}

std::vector<RoleHistory::Reign> RoleHistory::Reigns() const {
  std::vector<Reign> reigns;
  for (const auto& [node, samples] : samples_) {
    RoleSample before{};
    for (const RoleSample& sample : samples) {
      if (sample.role == "primary" && before.role != "primary")
        reigns.push_back({node, before, sample});
      if (!sample.role.empty() || before.role != "primary") before = sample;
    }
  }
  std::ranges::sort(reigns, {}, [](const Reign& reign) { return reign.first.begin; });
  return reigns;
}

std::string RoleHistory::TwoPrimaries() const {
  for (const auto& [one, samples] : samples_)
    for (const RoleSample& sample : samples)
      for (const auto& [other, unused] : samples_)
        if (one != other && sample.role == "primary" &&
            Surely(other, "primary", sample.begin, sample.end))
          return one + " and " + other;
  return "";
}

RoleWatch::RoleWatch(const PatroniCluster& cluster) {
  for (const auto& node : cluster.nodes()) samples_[node->name()];
  for (const auto& node : cluster.nodes())
    threads_.emplace_back([this, &node](const std::stop_token& stop) { Watch(stop, *node); });
}

void RoleWatch::Watch(const std::stop_token& stop, const PatroniNode& node) {
  std::optional<Connection> session;
  while (!stop.stop_requested()) {
    RoleSample sample{.begin = Clock::now(), .end = {}, .role = {}};
    sample.role = RoleOf(node, session);
    sample.end = Clock::now();
    {
      const std::scoped_lock lock(mutex_);
      samples_[node.name()].push_back(sample);
    }
    std::this_thread::sleep_for(kStep);
  }
}

RoleHistory RoleWatch::History() const {
  const std::scoped_lock lock(mutex_);
  return RoleHistory(samples_);
}

}  // namespace pgfleet::test
