#pragma once

#include <optional>
#include <string_view>

#include "collectors/collector.h"
#include "fleet/schedule.h"
#include "model/reason.h"

namespace pgfleet::fleet {

// What is remembered of whether one collector can work on one node, so that a server is not asked
// every few seconds for what it has refused: each refusal is an error in its log. Asked anew when
// the server's version, role or start time changes (a new Capability) and every ten minutes, so
// that a later GRANT is seen.
class Capability {
 public:
  struct Ask {
    std::string_view sql;  // empty: nothing
    bool fallback = false;
  };
  // What to ask a server of this version now.
  Ask ToAsk(const collectors::Collector& collector, int server_version, SteadyTime now);

  enum class Verdict : unsigned char {
    kFailed,    // says nothing about what the server can do
    kRefused,   // cannot work here; not asked again for a while
    kFallBack,  // ask at once for the collector's fallback
  };
  Verdict Failed(const collectors::Collector& collector, int server_version,
                 model::FailureReason reason, std::string_view sqlstate, SteadyTime now);
  void Succeeded() { wrong_states_ = 0; }
  // The only database in which it could be asked did not let us in. True: refused, and not asked
  // again for a while.
  bool Unreachable(model::FailureReason reason, SteadyTime now);

  // Whether the variants for this version are all there is to ask: false for a version without any.
  static bool Serves(const collectors::Collector& collector, int server_version);

 private:
  void Forget();

  bool fell_back_ = false;
  std::optional<SteadyTime> ask_again_;  // set: refused, in part (fell back) or altogether
  bool refused_ = false;
  bool by_state_ = false;
  int wrong_states_ = 0;
};

}  // namespace pgfleet::fleet
