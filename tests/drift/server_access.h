#pragma once

#include <string>
#include <vector>

#include "drift/access_drift.h"
#include "support/postgres_server.h"

namespace pgfleet::test {

// A server of its own with the role `pgfleet` of `pgfleet_exporter grants`, started.
class AccessServer {
 public:
  explicit AccessServer(int major);

  PostgresServer& server() { return server_; }
  // What the collectors read of roles as that role, and the server's clock.
  drift::AccessFacts Read() const;
  model::AccessFindings Compare(const model::DesiredAccess& desired) const;
  // "attribute app inherit", in the order of the findings.
  std::vector<std::string> Drift(const model::DesiredAccess& desired) const;
  // "app pg_read_all_data inherit > team > pg_read_all_data", of one role.
  std::vector<std::string> PrivilegesOf(const std::string& role) const;

 private:
  PostgresServer server_;
};

}  // namespace pgfleet::test
