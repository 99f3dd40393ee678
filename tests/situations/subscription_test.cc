// A subscription that cannot apply what it gets and tries again for ever.
#include <gmock/gmock.h>

#include "servers/logical_pair.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;

class Subscription : public testing::TestWithParam<int> {
 protected:
  static LabelMap Orders() {
    return On("subscriber", {{"subscription", "orders"}, {"database", "postgres"}});
  }
  static double Errors(const Page& page) {
    return page.Value("pgfleet_subscription_apply_errors_total", Orders()).value_or(-1);
  }
  static double Restarts(const Page& page) {
    return page.Value("pgfleet_subscription_worker_restarts_total", Orders()).value_or(-1);
  }
  bool ErrorsAreTold() const { return GetParam() >= 15; }
  // The subscriber has the row already that the publisher sends.
  void BeginErrorLoop() {
    pair_.subscriber().Execute("INSERT INTO item VALUES (1)");
    pair_.publisher().Execute("INSERT INTO item VALUES (1)");
  }
  void EndErrorLoop() { pair_.subscriber().Execute("DELETE FROM item WHERE id = 1"); }

  LogicalPair pair_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Server, Subscription, testing::ValuesIn(MajorsFrom(10)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Subscription);

TEST_P(Subscription, InAnApplyErrorLoopIsSeenAndIsWellAgainAfterIt) {
  pair_.Execute("CREATE TABLE item (id int PRIMARY KEY)");
  pair_.Subscribe("item");
  const ExporterProcess exporter(
      Watching({Declared(pair_.publisher()), Declared(pair_.subscriber())}, GetParam()));
  Page page = WaitForValue(exporter, "pgfleet_subscription_worker_up", Orders(), 1);
  EXPECT_EQ(page.Has("pgfleet_subscription_apply_errors_total", Orders()), ErrorsAreTold());
  EXPECT_LE(Errors(page), 0);
  EXPECT_EQ(Restarts(page), 0);
  BeginErrorLoop();
  page = exporter.WaitForPage([this](const Page& each) {
    // Each worker lives for milliseconds: most polls find none.
    return each.Value("pgfleet_subscription_worker_up", Orders()) == 0 &&
           (!ErrorsAreTold() || Errors(each) >= 1);
  });
  EXPECT_EQ(page.Value("pgfleet_subscription_enabled", Orders()), 1);
  EXPECT_THAT(pair_.subscriber().LogTail(),
              HasSubstr(GetParam() >= 18 ? "conflict=insert_exists" : "duplicate key"));
  if (ErrorsAreTold()) {
    const double seen = Errors(page);
    exporter.WaitForPage([seen](const Page& each) { return Errors(each) > seen; });
    EXPECT_GT(
        Number(pair_.subscriber(), "SELECT apply_error_count FROM pg_stat_subscription_stats"),
        seen);
  }
  EndErrorLoop();
  pair_.Until("SELECT count(*) = 1 FROM item");
  WaitForValue(exporter, "pgfleet_subscription_worker_up", Orders(), 1);
}

}  // namespace
}  // namespace pgfleet::test
