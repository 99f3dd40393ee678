#include "config/keyword_check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "config/suggest.h"

namespace pgfleet::config {
namespace {

using Outcome = std::expected<void, std::string>;
using Check = Outcome (*)(const Keyword&, const std::string&, const Environment&);

std::unexpected<std::string> Wrong(std::string why) { return std::unexpected(std::move(why)); }

std::optional<long> WholeNumber(std::string_view text) {
  long number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

Outcome CheckText(const Keyword&, const std::string& value, const Environment&) {
  if (value.empty()) return Wrong("is empty");
  return {};
}

Outcome CheckHost(const Keyword&, const std::string& value, const Environment&) {
  if (value.empty()) return Wrong("is empty");
  if (value.contains(','))
    return Wrong("several hosts: a node is one server, so declare a node for each");
  // A socket directory may hold spaces, a name may not.
  const bool is_path = value.front() == '/' || value.front() == '@';
  const auto is_bad = [&](char c) {
    return (c >= 0 && c < ' ') || c == 0x7F || (c == ' ' && !is_path);
  };
  if (std::ranges::any_of(value, is_bad))
    return Wrong("is no host name, address or socket directory");
  if (value.contains("://")) return Wrong("is a host, not a URI");
  return {};
}

Outcome CheckAddress(const Keyword&, const std::string& value, const Environment&) {
  if (value.contains(','))
    return Wrong("several addresses: a node is one server, so declare a node for each");
  // libpq understands a zone (fe80::1%eth0), inet_pton does not.
  const std::string address = value.substr(0, value.find('%'));
  in6_addr scratch{};
  if (inet_pton(AF_INET, address.c_str(), &scratch) == 1 ||
      inet_pton(AF_INET6, address.c_str(), &scratch) == 1)
    return {};
  return Wrong("is no IP address (a name goes into 'host')");
}

Outcome CheckPort(const Keyword&, const std::string& value, const Environment&) {
  if (value.contains(','))
    return Wrong("several ports: a node is one server, so declare a node for each");
  const auto number = WholeNumber(value);
  if (!number || *number < 1 || *number > 65535) return Wrong("is no port from 1 to 65535");
  return {};
}

Outcome CheckNumber(const Keyword&, const std::string& value, const Environment&) {
  if (!WholeNumber(value)) return Wrong("is no whole number");
  return {};
}

Outcome CheckChoice(const Keyword& keyword, const std::string& value, const Environment&) {
  if (std::ranges::find(keyword.choices, value) != keyword.choices.end()) return {};
  const std::string why = keyword.choices.size() == 1 ? fmt::format(": {}", keyword.note) : "";
  const std::string only =
      keyword.choices.size() == 1
          ? fmt::format("can only be {}{}", keyword.choices[0], keyword.note.empty() ? "" : why)
          : fmt::format("must be one of {}", fmt::join(keyword.choices, ", "));
  return Wrong(only + DidYouMean(value, keyword.choices));
}

// What the file is, once it is known that it can be read.
std::expected<struct stat, std::string> Inspect(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return Wrong(
        fmt::format("the file cannot be read: {}", std::generic_category().message(errno)));
  struct stat status{};
  const bool known = ::fstat(file, &status) == 0;
  ::close(file);
  if (!known) return Wrong("the file cannot be examined");
  return status;
}

std::expected<struct stat, std::string> InspectRegular(const std::string& path) {
  auto status = Inspect(path);
  if (status && !S_ISREG(status->st_mode)) return Wrong("is not a regular file");
  return status;
}

Outcome CheckFile(const Keyword& keyword, const std::string& value, const Environment&) {
  // libpq 16 and later take this word for the system's own authorities.
  if (keyword.name == "sslrootcert" && value == "system") return {};
  const auto status = InspectRegular(value);
  if (!status) return Wrong(status.error());
  return {};
}

Outcome CheckPrivateFile(const Keyword& keyword, const std::string& value, const Environment&) {
  const auto status = InspectRegular(value);
  if (!status) return Wrong(status.error());
  // libpq lets a key that belongs to root be readable for a group.
  const bool root_key = keyword.name == "sslkey" && status->st_uid == 0;
  if ((status->st_mode & (root_key ? 0027 : 0077)) == 0) return {};
  return Wrong(keyword.name == "passfile"
                   ? "group or others can access the file, so libpq ignores it: chmod 0600 (for a "
                     "systemd credential use password_file)"
                   : "group or others can access the file: chmod 0600");
}

Outcome CheckPasswordFile(const Keyword&, const std::string& value,
                          const Environment& environment) {
  const auto status = InspectRegular(value);
  if (!status) return Wrong(status.error());
  const auto credentials = environment("CREDENTIALS_DIRECTORY");
  const bool is_credential =
      credentials && !credentials->empty() && value.starts_with(*credentials + "/");
  // systemd gives its credentials to the service's user by an access list, which shows as the
  // group's bits.
  if ((status->st_mode & (is_credential ? 0007 : 0077)) == 0) return {};
  return Wrong("group or others can access the file: chmod 0600");
}

Outcome CheckDirectory(const Keyword&, const std::string& value, const Environment&) {
  const auto status = Inspect(value);
  if (!status) return Wrong(status.error());
  if (!S_ISDIR(status->st_mode)) return Wrong("is not a directory");
  return {};
}

Outcome Refuse(const Keyword& keyword, const std::string&, const Environment&) {
  return Wrong(std::string(keyword.note));
}

// In the order of KeywordKind.
constexpr std::array<Check, 12> kChecks = {
    &CheckText, &CheckHost,        &CheckAddress,      &CheckPort,      &CheckNumber, &CheckChoice,
    &CheckFile, &CheckPrivateFile, &CheckPasswordFile, &CheckDirectory, &CheckText,   &Refuse};
static_assert(kChecks.size() == static_cast<std::size_t>(KeywordKind::kRefused) + 1);

}  // namespace

Outcome CheckValue(const Keyword& keyword, const std::string& value,
                   const Environment& environment) {
  return kChecks[static_cast<std::size_t>(keyword.kind)](keyword, value, environment);
}

}  // namespace pgfleet::config
