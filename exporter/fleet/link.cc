#include "fleet/link.h"

namespace pgfleet::fleet {
namespace {

using model::DownReason;
using Opened = std::expected<void, pg::Failure>;
using Steady = std::chrono::steady_clock;

// Waiting for a turn to connect is a step of the trace from here on.
constexpr std::chrono::milliseconds kWorthTelling{1};

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
  steps_.Begin();
  const auto target = pg::MakeTarget(connection);
  if (!target) {
    const pg::Failure failure{DownReason::kOther, "configure", "", target.error()};
    steps_.Add("configure", {}, &failure);
    co_return std::unexpected(failure);
  }

  pg::Resolver::Addresses addresses{only.value_or("")};  // "": libpq finds its way by itself
  if (target->needs_resolving && !only) {
    auto found = co_await Resolve(*target, Steady::now() + patience);
    if (!found) co_return std::unexpected(found.error());
    addresses = std::move(*found);
  }
  if (stopped_) co_return Stopped();
  const auto queued = Steady::now();
  const ConnectGate::Pass pass = co_await network_.gate.Enter();
  if (const auto waited = Steady::now() - queued; waited >= kWorthTelling)
    steps_.Add("wait", waited);
  co_return co_await TryAddresses(*target, addresses, Steady::now() + patience);
}

asio::awaitable<std::expected<pg::Resolver::Addresses, pg::Failure>> Link::Resolve(
    const pg::Target& target, SteadyTime deadline) {
  const auto began = Steady::now();
  auto found = co_await network_.resolver.Resolve(target.host, deadline);
  const auto took = Steady::now() - began;
  if (found) {
    steps_.Add("resolve", took);
    co_return std::move(*found);
  }
  const pg::Failure failure{DownReason::kDns, "resolve", "", found.error()};
  steps_.Add("resolve", took, &failure);
  co_return std::unexpected(failure);
}

asio::awaitable<Opened> Link::TryAddresses(const pg::Target& target,
                                           const pg::Resolver::Addresses& addresses,
                                           SteadyTime deadline) {
  Opened opened;
  for (std::size_t tried = 0; tried < addresses.size(); ++tried) {
    if (stopped_) co_return Stopped();
    address_ = addresses[first_address_ % addresses.size()];
    opened = co_await session_.Open(target, address_, deadline);
    steps_.Add(session_.phases(), opened ? nullptr : &opened.error());
    if (opened) break;
    ++first_address_;
    if (opened.error().reason == DownReason::kTimeout) break;
  }
  co_return opened;
}

}  // namespace pgfleet::fleet
