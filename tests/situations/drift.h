#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/watch.h"

namespace pgfleet::test {

// Makes the role that `pgfleet_exporter grants` makes (on 9.6 the superuser is used instead) and
// declares these nodes, asked several times a second; `keys` are more lines of the cluster.
ExporterOptions Comparing(Cluster& cluster, const std::string& keys = "");

// What the page says differs: "pg2 work_mem node", "missing_role app ".
using Names = std::set<std::string>;
Names SettingDrifts(const Page& page);
Names AccessDrifts(const Page& page);

// Until exactly this is said to differ, counts included; throws with what was said last.
void WaitForSettings(const ExporterProcess& exporter, const Names& names);
void WaitForAccess(const ExporterProcess& exporter, const Names& names);

}  // namespace pgfleet::test
