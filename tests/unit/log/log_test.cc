#include "log/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace pgfleet::log {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

// Standard error is a pipe while it lives.
class Capture {
 public:
  Capture() : saved_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(ends_), 0);
    ::dup2(ends_[1], STDERR_FILENO);
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~Capture() {
    ::dup2(saved_, STDERR_FILENO);
    CloseReader();
    ::close(ends_[1]);
    ::close(saved_);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  void CloseReader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

  std::string Read() const {
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(ends_[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }

 private:
  int saved_;
  int ends_[2] = {-1, -1};
};

std::string Logged(Format format, std::string_view message,
                   std::initializer_list<Field> fields = {}) {
  Configure(format, spdlog::level::info);
  const Capture capture;
  Info(message, fields);
  return capture.Read();
}

TEST(Log, LogfmtIsOneLineWithUtcTimeLevelMessageAndFields) {
  EXPECT_THAT(
      Logged(Format::kLogfmt, "node is down", {{"node", "pg1"}, {"tries", 3}}),
      MatchesRegex("ts=20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
                   "\\.[0-9][0-9][0-9]Z level=info msg=\"node is down\" node=pg1 tries=3\n"));
}

TEST(Log, JsonIsOneObjectALine) {
  EXPECT_THAT(Logged(Format::kJson, "node is down", {{"node", "pg1"}, {"tries", 3}}),
              MatchesRegex("\\{\"ts\":\"20[^\"]*Z\",\"level\":\"info\",\"msg\":\"node is down\","
                           "\"node\":\"pg1\",\"tries\":\"3\"\\}\n"));
}

TEST(Log, ValuesAreQuotedOnlyWhereTheyMustBe) {
  EXPECT_THAT(
      Logged(Format::kLogfmt, "m", {{"a", "10.0.0.1:5432"}, {"b", ""}, {"c", "x=y"}, {"d", "a b"}}),
      HasSubstr(" msg=m a=10.0.0.1:5432 b=\"\" c=\"x=y\" d=\"a b\"\n"));
}

TEST(Log, NothingAServerSaysForgesALine) {
  const std::string hostile = "x\nts=0 level=error msg=forged\r\"\\\x1b[2J\x7f";
  EXPECT_THAT(Logged(Format::kLogfmt, "m", {{"v", hostile}}),
              HasSubstr(R"(v="x\nts=0 level=error msg=forged\r\"\\\u001b[2J\u007f")"
                        "\n"));
  EXPECT_THAT(Logged(Format::kJson, "m", {{"v", hostile}}),
              HasSubstr(R"("v":"x\nts=0 level=error msg=forged\r\"\\\u001b[2J\u007f"})"
                        "\n"));
}

TEST(Log, SeparatorsAndTurnedWritingAreEscapedButWordsStay) {
  const std::string text = Logged(Format::kLogfmt, "m", {{"v", "größe\u2028\u202e\u0085"}});
  EXPECT_THAT(text, HasSubstr("v=\"größe\\u2028\\u202e\\u0085\"\n"));
}

TEST(Log, BytesThatAreNotUtf8AreShownAsHex) {
  const std::string bad = "a\xff\xc0\xaf\xed\xa0\x80z\xe2\x82";
  EXPECT_THAT(Logged(Format::kLogfmt, "m", {{"v", bad}}),
              HasSubstr(R"(v="a\xff\xc0\xaf\xed\xa0\x80z\xe2\x82")"));
  EXPECT_THAT(Logged(Format::kJson, "m", {{"v", bad}}),
              HasSubstr(R"("v":"a\\xff\\xc0\\xaf\\xed\\xa0\\x80z\\xe2\\x82"})"));
}

TEST(Log, NulStaysInTheLine) {
  EXPECT_THAT(Logged(Format::kJson, std::string_view("a\0b", 3)),
              HasSubstr(R"("msg":"a\u0000b"})"));
}

TEST(Log, LongValuesAreCutBetweenCharacters) {
  std::string longest;
  for (int i = 0; i < 4000; ++i) longest += "ö";
  const std::string text = Logged(Format::kLogfmt, "m", {{"v", "x" + longest}});
  EXPECT_LT(text.size(), 2200U);
  EXPECT_THAT(text, HasSubstr("ö...\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("\\x")));
}

TEST(Log, LevelsBelowTheConfiguredOneAreSilent) {
  Configure(Format::kLogfmt, spdlog::level::warn);
  const Capture capture;
  Debug("no");
  Info("no");
  Warn("yes");
  Error("yes");
  const std::string text = capture.Read();
  EXPECT_THAT(text, HasSubstr("level=warn msg=yes\n"));
  EXPECT_THAT(text, HasSubstr("level=error msg=yes\n"));
  EXPECT_THAT(text, Not(HasSubstr("msg=no")));
}

TEST(Log, AReaderThatWentAwayDoesNotStopTheProcess) {
  Configure(Format::kLogfmt, spdlog::level::info);
  Capture capture;
  capture.CloseReader();
  for (int i = 0; i < 10; ++i) Info("nobody reads");
  SUCCEED();  // SIGPIPE would have ended the process
}

TEST(Log, AFullDiskDoesNotStopTheProcess) {
  Configure(Format::kLogfmt, spdlog::level::info);
  const Capture capture;
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  ::dup2(full, STDERR_FILENO);
  Info("no space");
  ::close(full);
  ::dup2(STDOUT_FILENO, STDERR_FILENO);
  SUCCEED();
}

TEST(Log, AReaderThatStallsDelaysNobodyAndHearsWhatItMissed) {
  Configure(Format::kLogfmt, spdlog::level::info);
  const Capture capture;
  const auto begin = std::chrono::steady_clock::now();
  const std::string value(1000, 'x');
  for (int i = 0; i < 2000; ++i) Info("flood", {{"v", value}});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_THAT(capture.Read(), HasSubstr("flood"));
  Info("after");
  EXPECT_THAT(
      capture.Read(),
      MatchesRegex("(.|\n)*msg=\"log lines were lost\" lines=[0-9]+\nts=[^\n]*msg=after\n"));
}

TEST(Log, LinesOfThreadsAreNeverMixed) {
  Configure(Format::kLogfmt, spdlog::level::info);
  const Capture capture;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 100; ++i) Info("line", {{"end", "here"}});
      });
  }
  const std::string text = capture.Read();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find(" msg=line end=here\n", at)) != std::string::npos; ++at)
    ++lines;
  EXPECT_EQ(lines, 400U);
  EXPECT_EQ(std::ranges::count(text, '\n'), 400);
}

}  // namespace
}  // namespace pgfleet::log
