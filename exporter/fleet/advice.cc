#include "fleet/advice.h"

#include <array>

namespace pgfleet::fleet {
namespace {

constexpr std::array<std::string_view, model::kDownReasonNames.size()> kDownAdvice = {
    "check that the server runs and listens on this host and port",
    "the server or the network swallows packets: look for a hung server, a firewall, a wrong "
    "address",
    "check the host name in the config and the name servers of this machine",
    "check sslmode, sslrootcert and the server's certificate",
    "check user, passfile or password_file and the server's pg_hba.conf",
    "check dbname and that the monitoring role may CONNECT to it",
    "raise max_connections or reserve connections for monitoring (pg_use_reserved_connections)",
    "wait: the server is starting or recovering and takes no connections yet",
    "the server is shutting down",
    "the connection broke; it is opened again at the next try",
    "check that host and port are a PostgreSQL server",
    "the answer was too large to be read",
    "read the message; the server's log may say more",
};

constexpr std::array<std::string_view, model::kFailureReasonNames.size()> kFailureAdvice = {
    "grant what it needs to the monitoring role: pgfleet_exporter grants --version MAJOR",
    "the function or view does not exist here: an extension, a managed service or a changed "
    "catalog",
    "the server's catalog does not fit its version: please report it",
    "this server does not offer it",
    "a lock or load held the read up; look for long locks on catalogs",
    "recovery cancelled the read; it is asked again at the next poll",
    "the server's answer could not be read: please report it",
    "the server is at a limit (connections of the role, memory), or the answer was too large",
    "read the message; the server's log may say more",
};

}  // namespace

std::string_view AdviceFor(model::DownReason reason) {
  return kDownAdvice[static_cast<std::size_t>(reason)];
}
std::string_view AdviceFor(model::FailureReason reason) {
  return kFailureAdvice[static_cast<std::size_t>(reason)];
}

}  // namespace pgfleet::fleet
