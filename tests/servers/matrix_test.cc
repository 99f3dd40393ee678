// Every collector on every major, as primary and as standby, with each privilege that there is.
// What is seen here is what docs/compatibility.md says.
#include <gmock/gmock.h>

#include <cstdlib>

#include "collectors/catalog.h"
#include "servers/compatibility.h"
#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// From the least to the most.
struct Privilege {
  const char* user;
  const char* name;
};
constexpr Privilege kPrivileges[] = {{"plain", "any role"},
                                     {"mon", "pg_monitor"},
                                     {kGrantedRole, "grants"},
                                     {"postgres", "superuser"}};

using Case = std::tuple<int, std::string>;  // major, collector

// Those that an ordinary server is asked by.
std::vector<std::string> CollectorNames() {
  std::vector<std::string> names;
  for (const collectors::Collector* collector : collectors::Catalog())
    if (collector->exists_on == nullptr) names.emplace_back(collector->name);
  return names;
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  return std::to_string(std::get<0>(info.param)) + "_" + std::get<1>(info.param);
}

bool IsServed(const collectors::Collector& collector, int major) {
  return !pg::SqlFor(collector.sql, major * 10000).empty();
}

class Matrix : public testing::TestWithParam<Case> {
 protected:
  // On both nodes. Whatever is not an answer must be a refusal for lack of privilege.
  static bool Works(const collectors::Collector& collector, int major, const std::string& user) {
    bool works = true;
    for (const char* node : {"pg1", "pg2"}) {
      const CollectorRun run = RunCollector(collector, SharedPair(major).node(node), user);
      works = works && run.decoded.has_value();
      EXPECT_TRUE(run.decoded || run.decoded.error().reason == model::FailureReason::kPermission)
          << node << " as " << user << ": " << run.decoded.error().detail;
    }
    return works;
  }

  // "" where nobody can.
  static std::string LeastPrivilege(const collectors::Collector& collector, int major) {
    std::string least;
    for (const Privilege& privilege : kPrivileges) {
      const bool works = Works(collector, major, privilege.user);
      EXPECT_TRUE(works || least.empty()) << privilege.name << " can less than " << least;
      if (works && least.empty()) least = privilege.name;
    }
    return least;
  }
};
INSTANTIATE_TEST_SUITE_P(Server, Matrix,
                         testing::Combine(testing::ValuesIn(Majors()),
                                          testing::ValuesIn(CollectorNames())),
                         CaseName);

TEST_P(Matrix, ItNeedsWhatTheDocumentSays) {
  const auto& [major, name] = GetParam();
  const collectors::Collector& collector = CollectorNamed(name);
  std::string least;
  if (IsServed(collector, major)) {
    least = LeastPrivilege(collector, major);
    EXPECT_NE(least, "") << "it works for nobody";
  }
  if (std::getenv("PGFLEET_UPDATE") != nullptr)
    Compatibility::Record(CollectorNames(), name, major, least);
  EXPECT_EQ(Compatibility().Cell(name, major), least)
      << "PGFLEET_UPDATE=1 records docs/compatibility.md";
}

}  // namespace
}  // namespace pgfleet::test
