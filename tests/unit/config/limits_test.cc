// What a hostile file may cost: under a second of the processor and under 64 MiB, each measured in
// a process of its own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "config/config.h"

namespace pgfleet::config {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PGFLEET_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PGFLEET_SANITIZED 1
#endif
#endif
#ifndef PGFLEET_SANITIZED
#define PGFLEET_SANITIZED 0
#endif

struct Cost {
  long rss_kib = 0;
  bool refused = false;
  std::chrono::microseconds time{};  // of the processor
};

std::chrono::microseconds TimeOf(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// The peak of the child is at least that of the parent at the fork, so the whole of it is what is
// bounded.
template <typename Work>
Cost Measure(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  rusage usage{};
  EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
  return {usage.ru_maxrss, WIFEXITED(status) && WEXITSTATUS(status) == 1,
          TimeOf(usage.ru_utime) + TimeOf(usage.ru_stime)};
}

void ExpectCheapRefusal(const Cost& cost) {
  EXPECT_TRUE(cost.refused);
  EXPECT_LT(cost.time, std::chrono::seconds(PGFLEET_SANITIZED ? 10 : 1));
  // A sanitizer's shadow and quarantine are not the parser's.
  if (!PGFLEET_SANITIZED) {
    EXPECT_LT(cost.rss_kib, 64 * 1024);
  }
}

Cost ParseCost(const std::string& text) {
  return Measure([&] { return Parse(text, "f.yml", ProcessEnvironment()).has_value(); });
}

std::string Repeat(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

constexpr std::size_t kLargest = std::size_t{2} << 20;

TEST(ConfigLimits, AYamlBombIsRefusedCheaply) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += name + ": &" + name + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  ExpectCheapRefusal(ParseCost(bomb));
}

TEST(ConfigLimits, AnAliasToItselfIsRefusedCheaply) {
  ExpectCheapRefusal(ParseCost("clusters: &a [*a]\n"));
}

TEST(ConfigLimits, AFileOf100MegabytesIsNotEvenRead) {
  std::string name = "/tmp/pgfleet-large-XXXXXX";
  const int file = ::mkstemp(name.data());
  ASSERT_GE(file, 0);
  ASSERT_EQ(::ftruncate(file, 100L * 1000 * 1000), 0);
  ::close(file);
  ExpectCheapRefusal(Measure([&] { return Load(name, ProcessEnvironment()).has_value(); }));
  std::filesystem::remove(name);
}

TEST(ConfigLimits, AFileFullOfAnythingIsRefusedCheaply) {
  for (const std::string_view piece :
       {"- a\n",      "[",   "{",  "[a,", "{a: b,", "- ",    "? ",        "a: 1\n",
        "&a ",        "*a ", "!",  "\"",  "|\n",    "---\n", "a: &b c\n", "- - - -\n",
        "%TAG ! x\n", "\t",  ": ", "a\n", "'",      "\"\": "}) {
    SCOPED_TRACE(piece);
    ExpectCheapRefusal(ParseCost(Repeat(piece, kLargest)));
  }
}

// As many costly characters as are let through, and as many values as a tree may have.
TEST(ConfigLimits, AFileJustWithinItsBoundsIsCheap) {
  std::string keys;
  for (int i = 0; i < 99'999; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  for (const std::string& text : {Repeat("\"\" ", 299'999), Repeat("&a ", 599'999),
                                  Repeat("- \"\"\n", 500'000), "[" + Repeat("a,", 99'998), keys}) {
    SCOPED_TRACE(text.substr(0, 10));
    ASSERT_LT(text.size(), kLargest);
    ExpectCheapRefusal(ParseCost(text));
  }
}

}  // namespace
}  // namespace pgfleet::config
