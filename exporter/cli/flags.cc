#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "cli/grants.h"
#include "collectors/grants.h"
#include "config/suggest.h"

namespace pgfleet::cli {
namespace {

constexpr std::uint16_t kDefaultPort = 10187;

// Takes the value ("" for a switch) into the flags, or says what is wrong with it.
using Take = std::string (*)(std::string_view value, Flags& flags);

struct Spec {
  std::string_view group;
  std::string_view name;
  std::string_view value;  // its name in the help; "" for a switch
  bool repeatable;
  std::string_view help;  // lines of at most 76 columns
  Take take;
  std::string_view command = "";  // whose flag it is; "": of the exporter and of every command
};

std::string TakeConfigFile(std::string_view value, Flags& flags) {
  flags.config_file = value;
  return value.empty() ? "needs a path" : "";
}

// [host]:port, where an IPv6 address stands in brackets.
std::optional<ListenAddress> ParseAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.contains(':') != bracketed || host.find_first_of("[] /,") != std::string_view::npos)
    return std::nullopt;
  ListenAddress address{.host = std::string(host)};
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || stop != port.data() + port.size()) return std::nullopt;
  return address;
}

std::string TakeListenAddress(std::string_view value, Flags& flags) {
  auto address = ParseAddress(value);
  if (!address) return "needs [host]:port, such as :10187, 127.0.0.1:10187 or [::1]:10187";
  flags.listen.push_back(std::move(*address));
  return "";
}

std::string TakeTelemetryPath(std::string_view value, Flags& flags) {
  const bool fits = value.size() > 1 && value.starts_with('/') && !value.starts_with("/-/") &&
                    std::ranges::all_of(
                        value, [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#'; });
  flags.telemetry_path = value;
  return fits ? "" : "needs a path such as /metrics, not under /-/";
}

std::string TakeLogLevel(std::string_view value, Flags& flags) {
  constexpr std::pair<std::string_view, spdlog::level::level_enum> kLevels[] = {
      {"debug", spdlog::level::debug},
      {"info", spdlog::level::info},
      {"warn", spdlog::level::warn},
      {"error", spdlog::level::err}};
  const auto found =
      std::ranges::find(kLevels, value, [](const auto& level) { return level.first; });
  if (found == std::end(kLevels)) return "must be one of debug, info, warn, error";
  flags.log_level = found->second;
  return "";
}

std::string TakeLogFormat(std::string_view value, Flags& flags) {
  flags.log_format = value == "json" ? log::Format::kJson : log::Format::kLogfmt;
  return value == "json" || value == "logfmt" ? "" : "must be logfmt or json";
}

std::string TakeGrantsMajor(std::string_view value, Flags& flags) {
  flags.grants_major = ParseMajor(value).value_or(0);
  return flags.grants_major != 0 ? "" : "must be 9.6, or 10 and later";
}

std::string TakeGrantsRole(std::string_view value, Flags& flags) {
  flags.grants_role = value;
  return collectors::IsRoleName(value) ? "" : "must be a role's name of at most 63 bytes";
}

std::string TakeCluster(std::string_view value, Flags& flags) {
  flags.cluster = value;
  return value.empty() ? "needs the name of a declared cluster" : "";
}

template <bool Flags::* kMember>
std::string TakeSwitch(std::string_view, Flags& flags) {
  flags.*kMember = true;
  return "";
}

std::string TakeStateDir(std::string_view value, Flags& flags) {
  flags.state_dir = value;
  return value.empty() ? "needs the path of a folder" : "";
}

constexpr Spec kSpecs[] = {
    {"Configuration", "--config.file", "PATH", false,
     "What to watch. Without a file: the server that DATA_SOURCE_NAME or libpq's\n"
     "PG* variables name, or the local one on its Unix socket.",
     &TakeConfigFile},
    {"Configuration", "--config.check", "", false,
     "Report every fault of the configuration and exit (0 = none, 2 = some).",
     &TakeSwitch<&Flags::check_config>},
    {"Configuration", "--state-dir", "PATH", false,
     "Folder that keeps what was seen of each cluster's WAL, so that lag is\n"
     "known at once after a restart. Without it: a lower bound at first.",
     &TakeStateDir},
    {"Web", "--web.listen-address", "[HOST]:PORT", true,
     "Where to listen; repeatable. IPv6 in brackets: [::1]:10187.\nDefault: :10187",
     &TakeListenAddress},
    {"Web", "--web.telemetry-path", "PATH", false, "Where the metrics are. Default: /metrics",
     &TakeTelemetryPath},
    {"Logging", "--log.level", "LEVEL", false, "debug, info, warn or error. Default: info",
     &TakeLogLevel},
    {"Logging", "--log.format", "FORMAT", false, "logfmt or json. Default: logfmt", &TakeLogFormat},
    {"Other", "--once", "", false,
     "Ask every node once, print the metrics and exit (1 = a node is down).",
     &TakeSwitch<&Flags::once>},
    {"Other", "--version", "", false, "Print the version and exit.", &TakeSwitch<&Flags::version>},
    {"Other", "--help", "", false, "Print this and exit; also -h.", &TakeSwitch<&Flags::help>},
    {"Of the command grants", "--version", "MAJOR", false,
     "The server's version: 9.6, 10, ... 18 (required).", &TakeGrantsMajor, "grants"},
    {"Of the command grants", "--role", "NAME", false, "The role's name. Default: pgfleet",
     &TakeGrantsRole, "grants"},
    {"Of the command baseline", "--cluster", "NAME", false,
     "The cluster to ask; needed when the configuration declares several.", &TakeCluster,
     "baseline"},
    {"Of the command drift", "--cluster", "NAME", false,
     "The only cluster to look at. Default: all of them.", &TakeCluster, "drift"},
};

struct Command {
  std::string_view name;
  std::string_view help;
};
constexpr Command kCommands[] = {
    {"metrics-reference", "Print METRICS.md, the reference of every metric, and exit."},
    {"grants", "Print the SQL that makes the monitoring role of a server's version."},
    {"baseline",
     "Print what a cluster's settings and roles are now, as YAML for the\nconfiguration."},
    {"drift",
     "Print what differs between nodes and from the configuration, and exit\n(0 = nothing, 1 = "
     "something, or a node was not compared)."},
};

template <typename T, std::size_t kSize>
std::vector<std::string_view> Names(const T (&table)[kSize]) {
  std::vector<std::string_view> names;
  for (const T& entry : table) names.push_back(entry.name);
  return names;
}

// A word may be a connection string in the wrong place, or -p with a password behind it: it is
// repeated only when it is nearly one of ours, or a long flag in plain letters.
std::string Repeated(std::string_view word, std::string_view did_you_mean) {
  const bool plain =
      word.size() <= 40 && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz.-") == word.npos;
  if (did_you_mean.empty() && !(plain && word.starts_with("--"))) return "; see --help";
  return fmt::format(" {}{}", config::Printable(word), did_you_mean);
}

std::string UnknownFlag(std::string_view name) {
  if (config::Printable(name).contains("password") || name.contains("passwd"))
    return fmt::format(
        "there is no flag {}: everyone on the machine can read a command line; put "
        "the password into passfile, password_file or ${{ENV}} of the config file",
        config::Printable(name));
  if (const auto spec = std::ranges::find(kSpecs, name, &Spec::name); spec != std::end(kSpecs))
    return fmt::format("{} goes behind the command {}", name, spec->command);
  std::string dashed = name.starts_with("--") ? std::string(name) : "-" + std::string(name);
  const auto names = Names(kSpecs);
  return "unknown flag" + Repeated(name, config::DidYouMean(dashed, names));
}

// One pass over the arguments.
class Parser {
 public:
  explicit Parser(std::span<const char* const> arguments) : rest_(arguments) {}

  std::expected<Flags, std::string> Run() {
    while (!rest_.empty() && error_.empty()) Next();
    if (!error_.empty()) return std::unexpected(error_);
    if (flags_.check_config && flags_.once)
      return std::unexpected("--config.check and --once do not go together");
    if (!flags_.command.empty() && flags_.once)
      return std::unexpected("--once and a command do not go together");
    if (flags_.command == "grants" && flags_.grants_major == 0 && !flags_.help)
      return std::unexpected("grants needs the server's version: grants --version=MAJOR");
    if (flags_.listen.empty()) flags_.listen.push_back({.host = "", .port = kDefaultPort});
    return std::move(flags_);
  }

 private:
  std::string_view Pop() {
    const std::string_view front = rest_.front();
    rest_ = rest_.subspan(1);
    return front;
  }

  void Next() {
    const std::string_view word = Pop();
    if (word == "-h")
      flags_.help = true;
    else if (word.size() > 1 && word.starts_with('-'))
      TakeFlag(word);
    else
      TakeCommand(word);
  }

  void TakeCommand(std::string_view word) {
    const auto names = Names(kCommands);
    const bool is_known = std::ranges::find(names, word) != names.end();
    if (is_known && flags_.command.empty())
      flags_.command = word;
    else
      error_ = "unexpected argument" + Repeated(word, config::DidYouMean(word, names));
  }

  // The flag of our command before that of every command.
  const Spec* FindSpec(std::string_view name) const {
    const Spec* general = nullptr;
    for (const Spec& spec : kSpecs) {
      if (spec.name != name) continue;
      if (!spec.command.empty() && spec.command == flags_.command) return &spec;
      if (spec.command.empty()) general = &spec;
    }
    return general;
  }

  void TakeFlag(std::string_view word) {
    const auto equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Spec* spec = FindSpec(name);
    if (spec == nullptr) {
      error_ = UnknownFlag(name);
      return;
    }
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = word.substr(equals + 1);
    if (!seen_.insert(name).second && !spec->repeatable)
      error_ = fmt::format("{} is given twice", name);
    else
      Apply(*spec, value);
  }

  void Apply(const Spec& spec, std::optional<std::string_view> value) {
    const bool is_switch = spec.value.empty();
    if (is_switch && value) {
      error_ = fmt::format("{} takes no value", spec.name);
      return;
    }
    if (!is_switch && !value && !rest_.empty()) value = Pop();
    if (!is_switch && !value) {
      error_ = fmt::format("{} needs a value: {}={}", spec.name, spec.name, spec.value);
      return;
    }
    if (const std::string wrong = spec.take(value.value_or(""), flags_); !wrong.empty())
      error_ = fmt::format("{} {}", spec.name, wrong);
  }

  std::span<const char* const> rest_;
  std::set<std::string_view> seen_;
  Flags flags_;
  std::string error_;
};

void AppendIndented(std::string& text, std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    text += fmt::format("      {}\n", lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace

std::expected<Flags, std::string> ParseFlags(std::span<const char* const> arguments) {
  return Parser(arguments).Run();
}

std::string HelpText() {
  std::string text =
      "Usage: pgfleet_exporter [COMMAND] [FLAGS]\n\n"
      "Watches fleets of PostgreSQL clusters and serves Prometheus metrics.\n";
  std::string_view group;
  for (const Spec& spec : kSpecs) {
    if (spec.group != std::exchange(group, spec.group)) text += fmt::format("\n{}\n", spec.group);
    text += fmt::format("  {}{}{}\n", spec.name, spec.value.empty() ? "" : "=", spec.value);
    AppendIndented(text, spec.help);
  }
  text += "\nCommands\n";
  for (const Command& command : kCommands) {
    text += fmt::format("  {}\n", command.name);
    AppendIndented(text, command.help);
  }
  return text +
         "\nA password is never a flag: see passfile, password_file and ${ENV} in the\n"
         "reference of the configuration, docs/configuration.md.\n";
}

}  // namespace pgfleet::cli
