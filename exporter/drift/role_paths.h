#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drift/role_graph.h"

namespace pgfleet::drift {

// By what means a role goes on to another; each has those of the one before.
enum class Reach : std::uint8_t {
  kInherit,  // it has the privileges of the other without doing anything
  kSet,      // SET ROLE
  kGrant,    // GRANT of the other to itself, by an admin option that it can use
};

// What is looked for.
struct Goal {
  std::vector<RoleGraph::Index> roles;
  bool to_be_it = false;  // the attributes of these roles, which nobody inherits; else privileges
  // Whether to go by way of a superuser that one can become: that is all privileges already.
  bool past_superusers = false;
};

// The shortest ways from all roles to the nearest of some, searched backwards from these: it costs
// only what leads there.
class RolePaths {
 public:
  RolePaths(const RoleGraph& graph, const Goal& goal, Reach reach);

  bool Has(RoleGraph::Index role) const { return steps_[ToBe(role)].is_known; }
  // How many memberships it takes.
  std::size_t Length(RoleGraph::Index role) const { return steps_[ToBe(role)].length; }
  // The roles on the way, the last is of the goal; a long way has "..." in it. Only where Has.
  std::vector<std::string> Names(RoleGraph::Index role) const;

 private:
  // A role that one is, by logging in or SET ROLE, or a role whose privileges one uses.
  using State = std::size_t;
  struct Step {
    bool is_known = false;
    State next = 0;  // itself at the goal
    RoleGraph::Index goal = 0;
    std::size_t length = 0;
  };

  static State ToBe(RoleGraph::Index role) { return 2 * role; }
  static State ToUse(RoleGraph::Index role) { return 2 * role + 1; }
  static RoleGraph::Index RoleOf(State state) { return state / 2; }

  void Found(State state, const Step& step);
  void Lead(State from, State to);
  void FollowUse(State state);
  void FollowBeing(State state, const Goal& goal, Reach reach);

  const RoleGraph& graph_;
  std::vector<Step> steps_;     // by state
  std::vector<State> waiting_;  // in the order in which they were found
};

}  // namespace pgfleet::drift
