#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/moment.h"
#include "model/reason.h"

// How long the parts of a poll took and what they brought: for people who look for the slow or the
// failing one.
namespace pgfleet::model {

struct StepFailure {
  std::string_view reason;  // a name of DownReason or FailureReason
  std::string_view advice;  // what to do next
  std::string sqlstate;     // empty where the server gave none
  std::string message;      // one line, of the server or of libpq
};

struct TraceStep {
  std::string_view name;  // resolve, wait, connect, tls, authenticate, prepare_session, a collector
  bool is_statement = false;
  bool is_fallback = false;  // it asked the collector's fallback, because it may not ask the rest
  Duration duration{};       // 0 where it never began
  std::uint32_t rows = 0;
  std::uint64_t bytes = 0;  // of the values
  std::shared_ptr<const StepFailure> failure;
};

struct PollTrace {
  Wall began;
  Lane lane = Lane::kPulse;
  std::string database;  // visited for what only it can tell; "": the connection's own
  std::string address;   // that was connected to last; "": libpq found its way by itself
  std::vector<TraceStep> steps;

  bool failed() const;
  Duration duration() const;
};

// The last polls of a node, by lane, failed ones apart from the others: a failure is not pushed out
// by what went well after it. Thread-safe.
class TraceBook {
 public:
  using Poll = std::shared_ptr<const PollTrace>;

  void Add(PollTrace poll);
  std::vector<Poll> Polls() const;  // newest first

 private:
  struct Pages {
    std::deque<Poll> good, failed;
  };
  mutable std::mutex mutex_;
  std::array<Pages, kLaneNames.size()> lanes_;  // guarded by mutex_
};

}  // namespace pgfleet::model
