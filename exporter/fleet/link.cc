#include "fleet/link.h"

namespace pgfleet::fleet {
namespace {

using model::DownReason;
using Opened = std::expected<void, pg::Failure>;

Opened Stopped() {
  return std::unexpected(pg::Failure{DownReason::kLost, "connect", "", "no longer watched"});
}

}  // namespace

void Link::Stop() {
  stopped_ = true;
  session_.Close();
}

asio::awaitable<Opened> Link::Open(const pg::Keywords& connection, Milliseconds patience,
                                   std::optional<std::string> only) {
  const auto target = pg::MakeTarget(connection);
  if (!target)
    co_return std::unexpected(pg::Failure{DownReason::kOther, "configure", "", target.error()});

  pg::Resolver::Addresses addresses{only.value_or("")};  // "": libpq finds its way by itself
  if (target->needs_resolving && !only) {
    auto found = co_await network_.resolver.Resolve(target->host,
                                                    std::chrono::steady_clock::now() + patience);
    if (!found)
      co_return std::unexpected(pg::Failure{DownReason::kDns, "resolve", "", found.error()});
    addresses = std::move(*found);
  }
  if (stopped_) co_return Stopped();
  const ConnectGate::Pass pass = co_await network_.gate.Enter();
  co_return co_await TryAddresses(*target, addresses, std::chrono::steady_clock::now() + patience);
}

asio::awaitable<Opened> Link::TryAddresses(const pg::Target& target,
                                           const pg::Resolver::Addresses& addresses,
                                           SteadyTime deadline) {
  Opened opened;
  for (std::size_t tried = 0; tried < addresses.size(); ++tried) {
    if (stopped_) co_return Stopped();
    address_ = addresses[first_address_ % addresses.size()];
    opened = co_await session_.Open(target, address_, deadline);
    if (opened) break;
    ++first_address_;
    if (opened.error().reason == DownReason::kTimeout) break;
  }
  co_return opened;
}

}  // namespace pgfleet::fleet
