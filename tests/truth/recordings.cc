#include "truth/recordings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <ostream>

#include "support/majors.h"

namespace pgfleet::test {
namespace {

using Recording = std::shared_future<Looks>;

bool IsSelected(const Performance& performance) {
  const auto& tests = *testing::UnitTest::GetInstance();
  for (int s = 0; s < tests.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *tests.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (test.should_run() && std::string(test.name()).ends_with("/" + performance.Name()))
        return true;
    }
  }
  return false;
}

Looks Perform(const Play& play, int major) {
  Looks looks;
  play.perform(major, looks);
  return looks;
}

// By id of the act.
std::map<std::string, Recording> Begin(int major) {
  std::map<std::string, Recording> recordings;
  for (const Play& play : Plays()) {
    const auto selected = [major](const Act& act) { return IsSelected({major, act}); };
    if (std::ranges::none_of(play.acts, selected)) continue;
    const Recording recording =
        std::async(std::launch::async, [&play, major] { return Perform(play, major); }).share();
    for (const Act& act : play.acts) recordings[act.id] = recording;
  }
  return recordings;
}

}  // namespace

std::string Performance::Name() const { return std::to_string(major) + "_" + act.id; }

void PrintTo(const Performance& performance, std::ostream* out) { *out << performance.Name(); }

std::vector<Performance> Performances() {
  std::vector<Performance> all;
  for (const int major : Majors())
    for (const Play& play : Plays())
      for (const Act& act : play.acts) all.push_back({major, act});
  return all;
}

std::vector<Look> LooksOf(const Performance& performance) {
  static std::map<int, std::map<std::string, Recording>> recordings;
  const auto [begun, is_new] = recordings.try_emplace(performance.major);
  if (is_new) begun->second = Begin(performance.major);
  return begun->second.at(performance.act.id).get().at(performance.act.id);
}

}  // namespace pgfleet::test
