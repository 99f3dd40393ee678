#pragma once

#include <expected>
#include <string>

#include "collectors/collector.h"
#include "model/node_facts.h"
#include "support/cluster.h"

// What the tests of this folder stand on: one living pair for each major, and a way to run a
// collector on it.
namespace pgfleet::test {

// The pair of a major, shared by all tests of the program and stopped at its end: pg1 archives,
// holds the slots `pg2` (used by pg2), `spare` (reserved, unused), `empty` (never reserved) and
// `decoder` (logical), and the roles `lead` (createdb, createrole), `mover` (replication), `guest`
// (login, member of lead with admin option).
Cluster& SharedPair(int major);

// A role of that pair, with what `pgfleet_exporter grants` gives.
inline constexpr const char* kGrantedRole = "watcher";

// What one run of a collector gave.
struct CollectorRun {
  Answer answer;
  std::expected<void, collectors::DecodeFault> decoded;
  model::NodeFacts facts;
};

// The collector of this name; throws when the catalog has none.
const collectors::Collector& CollectorNamed(std::string_view name);

// Runs the collector's SQL for the server's version as the exporter does (search_path empty,
// read-only; its fallback where the first is refused) and decodes the answer. `decoded` is good
// only when the SQL ran, its column count is the collector's and decode says so. `before`: what an
// earlier run found, for collectors that remember.
CollectorRun RunCollector(const collectors::Collector& collector, const PostgresServer& server,
                          const std::string& user, model::NodeFacts before = {});

// The facts of one collector as pg_monitor sees them, on 9.6 the superuser; the test fails and
// throws when there are none.
model::NodeFacts FactsOf(std::string_view collector, const PostgresServer& server);

}  // namespace pgfleet::test
