// The graph of memberships against pg_has_role, on graphs made by chance.
#include "drift/role_graph.h"

#include <gmock/gmock.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include "drift/privileges.h"
#include "server_access.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using drift::RoleGraph;
using model::Via;

constexpr unsigned kRoles = 200;
constexpr unsigned kMakers = 5;        // the first ones may create roles
constexpr unsigned kMadeByMakers = 3;  // every third role
constexpr std::array kPredefined = {"pg_read_server_files", "pg_execute_server_program"};
constexpr int kFirstWithPredefined = 11;

std::string Name(unsigned i) { return "r" + std::to_string(i); }

// Members come before their roles, as PostgreSQL has no cycles.
class GraphSql {
 public:
  GraphSql(int major, unsigned seed) : major_(major), random_(seed) {}

  std::string Text() {
    for (unsigned i = 0; i < kRoles; ++i) AddRole(i);
    for (unsigned i = 1; i < kRoles; ++i)
      for (int grants = 0; grants < 2; ++grants)
        if (const unsigned member = Pick(i); !IsMade(i) || member != MakerOf(i))
          AddGrant(Name(i), Name(member));  // else it would change the automatic grant
    for (unsigned i = kMakers; i < kRoles; i += kMadeByMakers)
      if (Chance(30)) AddGrantByMaker(i);
    for (const char* role : kPredefined)
      for (int grants = 0; grants < 6 && major_ >= kFirstWithPredefined; ++grants)
        AddGrant(role, Name(Pick(kRoles)));
    return sql_;
  }

 private:
  unsigned Pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool Chance(unsigned percent) { return Pick(100) < percent; }
  bool IsMade(unsigned i) const { return i >= kMakers && (i - kMakers) % kMadeByMakers == 0; }
  static unsigned MakerOf(unsigned i) { return i % kMakers; }

  void AddRole(unsigned i) {
    std::string attributes = Chance(35) ? " NOINHERIT" : " INHERIT";
    if (i < kMakers) attributes += " CREATEROLE";
    if (IsMade(i)) return AddBy(MakerOf(i), "CREATE ROLE " + Name(i) + attributes);
    if (Chance(3)) attributes += " REPLICATION";
    if (Chance(3)) attributes += " BYPASSRLS";
    sql_ += "CREATE ROLE " + Name(i) + attributes + ";\n";
  }
  void AddBy(unsigned maker, const std::string& statement) {
    sql_ += "SET SESSION AUTHORIZATION " + Name(maker) + ";\n" + statement +
            ";\nRESET SESSION AUTHORIZATION;\n";
  }
  std::string Options(bool with_admin = true) {
    if (major_ < 16) return Chance(20) ? " WITH ADMIN OPTION" : "";
    std::string options;
    for (const char* name : {"ADMIN", "INHERIT", "SET"}) {
      if (name[0] == 'A' && !with_admin) continue;
      if (Chance(25)) continue;  // what GRANT gives without a word on it
      options += (options.empty() ? " WITH " : ", ") + std::string(name) +
                 (Chance(name[0] == 'A' ? 20 : 65) ? " TRUE" : " FALSE");
    }
    return options;
  }
  void AddGrant(const std::string& role, const std::string& member) {
    sql_ += "GRANT " + role + " TO " + member + Options() + ";\n";
  }
  // From 16 on a second row of the same membership where there was one. Nobody gives its own
  // grantor the admin option.
  void AddGrantByMaker(unsigned role) {
    const unsigned maker = MakerOf(role);
    const unsigned member = Chance(50) ? maker : Pick(role);
    AddBy(maker, "GRANT " + Name(role) + " TO " + Name(member) + Options(member != maker));
  }

  int major_;
  std::mt19937 random_;
  std::string sql_;
};

struct Has {
  bool usage = false, member = false, set = false;
};
using Pairs = std::map<std::pair<std::string, std::string>, Has>;

// As the server says it. Before 16 SET is MEMBER.
Pairs ServersOwn(PostgresServer& server) {
  const std::string set = server.major() >= 16 ? "SET" : "MEMBER";
  const Answer answer = server.Execute(
      "SELECT m.rolname, r.rolname, pg_has_role(m.oid, r.oid, 'USAGE'),"
      " pg_has_role(m.oid, r.oid, 'MEMBER'), pg_has_role(m.oid, r.oid, '" +
      set +
      "')"
      " FROM pg_roles m, pg_roles r WHERE NOT m.rolsuper AND NOT r.rolsuper"
      " AND m.rolname <> 'pg_database_owner' AND r.rolname <> 'pg_database_owner'");
  Pairs pairs;
  for (const auto& row : answer.rows)
    pairs[{row[0].value(), row[1].value()}] = {
        .usage = row[2] == "t", .member = row[3] == "t", .set = row[4] == "t"};
  return pairs;
}

class Graph : public testing::TestWithParam<int> {
 protected:
  Graph() : access_(GetParam()) {}

  void Make(unsigned seed) { access_.server().Execute(GraphSql(GetParam(), seed).Text()); }
  void Drop() {
    std::string sql;
    for (unsigned i = kRoles; i-- > 0;) sql += "DROP ROLE " + Name(i) + ";\n";
    access_.server().Execute(sql);
  }

  AccessServer access_;
};
INSTANTIATE_TEST_SUITE_P(Server, Graph, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

constexpr unsigned kSeeds[] = {1, 2, 3};

TEST_P(Graph, SaysOfEveryPairWhatTheServerSays) {
  for (const unsigned seed : kSeeds) {
    Make(seed);
    const drift::AccessFacts facts = access_.Read();
    const RoleGraph graph(facts.roles->roles, facts.memberships->memberships);
    EXPECT_EQ(facts.memberships->memberships.size() > graph.edges().size(), GetParam() >= 16)
        << "some memberships have several grants";
    const Pairs pairs = ServersOwn(access_.server());
    EXPECT_GE(pairs.size(), kRoles * kRoles);
    std::size_t usage = 0, member = 0, set = 0;
    for (const auto& [names, has] : pairs) {
      const auto from = graph.Find(names.first).value(), to = graph.Find(names.second).value();
      ASSERT_EQ(graph.Uses(from, to), has.usage) << seed << names.first << names.second;
      ASSERT_EQ(graph.IsMember(from, to), has.member) << seed << names.first << names.second;
      ASSERT_EQ(graph.CanSet(from, to), has.set) << seed << names.first << names.second;
      usage += has.usage ? 1U : 0U;
      member += has.member ? 1U : 0U;
      set += has.set ? 1U : 0U;
    }
    // There is something to tell apart.
    EXPECT_GT(usage, 2 * kRoles);
    EXPECT_GT(set, 2 * kRoles);
    EXPECT_GT(member, usage);
    EXPECT_GT(member, GetParam() >= 16 ? set : set - 1);
    Drop();
  }
}

// The strongest way but for grants, by what the server says of pairs.
std::optional<Via> ByServer(const Pairs& pairs, const std::string& role, bool is_attribute,
                            const std::function<bool(const std::string&)>& has) {
  if (has(role)) return is_attribute ? Via::kHeld : Via::kInherit;
  for (auto it = pairs.lower_bound({role, ""}); it != pairs.end() && it->first.first == role; ++it)
    if (it->second.set && has(it->first.second)) return Via::kSet;
  return std::nullopt;
}

TEST_P(Graph, TellsThePrivilegesThatTheServerGives) {
  Make(4);
  const drift::AccessFacts facts = access_.Read();
  const auto privileged = access_.Compare({}).privileged;
  const Pairs pairs = ServersOwn(access_.server());
  std::map<std::pair<std::string, std::string>, Via> told;
  for (const auto& each : privileged)
    told[{each.role,
          std::string(model::kPrivilegeNames.at(static_cast<std::size_t>(each.privilege)))}] =
        each.via;
  std::map<Via, int> seen;
  const auto check = [&](const std::string& privilege, bool is_attribute,
                         const std::function<bool(const std::string&)>& has) {
    for (unsigned i = 0; i < kRoles; ++i) {
      std::optional<Via> via;
      if (const auto found = told.find({Name(i), privilege}); found != told.end())
        via = found->second;
      if (via) ++seen[*via];
      if (via == Via::kGrantable) via = std::nullopt;
      if (via == Via::kHeld && !is_attribute) via = Via::kInherit;
      EXPECT_EQ(via, ByServer(pairs, Name(i), is_attribute, has)) << Name(i) << " " << privilege;
    }
  };
  std::map<std::string, const model::Role*> roles;
  for (const model::Role& role : facts.roles->roles) roles[role.name] = &role;
  check("replication", true, [&](const std::string& name) { return roles[name]->replication; });
  check("bypassrls", true, [&](const std::string& name) { return roles[name]->bypassrls; });
  check("createrole", true, [&](const std::string& name) { return roles[name]->createrole; });
  if (GetParam() >= kFirstWithPredefined)
    for (const std::string role : kPredefined)
      check(role, false, [&](const std::string& name) { return pairs.at({name, role}).usage; });
  EXPECT_GT(seen[Via::kHeld], 0);
  EXPECT_GT(seen[Via::kSet], 0);
  EXPECT_EQ(seen[Via::kInherit] > 0, GetParam() >= kFirstWithPredefined);
  EXPECT_EQ(seen[Via::kGrantable] > 0, GetParam() >= 16) << "before, a member may SET ROLE anyway";
}

}  // namespace
}  // namespace pgfleet::test
