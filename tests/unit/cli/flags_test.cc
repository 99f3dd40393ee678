#include "cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace pgfleet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::expected<Flags, std::string> ParseAll(const std::vector<const char*>& arguments) {
  return ParseFlags(arguments);
}
Flags Good(const std::vector<const char*>& arguments) {
  auto flags = ParseAll(arguments);
  EXPECT_TRUE(flags.has_value()) << flags.error();
  return flags.value_or(Flags{});
}
std::string Wrong(const std::vector<const char*>& arguments) {
  const auto flags = ParseAll(arguments);
  return flags ? "accepted" : flags.error();
}

TEST(Flags, DefaultsAreThoseOfTheContract) {
  const Flags flags = Good({});
  EXPECT_EQ(flags.command, "");
  EXPECT_EQ(flags.config_file, "");
  EXPECT_FALSE(flags.check_config || flags.once || flags.help || flags.version);
  EXPECT_THAT(flags.listen, ElementsAre(ListenAddress{"", 10187}));
  EXPECT_EQ(flags.telemetry_path, "/metrics");
  EXPECT_EQ(flags.log_level, spdlog::level::info);
  EXPECT_EQ(flags.log_format, log::Format::kLogfmt);
}

TEST(Flags, ValuesStandBehindEqualsOrSpace) {
  EXPECT_EQ(Good({"--config.file=a=b.yml"}).config_file, "a=b.yml");
  EXPECT_EQ(Good({"--config.file", "a.yml", "--once"}).config_file, "a.yml");
  EXPECT_TRUE(Good({"--config.file", "a.yml", "--config.check"}).check_config);
  EXPECT_EQ(Good({"--log.level=debug"}).log_level, spdlog::level::debug);
  EXPECT_EQ(Good({"--log.level", "error"}).log_level, spdlog::level::err);
  EXPECT_EQ(Good({"--log.format=json"}).log_format, log::Format::kJson);
  EXPECT_EQ(Good({"--web.telemetry-path=/pg"}).telemetry_path, "/pg");
}

TEST(Flags, ListenAddressesAreRepeatableAndKnowIpv6) {
  EXPECT_THAT(Good({"--web.listen-address=[::1]:10187", "--web.listen-address", "127.0.0.1:0",
                    "--web.listen-address=:9", "--web.listen-address=db.example.org:80"})
                  .listen,
              ElementsAre(ListenAddress{"::1", 10187}, ListenAddress{"127.0.0.1", 0},
                          ListenAddress{"", 9}, ListenAddress{"db.example.org", 80}));
  for (const char* bad : {"", "10187", "::1:10187", ":x", ":65536", ":-1", "[::1]", "[]:1", "a b:1",
                          "http://a:1", ":1 "})
    EXPECT_THAT(Wrong({"--web.listen-address", bad}),
                HasSubstr("--web.listen-address needs [host]:port"))
        << bad;
}

TEST(Flags, UnknownFlagsAreRefusedWithTheNearestName) {
  EXPECT_EQ(Wrong({"--config.fil=x"}), "unknown flag --config.fil (did you mean '--config.file'?)");
  EXPECT_EQ(Wrong({"-config.file=x"}), "unknown flag -config.file (did you mean '--config.file'?)");
  EXPECT_EQ(Wrong({"--colour"}), "unknown flag --colour");
  EXPECT_EQ(Wrong({"-x"}), "unknown flag; see --help");
  EXPECT_EQ(Wrong({"--\x1b[2J"}), "unknown flag; see --help");
}

TEST(Flags, APasswordIsNeverAFlagAndNeverRepeated) {
  for (const char* flag : {"--password=s3cret", "--pg.password=s3cret", "-password=s3cret"}) {
    EXPECT_THAT(Wrong({flag}), HasSubstr("passfile, password_file or ${ENV}")) << flag;
    EXPECT_THAT(Wrong({flag}), testing::Not(HasSubstr("s3cret"))) << flag;
  }
}

// A connection string in the wrong place was printed with its password.
TEST(Flags, AStrayWordThatMayBeASecretIsNotRepeated) {
  for (const char* word :
       {"postgresql://u:s3cret@h/db", "host=h password=s3cret", "-ps3cret", "-psecret"}) {
    EXPECT_THAT(Wrong({word}), testing::Not(HasSubstr("cret"))) << word;
    EXPECT_THAT(Wrong({word}), HasSubstr("see --help")) << word;
  }
}

TEST(Flags, WrongValuesAreExplained) {
  EXPECT_EQ(Wrong({"--log.level=loud"}), "--log.level must be one of debug, info, warn, error");
  EXPECT_EQ(Wrong({"--log.format=xml"}), "--log.format must be logfmt or json");
  EXPECT_EQ(Wrong({"--config.file"}), "--config.file needs a value: --config.file=PATH");
  EXPECT_EQ(Wrong({"--config.file="}), "--config.file needs a path");
  EXPECT_EQ(Wrong({"--once=yes"}), "--once takes no value");
  EXPECT_EQ(Wrong({"--once", "--once"}), "--once is given twice");
  EXPECT_EQ(Wrong({"--once", "--config.check"}), "--config.check and --once do not go together");
  for (const char* path : {"metrics", "/", "/-/ready", "/a b", "/a?b"})
    EXPECT_THAT(Wrong({"--web.telemetry-path", path}), HasSubstr("needs a path such as /metrics"))
        << path;
}

TEST(Flags, CommandsAreWords) {
  EXPECT_EQ(Good({"metrics-reference"}).command, "metrics-reference");
  EXPECT_EQ(Good({"metrics-reference", "-h"}).help, true);
  EXPECT_EQ(Wrong({"metric-reference"}),
            "unexpected argument metric-reference (did you mean 'metrics-reference'?)");
  EXPECT_EQ(Wrong({"metrics-reference", "metrics-reference"}).substr(0, 19), "unexpected argument");
  EXPECT_EQ(Wrong({""}), "unexpected argument; see --help");
}

TEST(Flags, GrantsHaveFlagsOfTheirOwn) {
  const Flags flags = Good({"grants", "--version", "15.3", "--role=Mon itor"});
  EXPECT_EQ(flags.command, "grants");
  EXPECT_EQ(flags.grants_major, 15);
  EXPECT_EQ(flags.grants_role, "Mon itor");
  EXPECT_FALSE(flags.version);
  EXPECT_EQ(Good({"grants", "--version=9.6"}).grants_role, "pgfleet");
  EXPECT_TRUE(Good({"grants", "--help"}).help);
  EXPECT_TRUE(Good({"metrics-reference", "--version"}).version);
  EXPECT_EQ(Wrong({"grants"}), "grants needs the server's version: grants --version=MAJOR");
  EXPECT_EQ(Wrong({"grants", "--version", "9.5"}), "--version must be 9.6, or 10 and later");
  EXPECT_EQ(Wrong({"grants", "--version"}), "--version needs a value: --version=MAJOR");
  EXPECT_EQ(Wrong({"--role=x"}), "--role goes behind the command grants");
  EXPECT_THAT(Wrong({"grants", "--version=15", "--role=pg_monitor"}), HasSubstr("--role must be"));
  EXPECT_EQ(Wrong({"--version", "15"}), "unexpected argument; see --help");
}

TEST(Flags, HelpNamesEveryFlagWithin80Columns) {
  EXPECT_TRUE(Good({"-h"}).help && Good({"--help"}).help && Good({"--version"}).version);
  std::istringstream lines(HelpText());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  for (const char* flag :
       {"--config.file=PATH", "--config.check", "--state-dir=PATH",
        "--web.listen-address=[HOST]:PORT", "--web.telemetry-path=PATH", "--log.level=LEVEL",
        "--log.format=FORMAT", "--once", "--version", "--help", "metrics-reference", "grants",
        "--version=MAJOR", "--role=NAME"})
    EXPECT_THAT(HelpText(), HasSubstr(flag));
}

}  // namespace
}  // namespace pgfleet::cli
