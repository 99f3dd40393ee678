#include "drift/role_paths.h"

namespace pgfleet::drift {
namespace {

// For people: a longer way is told by its head and its end.
constexpr std::size_t kMostNames = 6;

}  // namespace

RolePaths::RolePaths(const RoleGraph& graph, const Goal& goal, Reach reach)
    : graph_(graph), steps_(2 * graph.size()) {
  for (const RoleGraph::Index role : goal.roles) {
    const State state = goal.to_be_it ? ToBe(role) : ToUse(role);
    Found(state, {.is_known = true, .next = state, .goal = role, .length = 0});
  }
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const State state = waiting_[i];
    if (state == ToUse(RoleOf(state)))
      FollowUse(state);
    else
      FollowBeing(state, goal, reach);
  }
}

// Who is a role also uses its privileges, without a further membership.
void RolePaths::Found(State state, const Step& step) {
  if (steps_[state].is_known) return;
  steps_[state] = step;
  waiting_.push_back(state);
  const State being = ToBe(RoleOf(state));
  if (being == state) return;
  Step same = step;
  same.next = state;
  Found(being, same);
}

void RolePaths::Lead(State from, State to) {
  const Step& next = steps_[to];
  Found(from, {.is_known = true, .next = to, .goal = next.goal, .length = next.length + 1});
}

void RolePaths::FollowUse(State state) {
  for (const RoleGraph::Edge& edge : graph_.MembersOf(RoleOf(state)))
    if (edge.inherit) Lead(ToUse(edge.member), state);
}

// Only a superuser grants a superuser.
void RolePaths::FollowBeing(State state, const Goal& goal, Reach reach) {
  if (reach == Reach::kInherit) return;
  const bool superuser = graph_.role(RoleOf(state)).superuser;
  for (const RoleGraph::Edge& edge : graph_.MembersOf(RoleOf(state))) {
    if (edge.set && (!superuser || goal.past_superusers)) Lead(ToBe(edge.member), state);
    if (edge.admin && !superuser && reach == Reach::kGrant) Lead(ToUse(edge.member), state);
  }
}

std::vector<std::string> RolePaths::Names(RoleGraph::Index role) const {
  std::vector<std::string> names;
  State state = ToBe(role);
  while (steps_[state].next != state) {
    const State next = steps_[state].next;
    const bool is_another = RoleOf(next) != RoleOf(state);
    state = next;
    if (!is_another) continue;
    if (names.size() + 2 == kMostNames && steps_[state].length > 1) {
      names.emplace_back("...");
      names.push_back(graph_.role(steps_[state].goal).name);
      break;
    }
    names.push_back(graph_.role(RoleOf(state)).name);
  }
  return names;
}

}  // namespace pgfleet::drift
