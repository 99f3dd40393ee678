#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pgfleet::cli {

// systemd's readiness protocol (sd_notify(3)): one datagram to the socket that NOTIFY_SOCKET names.
// Does nothing where there is none. Main thread only.
class Notifier {
 public:
  // Reads NOTIFY_SOCKET and WATCHDOG_USEC.
  static Notifier FromEnvironment();

  void Ready() const { Send("READY=1"); }
  void Reloading() const;  // with the monotonic time that Type=notify-reload asks for
  void Stopping() const { Send("STOPPING=1"); }
  void Alive() const { Send("WATCHDOG=1"); }

  // How often Alive() is due: half of what the unit allows. Absent when no watchdog is asked for.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return watchdog_interval_; }

 private:
  void Send(std::string_view state) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_interval_;
};

}  // namespace pgfleet::cli
