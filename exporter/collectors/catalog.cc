#include "collectors/catalog.h"

#include <array>

#include "collectors/list.h"

namespace pgfleet::collectors {
namespace {

constexpr std::array kCatalog = {&kPulse,
                                 &kIdentity,
                                 &kReadOnlyDefault,
                                 &kWalsenders,
                                 &kWalreceiver,
                                 &kRecovery,
                                 &kSlots,
                                 &kArchiver,
                                 &kSettings,
                                 &kRoles,
                                 &kSyncWaits,
                                 &kBasebackupProgress,
                                 &kChecksums,
                                 &kWraparound,
                                 &kOldestXmin,
                                 &kPreparedTransactions,
                                 &kSlotStats,
                                 &kSubscriptions,
                                 &kSubscriptionStats,
                                 &kSubscriptionTables,
                                 &kPublications,
                                 &kReplicationOrigins,
                                 &kWalDirectory,
                                 &kArchiveStatus,
                                 &kWalActivity,
                                 &kCheckpoints,
                                 &kControlFile,
                                 &kWalSummarizer,
                                 &kStartupProcess,
                                 &kRecoveryConflicts,
                                 &kRecoveryPrefetch,
                                 &kFileSettings,
                                 &kHbaRules,
                                 &kIdentMappings,
                                 &kRoleSettings,
                                 &kRoleList,
                                 &kMemberships,
                                 &kPasswordMethods,
                                 &kPgagent,
                                 &kCron,
                                 &kPublishedTables,
                                 &kAurora};

}  // namespace

std::span<const Collector* const> Catalog() { return kCatalog; }

}  // namespace pgfleet::collectors
