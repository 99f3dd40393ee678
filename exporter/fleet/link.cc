#include "fleet/link.h"

namespace pgfleet::fleet {

using model::DownReason;

asio::awaitable<std::expected<void, pg::Failure>> Link::Open(const pg::Keywords& connection,
                                                             Milliseconds patience) {
  const auto target = pg::MakeTarget(connection);
  if (!target)
    co_return std::unexpected(pg::Failure{DownReason::kOther, "configure", "", target.error()});

  pg::Resolver::Addresses addresses{""};  // libpq finds its way by itself
  if (target->needs_resolving) {
    auto found = co_await network_.resolver.Resolve(target->host,
                                                    std::chrono::steady_clock::now() + patience);
    if (!found)
      co_return std::unexpected(pg::Failure{DownReason::kDns, "resolve", "", found.error()});
    addresses = std::move(*found);
  }
  const ConnectGate::Pass pass = co_await network_.gate.Enter();
  co_return co_await TryAddresses(*target, addresses, std::chrono::steady_clock::now() + patience);
}

asio::awaitable<std::expected<void, pg::Failure>> Link::TryAddresses(
    const pg::Target& target, const pg::Resolver::Addresses& addresses, SteadyTime deadline) {
  std::expected<void, pg::Failure> opened;
  for (std::size_t tried = 0; tried < addresses.size(); ++tried) {
    opened = co_await session_.Open(target, addresses[first_address_ % addresses.size()], deadline);
    if (opened) break;
    ++first_address_;
    if (opened.error().reason == DownReason::kTimeout) break;
  }
  co_return opened;
}

}  // namespace pgfleet::fleet
