#include "fleet/capability.h"

namespace pgfleet::fleet {
namespace {

using collectors::Collector;
using model::FailureReason;

constexpr std::chrono::minutes kRemembered{10};
// "Recovery is (not) in progress" is said once or twice while a node is promoted, and always by a
// platform that does not let its WAL be seen.
constexpr int kPassingWrongStates = 2;
constexpr std::string_view kWrongState = "55000";

bool IsRefusal(FailureReason reason) {
  return reason == FailureReason::kPermission || reason == FailureReason::kMissing ||
         reason == FailureReason::kVersion || reason == FailureReason::kUnsupported;
}

bool HasFallback(const Collector& collector, int server_version) {
  return !pg::SqlFor(collector.fallback, server_version).empty();
}

}  // namespace

bool Capability::Serves(const Collector& collector, int server_version) {
  return !pg::SqlFor(collector.sql, server_version).empty() ||
         HasFallback(collector, server_version);
}

// What a server refused for its state alone has not passed: one more refusal is enough to say so.
void Capability::Forget() {
  const int wrong_states = by_state_ ? kPassingWrongStates : 0;
  *this = {};
  wrong_states_ = wrong_states;
}

Capability::Ask Capability::ToAsk(const Collector& collector, int server_version, SteadyTime now) {
  if (ask_again_ && now >= *ask_again_) Forget();
  if (refused_) return {};
  const auto first = pg::SqlFor(collector.sql, server_version);
  if (!fell_back_ && !first.empty()) return {first, /*fallback=*/false};
  return {pg::SqlFor(collector.fallback, server_version), /*fallback=*/true};
}

bool Capability::Unreachable(FailureReason reason, SteadyTime now) {
  if (!IsRefusal(reason)) return false;
  ask_again_ = now + kRemembered;
  return refused_ = true;
}

Capability::Verdict Capability::Failed(const Collector& collector, int server_version,
                                       FailureReason reason, std::string_view sqlstate,
                                       SteadyTime now) {
  if (!IsRefusal(reason)) return Verdict::kFailed;
  if (sqlstate == kWrongState && ++wrong_states_ <= kPassingWrongStates) return Verdict::kFailed;
  wrong_states_ = 0;
  by_state_ = by_state_ || sqlstate == kWrongState;
  ask_again_ = now + kRemembered;
  const bool asked_first = !fell_back_ && !pg::SqlFor(collector.sql, server_version).empty();
  if (asked_first && HasFallback(collector, server_version)) {
    fell_back_ = true;
    return Verdict::kFallBack;
  }
  // The pulse is also the sign of life: it goes on.
  refused_ = collector.lane != model::Lane::kPulse;
  return Verdict::kRefused;
}

}  // namespace pgfleet::fleet
