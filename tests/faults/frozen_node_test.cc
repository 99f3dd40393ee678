#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"

namespace pgfleet::test {
namespace {

constexpr double kPulseInterval = 1;
constexpr double kPulseDeadline = 2;
constexpr double kBackOff = 10;  // a dead node is tried at least this often
constexpr double kAnswer = 0.1;  // seconds for a page
constexpr double kSlack = 0.7;   // scrapes are some tenths apart

double FreezeSeconds() {
  const char* wanted = std::getenv("PGFLEET_FREEZE_SECONDS");
  return wanted == nullptr ? 10 : std::stod(wanted);
}

std::optional<double> Up(const Page& page, const std::string& node) {
  return page.Value("pgfleet_up", {{"pg_node", node}});
}

bool AllUp(const Page& page) {
  return Up(page, "pg1") == 1 && Up(page, "pg2") == 1 && Up(page, "pg3") == 1;
}

// What a Prometheus that scrapes several times a second sees of a trio.
struct Watch {
  std::vector<double> answers;    // seconds, sorted
  std::optional<double> changed;  // seconds until pg2 was as it was expected to be
  std::size_t most_sockets = 0;
  int healthy_samples_lost = 0;
};

// A busy machine may hold up one answer in a hundred (or one at all); a page that waits for a node
// would be late often.
void ExpectQuick(const Watch& watch) {
  const std::size_t spared = std::max<std::size_t>(1, watch.answers.size() / 100);
  const std::size_t judged = watch.answers.size() > spared ? watch.answers.size() - spared : 1;
  EXPECT_LT(watch.answers[judged - 1], kAnswer * kSlowness);
  EXPECT_LT(watch.answers.back(), 5 * kAnswer * kSlowness);
}

class FrozenNode : public testing::Test {
 protected:
  // For so many seconds, or only until pg2 is as expected.
  Watch Observe(double seconds, double expected_up, bool stop_then = false) const {
    Watch watch;
    const auto start = Clock::now();
    while (SecondsSince(start) < seconds && !(stop_then && watch.changed)) {
      const HttpResponse response = exporter_.Get("/metrics");
      EXPECT_EQ(response.status, 200);
      const Page page(response.body);
      watch.answers.push_back(response.seconds);
      watch.most_sockets = std::max(watch.most_sockets, exporter_.OpenSockets());
      watch.healthy_samples_lost += Up(page, "pg1") == 1 && Up(page, "pg3") == 1 ? 0 : 1;
      if (!watch.changed && Up(page, "pg2") == expected_up) watch.changed = SecondsSince(start);
      last_page_ = page;
      std::this_thread::sleep_for(Milliseconds(200));
    }
    std::ranges::sort(watch.answers);
    return watch;
  }

  Cluster cluster_{kFaultMajor, Trio()};
  ExporterProcess exporter_{{.config = ConfigText(Declared(cluster_))}};
  mutable std::optional<Page> last_page_;
};

TEST_F(FrozenNode, CostsNothingButItselfAndComesBack) {
  exporter_.WaitForPage(AllUp);
  const Watch before = Observe(3, 1);  // all sessions are open
  cluster_.standby().Freeze();
  const Watch frozen = Observe(FreezeSeconds(), 0);
  const std::string reason =
      last_page_->State("pgfleet_down_reason", "reason", {{"pg_node", "pg2"}});
  const bool role_kept = last_page_->Has("pgfleet_node_role", {{"pg_node", "pg2"}});
  cluster_.standby().Thaw();
  const Watch thawed = Observe(kBackOff + 2 * kPulseInterval + kSlack, 1, true);

  EXPECT_EQ(reason, "timeout");
  EXPECT_FALSE(role_kept) << "what a node said before it went down is dropped at once";
  for (const Watch& watch : {before, frozen, thawed}) {
    ExpectQuick(watch);
    EXPECT_EQ(watch.healthy_samples_lost, 0);
    EXPECT_LE(watch.most_sockets, before.most_sockets + 1) << "one may be an answered scrape";
  }
  ASSERT_TRUE(frozen.changed);
  EXPECT_LE(*frozen.changed, kPulseInterval + kPulseDeadline + kSlack);
  ASSERT_TRUE(thawed.changed);
  EXPECT_LE(*thawed.changed, kBackOff + 2 * kPulseInterval + kSlack);
}

TEST_F(FrozenNode, LeavesAtMostTwoSessionsBehind) {
  exporter_.WaitForPage(AllUp);
  cluster_.standby().Freeze();
  exporter_.WaitForPage([](const Page& page) { return Up(page, "pg2") == 0; });
  cluster_.standby().Thaw();
  exporter_.WaitForPage(AllUp);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  for (const auto& node : cluster_.nodes()) {
    const std::string sessions = node->Value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgfleet_exporter'");
    EXPECT_LE(std::stoi(sessions), 2) << node->name();
    EXPECT_GE(std::stoi(sessions), 1) << node->name();
  }
}

// A node came back before its old data was too old: the page then read facts that had been dropped,
// and the exporter died with a null pointer until the first survey had ended.
TEST(ReturningNode, IsScrapedSafelyBeforeItsFirstSurvey) {
  Cluster cluster(kFaultMajor, Alone());
  const ExporterProcess exporter(
      {.config = ConfigText(Declared(cluster),
                            {.lanes = "pulse: {interval: 200ms, deadline: 400ms}, status: 10s"})});
  const auto is_up = [](const Page& page) { return Up(page, "pg1") == 1; };
  exporter.WaitForPage(is_up);
  for (int round = 0; round < 5; ++round) {
    cluster.primary().Freeze();
    exporter.WaitForPage([](const Page& page) { return Up(page, "pg1") == 0; });
    cluster.primary().Thaw();
    // Without a pause between the scrapes: the moment lasts a few milliseconds.
    ASSERT_TRUE(WaitUntil([&] { return is_up(exporter.Metrics()); }, kPatience, Milliseconds(0)));
    for (int i = 0; i < 50; ++i) exporter.Metrics();
  }
}

}  // namespace
}  // namespace pgfleet::test
