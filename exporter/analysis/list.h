#pragma once

#include "analysis/analysis.h"

namespace pgfleet::analysis {

// The analyses, each in the file of its name. catalog.cc puts them in order.
extern const Analysis kDeclared;
extern const Analysis kSenders;
extern const Analysis kIdentity;
extern const Analysis kUpstreams;
extern const Analysis kPrimary;
extern const Analysis kHistory;
extern const Analysis kDivergence;
extern const Analysis kRestoring;
extern const Analysis kStandbys;
extern const Analysis kLag;
extern const Analysis kStandbyState;
extern const Analysis kArchiving;
extern const Analysis kArchiveGap;
extern const Analysis kRpo;
extern const Analysis kArchive;
extern const Analysis kClusterSlots;
extern const Analysis kCdc;
extern const Analysis kBaseBackups;
extern const Analysis kMembership;
extern const Analysis kAccess;
extern const Analysis kSettingsDrift;
extern const Analysis kAccessDrift;
extern const Analysis kBackups;
extern const Analysis kJobs;

}  // namespace pgfleet::analysis
