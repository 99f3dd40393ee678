#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgfleet::model {

// Why a node does not answer (`pgfleet_down_reason`). The order is the order of kDownReasonNames.
enum class DownReason : std::uint8_t {
  kRefused,
  kTimeout,
  kDns,
  kTls,
  kAuth,
  kNoDatabase,
  kTooManyConnections,
  kStarting,
  kShuttingDown,
  kLost,
  kProtocol,
  kLimit,
  kOther,
};
inline constexpr std::array<std::string_view, 13> kDownReasonNames = {
    "refused",  "timeout",       "dns",  "tls",      "auth",  "no_database", "too_many_connections",
    "starting", "shutting_down", "lost", "protocol", "limit", "other"};
constexpr std::string_view Name(DownReason reason) {
  return kDownReasonNames[static_cast<std::size_t>(reason)];
}

// Why a collector has no answer from a node that is up (`pgfleet_collector_failure`).
enum class FailureReason : std::uint8_t {
  kPermission,
  kMissing,
  kVersion,
  kUnsupported,
  kTimeout,
  kConflict,
  kBadValue,
  kLimit,
  kOther,
};
inline constexpr std::array<std::string_view, 9> kFailureReasonNames = {
    "permission", "missing",   "version", "unsupported", "timeout",
    "conflict",   "bad_value", "limit",   "other"};
constexpr std::string_view Name(FailureReason reason) {
  return kFailureReasonNames[static_cast<std::size_t>(reason)];
}

// How often a collector runs; each lane has an interval, a deadline and a greatest age of its data.
enum class Lane : std::uint8_t { kPulse, kStatus, kInventory };
inline constexpr std::array<std::string_view, 3> kLaneNames = {"pulse", "status", "inventory"};
constexpr std::string_view Name(Lane lane) { return kLaneNames[static_cast<std::size_t>(lane)]; }

}  // namespace pgfleet::model
