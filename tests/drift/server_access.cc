#include "server_access.h"

#include <array>
#include <stdexcept>

#include "collectors/grants.h"
#include "servers/world.h"

namespace pgfleet::test {
namespace {

constexpr const char* kReader = "pgfleet";

model::NodeFacts Run(const PostgresServer& server, std::string_view collector) {
  CollectorRun run = RunCollector(CollectorNamed(collector), server, kReader);
  if (!run.decoded) throw std::runtime_error(run.decoded.error().detail);
  return run.facts;
}

template <std::size_t size, typename Kind>
std::string NameOf(const std::array<std::string_view, size>& names, Kind kind) {
  return std::string(names.at(static_cast<std::size_t>(kind)));
}

}  // namespace

AccessServer::AccessServer(int major) : server_(major, {}) {
  server_.Start();
  server_.Execute(collectors::GrantsSql(major, kReader));
}

drift::AccessFacts AccessServer::Read() const {
  return {.roles = Run(server_, "role_list").role_list,
          .memberships = Run(server_, "memberships").memberships,
          .role_settings = Run(server_, "role_settings").role_settings,
          .version_number = std::stoi(server_.Value("SHOW server_version_num")),
          .now = std::stod(server_.Value("SELECT extract(epoch from now())"))};
}

model::AccessFindings AccessServer::Compare(const model::DesiredAccess& desired) const {
  return drift::CompareAccess(Read(), desired).value();
}

std::vector<std::string> AccessServer::Drift(const model::DesiredAccess& desired) const {
  const model::AccessFindings findings = Compare(desired);
  std::vector<std::string> told;
  for (const auto& each : findings.drift)
    told.push_back(NameOf(model::kAccessKindNames, each.kind) + " " + each.role +
                   (each.detail.empty() ? "" : " " + each.detail));
  return told;
}

std::vector<std::string> AccessServer::PrivilegesOf(const std::string& role) const {
  const model::AccessFindings findings = Compare({});
  std::vector<std::string> told;
  for (const auto& each : findings.privileged) {
    if (each.role != role) continue;
    told.push_back(NameOf(model::kPrivilegeNames, each.privilege) + " " +
                   NameOf(model::kViaNames, each.via));
    for (const std::string& name : each.path) told.back() += " > " + name;
  }
  return told;
}

}  // namespace pgfleet::test
