#pragma once

#include <string>
#include <vector>

#include "patroni/page_watch.h"
#include "patroni/role_history.h"

// What is wrong with pages, each fault as a sentence; empty: nothing.
namespace pgfleet::test {

using Faults = std::vector<std::string>;

// How old what a page says of a node may be, and how long a change may go unnoticed: two pulses of
// half a second, and what a busy machine adds.
inline constexpr Milliseconds kFreshness{2500};

// Every page names the role that the node had, and the primary that there was, shows no split brain
// and no upstream outside the cluster, and counts each change of primary once. `shots` begin in a
// settled cluster with this counter at 0.
Faults FaultsOverTime(const std::vector<Shot>& shots, const RoleHistory& truth);

// A server that has followed a timeline does not go back to an older one, whatever becomes of it.
Faults TimelinesThatFell(const std::vector<Shot>& shots);

// Series (name and labels) that were 1 on some page.
Faults EverRaised(const std::vector<Shot>& shots, const std::vector<std::string>& names);

// What a settled cluster with this leader must show, and no alarm.
struct Settled {
  std::string leader;
  std::vector<std::string> nodes;
};
Faults FaultsOf(const Page& page, const Settled& expected);

}  // namespace pgfleet::test
