#pragma once

#include "collectors/collector.h"

namespace pgfleet::collectors {

// The collectors, each in the file of its name. catalog.cc puts them in order.
extern const Collector kPulse;
extern const Collector kIdentity;
extern const Collector kReadOnlyDefault;
extern const Collector kWalsenders;
extern const Collector kWalreceiver;
extern const Collector kRecovery;
extern const Collector kSlots;
extern const Collector kArchiver;
extern const Collector kSettings;
extern const Collector kRoles;
extern const Collector kSyncWaits;
extern const Collector kBasebackupProgress;
extern const Collector kChecksums;
extern const Collector kWraparound;
extern const Collector kOldestXmin;
extern const Collector kPreparedTransactions;
extern const Collector kSlotStats;
extern const Collector kSubscriptions;
extern const Collector kSubscriptionStats;
extern const Collector kSubscriptionTables;
extern const Collector kPublications;
extern const Collector kReplicationOrigins;
extern const Collector kWalDirectory;
extern const Collector kArchiveStatus;
extern const Collector kWalActivity;
extern const Collector kCheckpoints;
extern const Collector kControlFile;
extern const Collector kWalSummarizer;
extern const Collector kStartupProcess;
extern const Collector kRecoveryConflicts;
extern const Collector kRecoveryPrefetch;
extern const Collector kFileSettings;
extern const Collector kHbaRules;
extern const Collector kIdentMappings;
extern const Collector kRoleSettings;
extern const Collector kRoleList;
extern const Collector kMemberships;
extern const Collector kPasswordMethods;
extern const Collector kPgagent;
extern const Collector kCron;
extern const Collector kAurora;
extern const Collector kPublishedTables;

}  // namespace pgfleet::collectors
