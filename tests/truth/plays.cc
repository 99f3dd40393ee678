#include "truth/plays.h"

#include <algorithm>
#include <stdexcept>

#include "truth/theatre.h"

namespace pgfleet::test {
namespace {

constexpr Milliseconds kWatched{6000};
constexpr Milliseconds kQuarter{250};
constexpr double kSlow = 0.25;  // the same in seconds
constexpr double kBehind = 4;

// Records that belong to no transaction: a checkpoint's, and which transactions run.
void WriteHousekeeping(const PostgresServer& primary) {
  const std::string before = primary.Value("SELECT pg_current_wal_lsn()");
  primary.Execute("CHECKPOINT");
  if (primary.major() >= 16) primary.Execute("SELECT pg_log_standby_snapshot()");
  if (primary.Value("SELECT pg_current_wal_lsn()") == before)
    throw std::runtime_error("housekeeping wrote no WAL");
}

std::vector<Look> WatchHousekeeping(Witness& witness, const PostgresServer& primary,
                                    const ExporterProcess& exporter) {
  std::vector<Look> looks;
  for (int round = 0; round < 3; ++round) {
    WriteHousekeeping(primary);
    const std::vector<Look> more = witness.Watch(exporter, kWatched / 3);
    looks.insert(looks.end(), more.begin(), more.end());
  }
  return looks;
}

void ReceiverDies(int major, Looks& looks) {
  Cluster cluster(major);
  Link link(cluster, Milliseconds(0));
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster);
  observer.Restart();
  observer.WaitUntilItTells("pg2");
  Witness witness(writer, cluster.standby(), &cluster.primary());
  looks["load"] = witness.Watch(observer.exporter(), kWatched);

  writer.Pause();
  witness.WaitUntilCaughtUp();
  looks["idle"] = WatchHousekeeping(witness, cluster.primary(), observer.exporter());
  link.proxy().Refuse();
  looks["receiver_dead_housekeeping"] =
      WatchHousekeeping(witness, cluster.primary(), observer.exporter());

  writer.Resume();
  witness.WaitUntilBehind(kBehind);
  looks["receiver_dead_load"] = witness.Watch(observer.exporter(), kWatched);
  writer.Pause();
  looks["receiver_dead_idle"] = witness.Watch(observer.exporter(), kWatched);
}

void ReplayPauses(int major, Looks& looks) {
  const TempDir state;
  Cluster cluster(major);
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster);
  observer.Restart(state.path());
  observer.WaitUntilItTells("pg2");
  Witness witness(writer, cluster.standby(), &cluster.primary());

  cluster.standby().Execute("SELECT pg_wal_replay_pause()");
  witness.WaitUntilBehind(kBehind);
  looks["paused_load"] = witness.Watch(observer.exporter(), kWatched);
  observer.Restart(state.path());
  looks["restart_with_state"] = witness.Watch(observer.exporter(), kWatched / 2);
  observer.Restart();
  looks["restart_without_state"] = witness.Watch(observer.exporter(), kWatched / 2);
}

void PrimaryFallsIdle(int major, Looks& looks) {
  Cluster cluster(major);
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster);
  observer.Restart();
  observer.WaitUntilItTells("pg2");
  Witness witness(writer, cluster.standby(), &cluster.primary());

  cluster.standby().Execute("SELECT pg_wal_replay_pause()");
  witness.WaitUntilBehind(kBehind / 2);
  writer.Pause();
  witness.WaitUntilBehind(kBehind);
  looks["paused_idle"] = witness.Watch(observer.exporter(), kWatched);
  witness.LeaveSender();
  const FrozenServer frozen(cluster.primary());
  looks["frozen_paused"] = witness.Watch(observer.exporter(), kWatched * 3 / 2);
}

void UpstreamDies(int major, Looks& looks) {
  Cluster cluster(major, Trio());
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster);
  observer.Restart();
  observer.WaitUntilItTells("pg3");
  Witness witness(writer, cluster.node("pg3"), &cluster.standby());
  looks["cascade_load"] = witness.Watch(observer.exporter(), kWatched);
  witness.LeaveSender();
  cluster.standby().Stop(SIGINT);
  witness.WaitUntilBehind(kBehind);
  looks["upstream_dead_load"] = witness.Watch(observer.exporter(), kWatched);
  writer.Pause();
  looks["upstream_dead_idle"] = witness.Watch(observer.exporter(), kWatched);
}

void ReplayIsDelayed(int major, Looks& looks) {
  Cluster cluster(major);
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster);
  observer.Restart();
  observer.WaitUntilItTells("pg2");
  PostgresServer& standby = cluster.standby();
  const std::string line = "recovery_min_apply_delay = 5s";
  if (major >= 12)
    standby.AddConf({line});
  else
    AppendFile(standby.data() / "recovery.conf", line + "\n");
  standby.Restart();
  Witness witness(writer, standby, &cluster.primary());
  witness.WaitUntilBehind(kBehind);
  looks["delayed"] = witness.Watch(observer.exporter(), kWatched);
}

// The certain part of it is less, the busier the machine.
constexpr Milliseconds kFarAway{400};
constexpr double kSlowTruth = 0.2;  // seconds

double GreatestTruth(const std::vector<Look>& looks) {
  double greatest = 0;
  for (const Look& look : looks) greatest = std::max(greatest, look.truth.low);
  return greatest;
}

void NetworkIsSlow(int major, Looks& looks) {
  Cluster cluster(major);
  Link link(cluster, kFarAway);
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster);
  observer.Restart();
  observer.WaitUntilItTells("pg2");
  Witness witness(writer, cluster.standby(), &cluster.primary());
  // Few looks of a busy machine may all fall between two rows.
  for (int watched = 0; watched < 8 && GreatestTruth(looks["slow_standby"]) < kSlowTruth; ++watched)
    looks["slow_standby"] = witness.Watch(observer.exporter(), kWatched);
  writer.Pause();  // no commit is under way then, and the truth is certain
  witness.WaitUntilCaughtUp();
  witness.LeaveSender();
  const FrozenServer frozen(cluster.primary());
  looks["frozen_in_sync"] = witness.Watch(observer.exporter(), kWatched * 3 / 2);
}

void ExporterIsFar(int major, Looks& looks) {
  Cluster cluster(major);
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Observer observer(cluster, kQuarter);
  observer.Restart();
  observer.WaitUntilItTells("pg2");
  Witness witness(writer, cluster.standby(), &cluster.primary());
  observer.NetworkOfPrimary().Cut();
  looks["unreachable_in_sync"] = witness.Watch(observer.exporter(), kWatched * 3 / 2);
  observer.NetworkOfPrimary().Heal();
  observer.WaitUntilItTells("pg2");
  cluster.standby().Execute("SELECT pg_wal_replay_pause()");
  witness.WaitUntilBehind(kBehind);
  looks["slow_exporter"] = witness.Watch(observer.exporter(), kWatched);
}

}  // namespace

const std::vector<Play>& Plays() {
  static const std::vector<Play> plays = {
      {.acts = {{.id = "load", .title = "load"},
                {.id = "idle", .title = "idle primary, and its housekeeping WAL"},
                {.id = "receiver_dead_housekeeping",
                 .title = "receiver dead, idle primary and its housekeeping WAL"},
                {.id = "receiver_dead_load",
                 .title = "receiver dead, load",
                 .greatest_truth = kBehind + 5},
                {.id = "receiver_dead_idle",
                 .title = "receiver dead, then idle",
                 .greatest_truth = kBehind + 10}},
       .perform = ReceiverDies},
      {.acts = {{.id = "paused_load",
                 .title = "replay paused, load",
                 .greatest_truth = kBehind + 5},
                {.id = "restart_with_state",
                 .title = "exporter restarted meanwhile, with `--state-dir`",
                 .greatest_truth = kBehind + 8},
                {.id = "restart_without_state",
                 .title = "exporter restarted meanwhile, without",
                 .claim = Claim::kBounds,
                 .greatest_truth = kBehind + 10}},
       .perform = ReplayPauses},
      {.acts = {{.id = "paused_idle",
                 .title = "replay paused, then idle",
                 .greatest_truth = kBehind + 5},
                {.id = "frozen_paused",
                 .title = "replay paused, then the primary frozen",
                 .claim = Claim::kNothingOrBounds,
                 .greatest_truth = kBehind + 10}},
       .perform = PrimaryFallsIdle},
      {.acts = {{.id = "cascade_load", .title = "cascaded standby, load"},
                {.id = "upstream_dead_load",
                 .title = "cascaded standby, its upstream dead, load",
                 .greatest_truth = kBehind + 5},
                {.id = "upstream_dead_idle",
                 .title = "cascaded standby, its upstream dead, then idle",
                 .greatest_truth = kBehind + 10}},
       .perform = UpstreamDies},
      {.acts = {{.id = "delayed",
                 .title = "delayed standby (`recovery_min_apply_delay = 5s`), load",
                 .greatest_truth = kBehind}},
       .perform = ReplayIsDelayed},
      {.acts = {{.id = "slow_standby",
                 .title = "network of the standby slow (400 ms each way), load",
                 .greatest_truth = kSlowTruth},
                {.id = "frozen_in_sync",
                 .title = "primary frozen",
                 .claim = Claim::kNothingOrABound}},
       .perform = NetworkIsSlow},
      {.acts = {{.id = "unreachable_in_sync",
                 .title = "network between the exporter and the primary cut, load",
                 .claim = Claim::kNothingOrABound,
                 .round_trip = 2 * kSlow},
                {.id = "slow_exporter",
                 .title = "network of the exporter slow (250 ms each way), replay paused, load",
                 .greatest_truth = kBehind + 5,
                 .round_trip = 2 * kSlow}},
       .perform = ExporterIsFar}};
  return plays;
}

}  // namespace pgfleet::test
