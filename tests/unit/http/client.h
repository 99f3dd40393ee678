#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// A plain socket to 127.0.0.1 and the little of HTTP that the tests need.
namespace pgfleet::test {

class Connection {
 public:
  explicit Connection(int port) : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  Connection(Connection&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), connected_(other.connected_) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  bool connected() const { return connected_; }

  bool Send(std::string_view bytes) const {
    return send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

  // What comes until the server closes; a failure of the test when it does not within 20 s.
  std::string ReceiveAll() const {
    std::string text;
    char buffer[65536];
    for (pollfd wait{descriptor_, POLLIN, 0}; poll(&wait, 1, 20000) > 0;) {
      const ssize_t got = recv(descriptor_, buffer, sizeof(buffer), 0);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    ADD_FAILURE() << "the server does not close the connection";
    return text;
  }

 private:
  int descriptor_;
  bool connected_ = false;
};

struct Answer {
  int status = 0;  // 0: none came
  std::map<std::string, std::string> headers;
  std::string body;
};

inline Answer Parse(const std::string& raw) {
  Answer answer;
  const std::size_t head_end = raw.find("\r\n\r\n");
  if (!raw.starts_with("HTTP/1.1 ") || head_end == std::string::npos) return answer;
  answer.status = std::stoi(raw.substr(9, 3));
  answer.body = raw.substr(head_end + 4);
  std::istringstream head(raw.substr(0, head_end));
  std::string line;
  std::getline(head, line);
  while (std::getline(head, line)) {
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t colon = line.find(": ");
    answer.headers[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return answer;
}

inline Answer Ask(int port, std::string_view raw_request) {
  const Connection connection(port);
  connection.Send(raw_request);
  return Parse(connection.ReceiveAll());
}

// `extra`: whole header lines.
inline Answer Get(int port, const std::string& target, const std::string& extra = "",
                  const std::string& method = "GET") {
  return Ask(port, method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + extra + "\r\n");
}

inline double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace pgfleet::test
