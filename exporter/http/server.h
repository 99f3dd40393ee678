#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/router.h"

namespace pgfleet::http {

struct ServerOptions {
  // `:10187` is every address of the machine, IPv4 and IPv6; otherwise `127.0.0.1:10187`,
  // `[::1]:10187`, `localhost:10187`. Port 0 takes a free one.
  std::vector<std::string> addresses = {":10187"};
  // Requests that are answered at the same time; what comes above gets 503.
  std::size_t max_concurrent = 64;
  // Connections that are served at the same time. A thread each, so that clients who say nothing
  // take no place from those who ask.
  std::size_t threads = 256;
  // From the connect to the last byte of the request, and again for taking the answer.
  std::chrono::milliseconds request_timeout{5000};
  // Told the status of every answer, by many threads at once; may be empty.
  std::function<void(int status)> answered;
};

// An HTTP/1.1 server for small pages that closes every connection after one answer. Refuses bodies,
// heads over 16 KiB and more than 64 header lines. No TLS yet.
class Server {
 public:
  // Listens on all of the addresses or on none. The error names the address and the reason.
  static std::expected<std::unique_ptr<Server>, std::string> Start(ServerOptions options,
                                                                   Router router);
  ~Server();  // Stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Ends listening and all connections within a second; answers under way get a quarter of it. No
  // handler runs afterwards. One thread only.
  void Stop();

  // The port of the first address.
  int port() const;

 private:
  struct Core;
  explicit Server(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

// The version of the HTTP library that is linked in, for pgfleet_build_info.
std::string LibraryVersion();

}  // namespace pgfleet::http
