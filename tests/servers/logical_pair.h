#pragma once

#include <string>
#include <vector>

#include "support/majors.h"
#include "support/postgres_server.h"
#include "support/wait.h"

namespace pgfleet::test {

// Those of Majors() that have publications and subscriptions.
inline std::vector<int> LogicalMajors() {
  std::vector<int> majors = Majors();
  std::erase_if(majors, [](int major) { return major < 10; });
  return majors;
}

// A publisher and a subscriber of one major: two servers with nothing in common but the
// subscriptions that a test makes. The connection string of a subscription carries kCanary as its
// password, which nothing may ever show.
class LogicalPair {
 public:
  static constexpr const char* kCanary = "canary_of_the_subscription";

  explicit LogicalPair(int major)
      : publisher_(major, {.name = "publisher"}), subscriber_(major, {.name = "subscriber"}) {
    publisher_.Start();
    subscriber_.Start();
  }

  PostgresServer& publisher() { return publisher_; }
  PostgresServer& subscriber() { return subscriber_; }
  // Both sides, one after the other.
  void Execute(const std::string& sql) {
    publisher_.Execute(sql);
    subscriber_.Execute(sql);
  }

  std::string PublisherConninfo() const { return publisher_.Conninfo() + " password=" + kCanary; }
  // Publishes this table of `postgres` as `feed` and subscribes to it as `orders`; returns once its
  // rows are there and follow.
  void Subscribe(const std::string& table) {
    publisher_.Execute("CREATE PUBLICATION feed FOR TABLE " + table);
    subscriber_.Execute("CREATE SUBSCRIPTION orders CONNECTION " + Quoted(PublisherConninfo()) +
                        " PUBLICATION feed");
    Until("SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel");
  }
  // Waits until the subscriber says `t`.
  void Until(const std::string& sql) {
    Connection session = subscriber_.Connect();
    if (!WaitUntil([&] { return session.Query(sql).rows.at(0).at(0) == "t"; }))
      throw std::runtime_error("never true: " + sql + "; the log ends:\n" + subscriber_.LogTail());
  }

 private:
  PostgresServer publisher_;
  PostgresServer subscriber_;
};

}  // namespace pgfleet::test
