#pragma once

#include "support/cluster.h"
#include "support/watch.h"

// What people do to nodes that are lost.
namespace pgfleet::test {

// Gives the stopped `node` an online copy of the data directory of `source`, made through the
// server's own backup functions (pg_basebackup refuses servers newer than itself), and leaves it
// without an upstream: started, it goes on by itself.
void CopyOnline(const PostgresServer& source, PostgresServer& node);

// The stopped `node` becomes a copy of `upstream` that streams from it once this returns.
void RemakeAsStandby(const PostgresServer& upstream, PostgresServer& node);

// Gives the stopped `node` a data directory of a new initdb: another system identifier.
void InitialiseAnew(PostgresServer& node);

// From now on the standby receives nothing: what sends to it is held. Held until the end.
class CutOff {
 public:
  CutOff(PostgresServer& primary, const PostgresServer& standby);

  // What the primary has flushed and the standby has not received, in bytes.
  double Missing() const;
  // Immediately, with what was not sent.
  void KillPrimary();

 private:
  PostgresServer& primary_;
  const PostgresServer& standby_;
  pid_t sender_;
  Frozen held_;
};

// pg_controldata's number, as the server says it.
std::string SystemIdentifier(const PostgresServer& server);

}  // namespace pgfleet::test
