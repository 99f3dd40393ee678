#include "exposition/self_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <thread>
#include <vector>

#include "exposition/page.h"
#include "exposition/process.h"

namespace pgfleet::exposition {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Page(const SelfMetrics& self) { return RenderText({}, {}, &self); }

TEST(SelfMetrics, SayWhatWasBuilt) {
  const SelfMetrics self({"0.1.0", "abc123", "15.18", "1.16"});
  EXPECT_THAT(Page(self), HasSubstr("pgfleet_build_info{version=\"0.1.0\",revision=\"abc123\","
                                    "libpq=\"15.18\",civetweb=\"1.16\"} 1\n"));
}

TEST(SelfMetrics, SayNothingOfAConfigThatWasNotReadYet) {
  const SelfMetrics self({});
  EXPECT_THAT(Page(self), Not(HasSubstr("pgfleet_config")));
}

TEST(SelfMetrics, KeepTheTimeOfTheLastGoodConfigWhenABadOneComes) {
  SelfMetrics self({});
  self.ConfigLoaded(true, model::Wall(std::chrono::seconds(100)));
  self.ConfigLoaded(false, model::Wall(std::chrono::seconds(200)));
  EXPECT_THAT(Page(self), HasSubstr("pgfleet_config_last_reload_successful 0\n"));
  EXPECT_THAT(Page(self), HasSubstr("pgfleet_config_last_reload_success_timestamp_seconds 100\n"));
}

TEST(SelfMetrics, CountAnswersByStatusFromManyThreads) {
  SelfMetrics self({});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&self] {
      for (int n = 0; n < 100; ++n) self.CountRequest(n % 4 == 0 ? 404 : 200);
    });
  threads.clear();
  EXPECT_THAT(Page(self), HasSubstr("pgfleet_http_requests_total{code=\"200\"} 300\n"));
  EXPECT_THAT(Page(self), HasSubstr("pgfleet_http_requests_total{code=\"404\"} 100\n"));
}

TEST(Process, IsReadFromTheKernel) {
  const ProcessFacts before = ReadProcess();
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const ProcessFacts process = ReadProcess();
  EXPECT_EQ(*process.open_fds, *before.open_fds + 2);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  EXPECT_GE(*process.threads, 1);
  EXPECT_GT(*process.resident_bytes, 1e6);
  EXPECT_GE(*process.virtual_bytes, *process.resident_bytes);
  EXPECT_LT(*process.cpu_seconds, 600);
  EXPECT_NEAR(*process.start_time, static_cast<double>(std::time(nullptr)), 600);
}

}  // namespace
}  // namespace pgfleet::exposition
