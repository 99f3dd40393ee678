#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/exporter_process.h"
#include "support/row_writer.h"

namespace pgfleet::test {

// The interval of the exporter's pulse in all these tests.
inline constexpr double kPulseSeconds = 1;

struct Interval {
  double low = 0;
  double high = 0;

  bool Contains(double value, double slack) const {
    return value >= low - slack && value <= high + slack;
  }
  // 0 inside.
  double DistanceTo(double value) const;
};

// What people compute with SQL, in seconds; absent where it is NULL.
struct Formulas {
  std::optional<double> by_case{};     // 0 when received = replayed, else the next one
  std::optional<double> by_replay{};   // now() - pg_last_xact_replay_timestamp()
  std::optional<double> replay_lag{};  // of pg_stat_replication on the sender
  bool sender_answers = true;
};

// One page, and what was true meanwhile. In seconds.
struct Look {
  Clock::time_point at;
  Interval truth{};              // while the page was fetched
  Interval truth_since_pulse{};  // since the standby's last pulse that the page knows
  Formulas formulas{};
  std::optional<double> lag{};
  std::optional<double> uncertainty{};
  std::optional<double> reference_age{};
  bool lower_bound = false;
  double round_trip = 0;  // the longest of the last pulses
};

inline constexpr std::size_t kLeastLooks = 8;

// Knows from the writer and from the standby itself, asked in a session of its own, how old the
// oldest committed row is that the standby does not show.
class Witness {
 public:
  // `sender` is whom the standby streams from; null when it will not answer.
  Witness(const RowWriter& writer, const PostgresServer& standby, const PostgresServer* sender);

  // The truth now.
  Interval Truth();
  void WaitUntilBehind(double seconds);
  void WaitUntilCaughtUp();
  // Looks several times a second for so long, and until there are kLeastLooks.
  std::vector<Look> Watch(const ExporterProcess& exporter, Milliseconds time);
  // Never again: the server is about to stop or stand still.
  void LeaveSender() { sender_.reset(); }

 private:
  // What the standby showed at an instant between the two.
  struct Shown {
    Clock::time_point from, until;
    std::int64_t row = 0;
    Formulas formulas{};
  };

  Shown Ask();
  std::optional<double> ReplayLag();
  Interval AgeOf(std::int64_t row, Clock::time_point instant) const;
  Interval Between(const Shown& before, const Shown& after) const;
  Look LookOnce(const ExporterProcess& exporter);
  void Remember(Look& look, std::optional<double> age);

  const RowWriter& writer_;
  int major_;
  std::string name_;
  Connection standby_;
  std::optional<Connection> sender_{};
  struct Known {
    Clock::time_point at;
    Interval truth{};
  };
  std::vector<Known> history_{};
};

}  // namespace pgfleet::test
