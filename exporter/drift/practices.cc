#include "drift/practices.h"

#include <algorithm>

namespace pgfleet::drift {
namespace {

constexpr auto kStandby = model::NodeRole::kStandby;

// A commit that was confirmed is there after a crash, and damage is not hidden.
constexpr auto kDurability = std::to_array<PracticeRule>({
    // A retry after a failed fsync may report success for pages that the kernel has dropped.
    {.setting = "data_sync_retry",
     .one_of = {"off"},
     .why = "a failed write may pass for a good one"},
    // Without it nothing is known to be on disk: an operating system crash destroys the cluster.
    {.setting = "fsync", .one_of = {"on"}, .why = "a crash of the machine destroys the cluster"},
    // A page that was half written when the power failed can only be mended from its image.
    {.setting = "full_page_writes",
     .one_of = {"on"},
     .why = "a page half written in a crash cannot be mended"},
    // For salvage only: damage goes on into what is read, and into standbys and backups.
    {.setting = "ignore_checksum_failure", .one_of = {"off"}, .why = "damaged pages are read"},
    // For salvage only: recovery goes on past WAL that refers to pages that are not there.
    {.setting = "ignore_invalid_pages", .one_of = {"off"}, .why = "recovery goes past damage"},
    // For salvage only: catalogs are read without their indexes.
    {.setting = "ignore_system_indexes",
     .one_of = {"off"},
     .why = "meant for the repair of damaged catalogs"},
    // off: the last commits before a crash are lost although they were confirmed. `local` keeps
    // them on this machine, which is what this practice is about.
    {.setting = "synchronous_commit",
     .one_of = {"on", "local", "remote_write", "remote_apply"},
     .why = "confirmed commits are lost in a crash"},
    // For salvage only: what is damaged is overwritten with zeros.
    {.setting = "zero_damaged_pages", .one_of = {"off"}, .why = "damaged pages are wiped"},
});

// A backup and all WAL since then can be brought back to any moment.
constexpr auto kPitrArchiving = std::to_array<PracticeRule>({
    // 0 waits for a full segment: on a quiet server the archive is behind by hours or days.
    {.setting = "archive_timeout",
     .at_least = "1s",
     .at_most = "1h",
     .why = "a quiet server leaves hours out of the archive"},
    // On a standby `on` begins with its promotion, `always` at once: both will do.
    {.setting = "archive_mode", .one_of = {"on", "always"}, .why = "no WAL is archived"},
    // archive_mode without a command keeps all WAL until the disk is full. 15+ may have a library
    // in its place.
    {.setting = "archive_command",
     .set = true,
     .unless_set = "archive_library",
     .why = "no WAL is archived and none is removed"},
    // minimal leaves out of the WAL what was loaded in bulk.
    {.setting = "wal_level", .one_of = {"replica", "logical"}, .why = "WAL cannot be replayed"},
});

// A standby can follow it, now or after its own promotion.
constexpr auto kReplicationPrimary = std::to_array<PracticeRule>({
    // Has an effect on a standby only, and needs a restart then: set it before.
    {.setting = "hot_standby", .one_of = {"on"}, .why = "as a standby it accepts no sessions"},
    // Each standby that is to be kept WAL for needs one; one more lets a new one be made first.
    {.setting = "max_replication_slots",
     .at_least = "2",
     .why = "a standby may find no slot, and a change needs a restart"},
    // One for a standby, two for a pg_basebackup that streams, one for a standby that connects
    // again before the server has noticed that its old connection is dead.
    {.setting = "max_wal_senders",
     .at_least = "4",
     .why = "a standby may find no connection, and a change needs a restart"},
    // minimal does not even start with max_wal_senders above 0.
    {.setting = "wal_level", .one_of = {"replica", "logical"}, .why = "nobody can follow it"},
    // 0: a standby that vanished holds its slot and a synchronous commit until TCP gives up.
    {.setting = "wal_sender_timeout",
     .at_least = "1ms",
     .why = "a standby that vanished is not noticed"},
});

// It goes on following, and can be seen to.
constexpr auto kReplicationStandby = std::to_array<PracticeRule>({
    // Without it nobody can connect: neither readers nor monitoring.
    {.setting = "hot_standby", .role = kStandby, .one_of = {"on"}, .why = "it accepts no sessions"},
    // -1: one forgotten transaction of a reader stops replay for as long as it lasts.
    {.setting = "max_standby_archive_delay",
     .role = kStandby,
     .at_least = "0",
     .why = "a reader may hold replay up for ever"},
    {.setting = "max_standby_streaming_delay",
     .role = kStandby,
     .at_least = "0",
     .why = "a reader may hold replay up for ever"},
    // Any of these ends replay at a point: for a restore, not for a standby.
    {.setting = "recovery_target", .role = kStandby, .set = false, .why = "replay will end"},
    {.setting = "recovery_target_lsn", .role = kStandby, .set = false, .why = "replay will end"},
    {.setting = "recovery_target_name", .role = kStandby, .set = false, .why = "replay will end"},
    {.setting = "recovery_target_time", .role = kStandby, .set = false, .why = "replay will end"},
    {.setting = "recovery_target_xid", .role = kStandby, .set = false, .why = "replay will end"},
    // Any other: it stays on the old timeline after a failover.
    {.setting = "recovery_target_timeline",
     .role = kStandby,
     .one_of = {"latest"},
     .why = "it does not follow a new primary"},
    // 0: the primary learns its position only by chance, and slots and synchronous commits with it.
    {.setting = "wal_receiver_status_interval",
     .role = kStandby,
     .at_least = "1s",
     .at_most = "10s",
     .why = "the primary does not learn its position in time"},
    // 0: a primary that vanished is not noticed until TCP gives up, and not connected to again.
    {.setting = "wal_receiver_timeout",
     .role = kStandby,
     .at_least = "1ms",
     .why = "a primary that vanished is not noticed"},
});

constexpr std::array<Practice, 4> kPractices = {{{"durability", kDurability},
                                                 {"pitr_archiving", kPitrArchiving},
                                                 {"replication_primary", kReplicationPrimary},
                                                 {"replication_standby", kReplicationStandby}}};

}  // namespace

std::span<const Practice> Practices() { return kPractices; }

const Practice* FindPractice(std::string_view name) {
  const auto* found = std::ranges::find(kPractices, name, &Practice::name);
  return found == kPractices.end() ? nullptr : found;
}

model::SettingRule AsSettingRule(const PracticeRule& rule) {
  model::SettingRule full{.setting = std::string(rule.setting),
                          .role = rule.role,
                          .one_of = {},
                          .at_least = {},
                          .at_most = {},
                          .set = rule.set};
  for (const std::string_view value : rule.one_of)
    if (!value.empty()) full.one_of.emplace_back(value);
  if (!rule.at_least.empty()) full.at_least = rule.at_least;
  if (!rule.at_most.empty()) full.at_most = rule.at_most;
  return full;
}

}  // namespace pgfleet::drift
