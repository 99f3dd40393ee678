#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "patroni/patroni_cluster.h"
#include "support/wait.h"

namespace pgfleet::test {

// One question to one node: its role at some instant between `begin` and `end`.
struct RoleSample {
  Clock::time_point begin, end;
  std::string role;  // "primary", "standby", or "" when no session could be had
};

// What the nodes themselves said by SQL over time. Between two samples a node may have had the role
// of either.
class RoleHistory {
 public:
  using Samples = std::map<std::string, std::vector<RoleSample>>;
  explicit RoleHistory(Samples samples) : samples_(std::move(samples)) {}

  // The node may have had this role at some instant of that time.
  bool Perhaps(const std::string& node, const std::string& role, Clock::time_point from,
               Clock::time_point to) const;
  // The node had this role all that time.
  bool Surely(const std::string& node, const std::string& role, Clock::time_point from,
              Clock::time_point to) const;
  // No node was primary in that time.
  bool SurelyNoPrimary(Clock::time_point from, Clock::time_point to) const;

  // Every node has answered a question, or failed to, that was asked after this instant.
  bool KnownUntil(Clock::time_point instant) const;

  struct Reign {
    std::string node;
    RoleSample last_before;  // the node's last answer that was not "primary"
    RoleSample first;        // its first answer that was
  };
  // In the order of their beginnings. A primary that loses its server and comes back as primary
  // has one reign.
  std::vector<Reign> Reigns() const;
  // Two nodes that were primary at one instant, as "pg1 and pg2"; "" when there were none.
  std::string TwoPrimaries() const;

 private:
  Samples samples_;
};

// Asks every node several times a second, each on a session of its own, from construction to the
// end.
class RoleWatch {
 public:
  explicit RoleWatch(const PatroniCluster& cluster);
  RoleHistory History() const;

 private:
  void Watch(const std::stop_token& stop, const PatroniNode& node);

  mutable std::mutex mutex_;
  RoleHistory::Samples samples_;
  std::vector<std::jthread> threads_;
};

}  // namespace pgfleet::test
