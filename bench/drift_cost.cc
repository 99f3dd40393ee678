// What one comparison costs: the CPU time of this thread for the settings of three nodes with 1,000
// drifted names each, and for 5,000 roles with 10,000 memberships of which 1,000 roles are not as
// declared and all hold a dangerous privilege by way of others. Prints one line of JSON, in ms.
//
//     drift_cost ROUNDS
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drift/access_drift.h"
#include "drift/settings_drift.h"

namespace {

namespace drift = pgfleet::drift;
namespace model = pgfleet::model;

constexpr int kRoles = 5000, kMemberships = 10000, kDrifted = 1000, kUsualSettings = 370;
constexpr int kVersion = 160000;  // its grants have options of their own

double CpuMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

template <typename T>
model::Fact<T> Known(T value) {
  return std::make_shared<const T>(std::move(value));
}

model::ServerSetting Setting(std::string name, std::string text) {
  model::ServerSetting setting{.name = std::move(name),
                               .value = model::ServerSetting::Value::kText};
  setting.from_auto_conf = false;
  setting.text = std::move(text);
  setting.context = "sighup";
  setting.source = "configuration file";
  return setting;
}

// `data_directory` tells that the role sees everything.
drift::NodeSettings Node(std::string name, std::string value, model::NodeRole role) {
  model::SettingsFacts facts;
  facts.all.push_back(Setting("data_directory", "/data/" + name));
  for (int i = 0; i < kDrifted; ++i)
    facts.all.push_back(Setting(fmt::format("drifting_setting_{:04}", i), value));
  for (int i = 0; i < kUsualSettings; ++i)
    facts.all.push_back(Setting(fmt::format("usual_setting_{:04}", i), "on"));
  facts.from_auto_conf = 0;
  return {.name = std::move(name),
          .settings = Known(std::move(facts)),
          .role = role,
          .version_number = kVersion};
}

model::DesiredSettings Baseline() {
  model::DesiredSettings desired;
  desired.practices = {"durability", "replication_primary", "replication_standby",
                       "pitr_archiving"};
  for (int i = 0; i < kDrifted; ++i) {
    model::SettingRule rule;
    rule.setting = fmt::format("drifting_setting_{:04}", i);
    rule.one_of = {"declared"};
    desired.baseline.push_back(std::move(rule));
  }
  return desired;
}

std::string RoleName(int i) { return fmt::format("role_{:04}", i); }

// Role 0 may read the server's files, and all others come to it: each is a member of the role at
// half its number, and of one other before it.
drift::AccessFacts Access() {
  model::RoleListFacts roles;
  model::Role reader{.name = "pg_read_server_files"};
  reader.inherit = true;
  roles.roles.push_back(std::move(reader));
  for (int i = 0; i < kRoles; ++i) {
    model::Role role{.name = RoleName(i)};
    role.inherit = role.login = true;
    roles.roles.push_back(std::move(role));
  }
  model::MembershipFacts facts;
  const auto add = [&](std::string role, int member) {
    model::Membership membership;
    membership.role = std::move(role);
    membership.member = RoleName(member);
    membership.grantor = "postgres";
    membership.inherit = membership.set = true;
    facts.memberships.push_back(std::move(membership));
  };
  add("pg_read_server_files", 0);
  for (int i = 1; i < kRoles; ++i) add(RoleName(i / 2), i);
  for (int i = 2; i < kRoles; ++i) add(RoleName(i * 7 / 11 == i / 2 ? 0 : i * 7 / 11), i);
  for (int i = kRoles - 1; std::ssize(facts.memberships) < kMemberships; --i) add(RoleName(0), i);
  std::ranges::sort(facts.memberships, {}, [](const model::Membership& each) {
    return std::pair(each.role, each.member);
  });
  return {.roles = Known(std::move(roles)),
          .memberships = Known(std::move(facts)),
          .role_settings = Known(model::RoleSettingsFacts{}),
          .version_number = kVersion,
          .now = 1.7e9};
}

// The roles and memberships as they are, but for an attribute of some.
model::DesiredAccess Declared(const drift::AccessFacts& facts) {
  std::vector<model::DesiredRole> roles(kRoles + 1);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const model::Role& role = facts.roles->roles[i];
    roles[i].name = role.name;
    roles[i].login = role.login;
    roles[i].createdb = i > kRoles - kDrifted;
  }
  for (const model::Membership& membership : facts.memberships->memberships) {
    const auto role =
        std::ranges::lower_bound(roles, membership.role, {}, &model::DesiredRole::name);
    role->members.push_back({.name = membership.member, .admin = false, .inherit = {}, .set = {}});
  }
  model::DesiredAccess desired;
  desired.roles = std::move(roles);
  return desired;
}

struct Cost {
  double settings = 0, access = 0;
};

struct World {
  std::vector<drift::NodeSettings> nodes = {Node("pg1", "a", model::NodeRole::kPrimary),
                                            Node("pg2", "b", model::NodeRole::kStandby),
                                            Node("pg3", "c", model::NodeRole::kStandby)};
  model::DesiredSettings settings = Baseline();
  drift::AccessFacts access = Access();
  model::DesiredAccess roles = Declared(access);
  std::vector<model::NodeDrift> node_drift;
  std::optional<model::AccessFindings> findings;

  Cost Compare() {
    const double began = CpuMilliseconds();
    node_drift = drift::CompareSettings(nodes, 0, settings);
    for (const drift::NodeSettings& node : nodes)
      drift::CountChanges(*nodes[0].settings, *node.settings, settings);
    const double between = CpuMilliseconds();
    findings = drift::CompareAccess(access, roles);
    return {.settings = between - began, .access = CpuMilliseconds() - between};
  }
};

// The worst of each over the rounds: what the comparison may cost.
Cost Worst(World& world, int rounds) {
  Cost worst;
  for (int i = 0; i < rounds; ++i) {
    const Cost cost = world.Compare();
    worst = {.settings = std::max(worst.settings, cost.settings),
             .access = std::max(worst.access, cost.access)};
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  World world;
  const Cost worst = Worst(world, argc > 1 ? std::atoi(argv[1]) : 10);
  const model::NodeDrift& standby = world.node_drift.back();
  const bool whole = standby.node && standby.baseline && world.findings;
  if (!whole) {
    fmt::print(stderr, "the comparison says that it does not know\n");
    return 1;
  }
  fmt::print(
      R"({{"settings":{:.2f},"access":{:.2f},"node":{},"baseline":{},"drifted_roles":{},"privileged":{}}})"
      "\n",
      worst.settings, worst.access, standby.node->size(), standby.baseline->size(),
      world.findings->drift.size(), world.findings->privileged.size());
  return 0;
}
