#include <gtest/gtest.h>

#include <ctime>
#include <functional>

#include "access_builder.h"
#include "drift/access_drift.h"

namespace pgfleet::drift {
namespace {

using model::Role;

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string Name(int i) { return "application_role_" + std::to_string(i); }

// Every role both declared and dangerous in all ways that do not exclude each other.
double CpuOf(const AccessFacts& facts) {
  model::DesiredAccess desired{.roles = std::vector<model::DesiredRole>{}, .ignore = {"tmp_*"}};
  for (const Role& role : facts.roles->roles) desired.roles->push_back({.name = role.name});
  const double began = CpuSeconds();
  const auto findings = CompareAccess(facts, desired);
  const double took = CpuSeconds() - began;
  EXPECT_GE(findings->privileged.size(), 4999U);
  EXPECT_GE(findings->drift.size(), 4999U);
  return took;
}

constexpr int kRoles = 5000;
// Sanitizers and builds without optimisation take many times as long.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr double kMostCpu = 0.1;
#else
constexpr double kMostCpu = 2.0;
#endif

AccessFacts Big(const std::function<int(int)>& role_of) {
  std::vector<Role> roles = {Plain("pg_read_all_data"), Plain("pg_execute_server_program")};
  std::vector<model::Membership> memberships;
  for (int i = 0; i < kRoles; ++i) roles.push_back(Plain(Name(i)));
  roles[2].replication = true;
  memberships.push_back(
      New("pg_read_all_data", Name(0), {.admin = false, .inherit = false, .set = true}));
  memberships.push_back(New("pg_execute_server_program", Name(0)));
  for (int i = 1; i < kRoles; ++i) {
    memberships.push_back(New(Name(role_of(i)), Name(i), {.admin = true}, "a"));
    memberships.push_back(New(Name(role_of(i)), Name(i), {}, "b"));
  }
  return Facts(std::move(roles), std::move(memberships));
}

TEST(AccessLoad, AChainOf5000RolesIsNothing) {
  EXPECT_LT(CpuOf(Big([](int i) { return i - 1; })), kMostCpu);
}

TEST(AccessLoad, AStarOf5000RolesIsNothing) {
  EXPECT_LT(CpuOf(Big([](int) { return 0; })), kMostCpu);
}

TEST(AccessLoad, ATreeOf5000RolesIsNothing) {
  EXPECT_LT(CpuOf(Big([](int i) { return i / 3; })), kMostCpu);
}

}  // namespace
}  // namespace pgfleet::drift
