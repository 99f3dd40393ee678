#include "config/keywords.h"

#include <algorithm>
#include <vector>

namespace pgfleet::config {
namespace {

using enum KeywordKind;

constexpr std::string_view kSslModes[] = {"disable", "allow",     "prefer",
                                          "require", "verify-ca", "verify-full"};
constexpr std::string_view kBindings[] = {"disable", "prefer", "require"};
constexpr std::string_view kSwitch[] = {"0", "1"};
constexpr std::string_view kProtocols[] = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
constexpr std::string_view kGssLibraries[] = {"gssapi"};
constexpr std::string_view kAnyTarget[] = {"any"};

constexpr Keyword kKeywords[] = {
    {"application_name", kRefused, {}, "it is always pgfleet_exporter: remove it"},
    {"channel_binding", kChoice, kBindings,
     "`require` refuses servers that cannot prove who they are"},
    {"client_encoding", kRefused, {}, "pgfleet chooses it itself: remove it"},
    {"connect_timeout",
     kRefused,
     {},
     "the deadline of the lane bounds a connect: set lanes instead"},
    {"dbname", kText, {}, "default: postgres"},
    {"fallback_application_name", kRefused, {}, "it is always pgfleet_exporter: remove it"},
    {"gssencmode", kRefused, {}, "pgfleet always sets it to disable: remove it"},
    {"gsslib", kChoice, kGssLibraries, ""},
    {"host", kHost, {}, "a key of the node"},
    {"hostaddr", kAddress, {}, "a key of the node"},
    {"keepalives", kChoice, kSwitch, ""},
    {"keepalives_count", kNumber, {}, ""},
    {"keepalives_idle", kNumber, {}, "seconds"},
    {"keepalives_interval", kNumber, {}, "seconds"},
    {"krbsrvname", kText, {}, ""},
    {"options", kRefused, {}, "pgfleet makes the settings of its sessions itself: remove it"},
    {"passfile", kPrivateFile, {}, "in libpq's format; mode 0600"},
    {"password", kSecret, {}, "only as `${NAME}`, a variable of the environment"},
    {"password_file",
     kPasswordFile,
     {},
     "pgfleet's own: the password is the first line, read at every connect; mode 0600, or a "
     "systemd credential"},
    {"port", kPort, {}, "default of the nodes; a node's own `port` wins"},
    {"replication", kRefused, {}, "pgfleet needs ordinary sessions: remove it"},
    {"requirepeer", kText, {}, "for Unix sockets"},
    {"service", kText, {}, "an entry of libpq's service file"},
    {"ssl_max_protocol_version", kChoice, kProtocols, ""},
    {"ssl_min_protocol_version", kChoice, kProtocols, ""},
    {"sslcert", kFile, {}, "the client's certificate"},
    {"sslcompression", kChoice, kSwitch, ""},
    {"sslcrl", kFile, {}, ""},
    {"sslcrldir", kDirectory, {}, ""},
    {"sslkey", kPrivateFile, {}, "the client's key; mode 0600"},
    {"sslmode", kChoice, kSslModes,
     "default: `verify-full`; on Unix sockets and loopback `prefer`"},
    {"sslpassword", kSecret, {}, "of `sslkey`; only as `${NAME}`"},
    {"sslrootcert", kFile, {}, "the authorities that may sign the server's certificate"},
    {"sslsni", kChoice, kSwitch, ""},
    {"target_session_attrs", kChoice, kAnyTarget, "every node is watched, whatever its role"},
    {"tcp_user_timeout", kNumber, {}, "milliseconds"},
    {"user", kText, {}, "default: the name of the operating system's user, as libpq has it"},
};

std::vector<std::string_view> NamesOfAccepted() {
  std::vector<std::string_view> names;
  for (const Keyword& keyword : kKeywords)
    if (keyword.kind != kRefused && keyword.kind != kHost && keyword.kind != kAddress)
      names.push_back(keyword.name);
  return names;
}

}  // namespace

std::span<const Keyword> Keywords() { return kKeywords; }

const Keyword* FindKeyword(std::string_view name) {
  const auto found = std::ranges::find(kKeywords, name, &Keyword::name);
  return found == std::end(kKeywords) ? nullptr : found;
}

std::span<const std::string_view> AcceptedKeywords() {
  static const std::vector<std::string_view> kNames = NamesOfAccepted();
  return kNames;
}

}  // namespace pgfleet::config
