#include "patroni/writer.h"

#include <optional>

namespace pgfleet::test {
namespace {

std::string AnyPrimary(const PatroniCluster& cluster) {
  std::string hosts;
  for (const auto& node : cluster.nodes()) hosts += (hosts.empty() ? "" : ",") + node->address();
  return "host=" + hosts + " port=" + std::to_string(PatroniNode::port()) +
         " user=postgres dbname=postgres connect_timeout=2 target_session_attrs=read-write";
}

}  // namespace

Writer::Writer(const PatroniCluster& cluster)
    : conninfo_(AnyPrimary(cluster)),
      thread_([this](const std::stop_token& stop) { Write(stop); }) {}

void Writer::Write(const std::stop_token& stop) const {
  std::optional<Connection> session;
  while (!stop.stop_requested()) {
    try {
      if (!session) session.emplace(conninfo_);
      session->Execute("INSERT INTO written (filler) VALUES (repeat('x', 1000))");
    } catch (const std::runtime_error&) {
      session.reset();
    }
    std::this_thread::sleep_for(Milliseconds(20));
  }
}

}  // namespace pgfleet::test
