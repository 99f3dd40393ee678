#include "analysis/memory_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using model::Lsn;
using model::Monotonic;
using model::Wall;

Clocks ClocksAt(const char* boot, std::chrono::seconds since_boot, std::chrono::seconds epoch) {
  return {.boot_id = boot, .now = {.monotonic = Monotonic(since_boot), .wall = Wall(epoch)}};
}

Memory Full() {
  Memory memory;
  memory.system_identifier = "7710586997656846157";
  memory.primary =
      KnownPrimary{.node = "pg1", .timeline = 3, .position = Lsn{5000}, .seen = Monotonic(990s)};
  memory.fork = Fork{
      .timeline = 3, .parent = 2, .least = Lsn{2000}, .most = Lsn{2100}, .archived = Lsn{1900}};
  memory.clock_timeline = 3;
  memory.clock = WalClock::From({{Lsn{1000}, Lsn{1056}, Monotonic(100s), Monotonic(200s)},
                                 {Lsn{5000}, Lsn{5000}, Monotonic(990s), Monotonic(990s)}},
                                Lsn{4000});
  memory.failovers = 2;
  memory.last_failover = model::Failover{
      .from = "pg2", .to = "pg1", .timeline = 3, .at = Wall(1'700'000'000s), .lost_bytes = 42};
  memory.nodes["pg2"] = {.system_identifier = "7710586997656846157",
                         .recovery = RecoveryPosition{.timeline = 2, .lsn = Lsn{1999}}};
  memory.nodes["pg2"].settings = {
      .fingerprint = 0xFFFFFFFFFFFF, .rules = 7, .changes = 3, .last = Wall(1'700'000'050s)};
  memory.nodes["pg2"].archiver = {.timeline = 2,
                                  .archived_end = Lsn{1900},
                                  .last_archived = 1'700'000'050.125,
                                  .last_failed = std::nullopt};
  memory.nodes["pg3"] = {};
  memory.pgagent.newest_run = 40;
  memory.pgagent.jobs[7] = {.counted = 39, .open = {}, .count = {.failures = 5, .ignored = 2}};
  memory.cron.newest_run = 0;
  memory.last_base_backup = 1'700'000'000.25;
  memory.access = {.fingerprint = 0, .rules = 9, .changes = 0, .last = {}};
  return memory;
}

TEST(MemoryText, ComesBackAsItWasWithinABoot) {
  const auto text = ToText(Full(), ClocksAt("a", 1000s, 1'700'000'100s));
  const auto back = FromText(text, ClocksAt("a", 1005s, 1'700'009'000s));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->clock.entries(), Full().clock.entries());
  EXPECT_EQ(back->clock.committed(), Lsn{4000});
  EXPECT_EQ(back->clock_timeline, 3);
  EXPECT_EQ(back->system_identifier, Full().system_identifier);
  EXPECT_EQ(back->primary->node, "pg1");
  EXPECT_EQ(back->primary->seen, Monotonic(990s));
  EXPECT_EQ(back->fork->most, Lsn{2100});
  EXPECT_EQ(back->fork->parent, 2);
  EXPECT_EQ(back->fork->archived, Lsn{1900});
  EXPECT_EQ(back->nodes.at("pg2").archiver.timeline, 2);
  EXPECT_EQ(back->nodes.at("pg2").archiver.archived_end, Lsn{1900});
  EXPECT_EQ(back->nodes.at("pg2").archiver.last_archived, 1'700'000'050.125);
  EXPECT_FALSE(back->nodes.at("pg2").archiver.last_failed);
  EXPECT_EQ(back->nodes.at("pg3").archiver.timeline, 0);
  EXPECT_EQ(back->failovers, 2);
  EXPECT_EQ(back->last_failover->lost_bytes, 42);
  EXPECT_EQ(back->last_failover->at, Wall(1'700'000'000s));
  EXPECT_EQ(back->nodes.at("pg2").recovery->lsn, Lsn{1999});
  EXPECT_FALSE(back->nodes.at("pg3").recovery);
  EXPECT_EQ(back->nodes.at("pg2").settings, Full().nodes.at("pg2").settings);
  EXPECT_EQ(back->nodes.at("pg3").settings, ChangeHistory{});
  EXPECT_EQ(back->access, Full().access);
  EXPECT_EQ(back->pgagent.newest_run, 40);
  EXPECT_EQ(back->pgagent.jobs, Full().pgagent.jobs);
  EXPECT_EQ(back->cron.newest_run, 0);
  EXPECT_TRUE(back->cron.jobs.empty());
  EXPECT_EQ(back->last_base_backup, 1'700'000'000.25);
}

TEST(MemoryText, WithoutAWordAboutCommitsTheyMayReachToTheEnd) {
  const auto clocks = ClocksAt("a", 1000s, 1'700'000'100s);
  std::string text = ToText(Full(), clocks);
  const auto line = text.find("committed ");
  text.erase(line, text.find('\n', line) + 1 - line);
  const auto end = text.rfind("end ");
  text.replace(end, std::string::npos,
               "end " +
                   std::to_string(std::count(
                       text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n')) +
                   "\n");
  const auto back = FromText(text, clocks);
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->clock.committed(), Lsn{5000});
}

// 100 s passed by the wall clock while the machine was started anew.
TEST(MemoryText, AfterAnotherBootTheBoundsAreWider) {
  const auto text = ToText(Full(), ClocksAt("a", 1000s, 1'700'000'000s));
  const auto now = ClocksAt("b", 30s, 1'700'000'100s);
  const auto back = FromText(text, now);
  ASSERT_TRUE(back) << back.error();
  const auto age =
      back->clock.AgeOf(Lsn{1056}, {.began = now.now.monotonic, .ended = now.now.monotonic});
  EXPECT_NEAR(*age->upper, 900 + 5, 0.001);  // the primary left 1056 at 200 s of the old boot
  EXPECT_NEAR(age->lower, 110 - 5, 0.001);
}

TEST(MemoryText, AFileFromTheFutureHasNoClock) {
  const auto text = ToText(Full(), ClocksAt("a", 1000s, 1'700'000'000s));
  const auto back = FromText(text, ClocksAt("b", 30s, 1'600'000'000s));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->clock.empty());
  EXPECT_EQ(back->clock_timeline, 0);
  EXPECT_EQ(back->primary->node, "pg1");
}

TEST(MemoryText, NoPartOfAFileIsTakenForTheWhole) {
  const auto clocks = ClocksAt("a", 1000s, 1'700'000'000s);
  const auto text = ToText(Full(), clocks);
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(FromText(text.substr(0, length), clocks)) << length;
}

// A bit that flips in a digit may give another right number; every other change must be refused or
// read without harm.
TEST(MemoryText, NoDamageDoesHarm) {
  const auto clocks = ClocksAt("a", 1000s, 1'700'000'000s);
  const auto text = ToText(Full(), clocks);
  int refused = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char damage : {'\0', ' ', '\n', '-', '9', '\x80'}) {
      auto damaged = text;
      damaged[i] = damage;
      if (!FromText(damaged, clocks)) ++refused;
    }
  EXPECT_GT(refused, static_cast<int>(text.size()));
  EXPECT_FALSE(FromText("", clocks));
  EXPECT_FALSE(FromText("{}", clocks));
}

}  // namespace
}  // namespace pgfleet::analysis
