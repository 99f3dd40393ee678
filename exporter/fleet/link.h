#pragma once

#include <asio/awaitable.hpp>
#include <expected>
#include <optional>
#include <string>

#include "fleet/connect_gate.h"
#include "fleet/schedule.h"
#include "fleet/step_log.h"
#include "pg/conninfo.h"
#include "pg/resolver.h"
#include "pg/session.h"

namespace pgfleet::fleet {

// What every connect of the fleet shares. Event loop's thread only.
struct Network {
  pg::Resolver resolver;
  ConnectGate gate;
};

// One of the two sessions of a node: opens it when it is due, one address at a time, with back-off.
class Link {
 public:
  Link(asio::any_io_executor loop, Network& network, std::uint32_t seed)
      : network_(network), session_(std::move(loop)), backoff_(seed) {}

  bool is_open() const { return session_.is_open(); }
  bool due(SteadyTime now) const { return backoff_.Ready(now); }
  pg::Session& session() { return session_; }
  StepLog& steps() { return steps_; }

  // The address that the session goes to; empty where libpq finds its way by itself.
  const std::string& address() const { return address_; }

  // Closes for good: an Open under way ends without a session, later ones at once.
  void Stop();

  // One attempt, at most `patience` long once it is its turn. Addresses that refuse are passed over
  // at once; one that stays silent uses the attempt up, and the next attempt begins with the one
  // after it.
  // With `only`, that address and no other: the two sessions of a node must not end up on two
  // servers of one name.
  asio::awaitable<std::expected<void, pg::Failure>> Open(
      const pg::Keywords& connection, Milliseconds patience,
      std::optional<std::string> only = std::nullopt);

  // A poll over this link failed or went well: what back-off learns from.
  void Failed() { backoff_.Failed(std::chrono::steady_clock::now()); }
  // A server that is down or starts refuses at once and may be there any moment: asking it costs
  // next to nothing.
  void Failed(model::DownReason reason) {
    using enum model::DownReason;
    const bool soon = reason == kRefused || reason == kStarting || reason == kShuttingDown;
    backoff_.Failed(std::chrono::steady_clock::now(),
                    soon ? Backoff::kLongestSoon : Backoff::kLongest);
  }
  void Succeeded() { backoff_.Succeeded(); }

 private:
  asio::awaitable<std::expected<pg::Resolver::Addresses, pg::Failure>> Resolve(
      const pg::Target& target, SteadyTime deadline);
  asio::awaitable<std::expected<void, pg::Failure>> TryAddresses(
      const pg::Target& target, const pg::Resolver::Addresses& addresses, SteadyTime deadline);

  Network& network_;
  pg::Session session_;
  StepLog steps_;
  Backoff backoff_;
  std::size_t first_address_ = 0;
  std::string address_;
  bool stopped_ = false;
};

}  // namespace pgfleet::fleet
