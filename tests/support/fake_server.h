#pragma once

#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "support/socket.h"

namespace pgfleet::test {

// What a server that is none does to its clients.
enum class Behaviour {
  kSilent,            // accepts and never says a word
  kGarbage,           // answers the startup packet with bytes that are no protocol
  kHangUp,            // closes after the startup packet
  kStartupError,      // an ErrorResponse with `sqlstate`; without that field when it is empty
  kHugeStartupError,  // an ErrorResponse of 1 GB
  kAskCleartext,      // asks for the password in clear
  kEndlessRows,       // lets in, then answers every query with rows without end
  kHugeColumn,        // lets in, then answers every query with one value of 1 GB
  kNoSqlstate,        // lets in, then answers every query with an error that has no SQLSTATE
  kHalfRow,           // lets in, then breaks off in the middle of a row
  kNegativeLength,    // lets in, then sends a row whose column claims a length below -1
};

// Speaks just enough of PostgreSQL's protocol on 127.0.0.1 to misbehave. Sessions are served by
// threads of its own.
class FakeServer {
 public:
  explicit FakeServer(Behaviour behaviour, std::string sqlstate = "");
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  int port() const { return listener_.port; }
  int connections() const { return connections_; }
  // True once a client sent a password message.
  bool got_password() const { return got_password_; }
  // Bytes that clients have taken so far.
  std::size_t bytes_sent() const { return bytes_sent_; }

 private:
  // The SQL of prepared statements, and of the one that is bound.
  struct Statements {
    std::map<std::string, std::string> prepared;
    std::string bound;
  };

  void Accept();
  void Serve(const Socket& socket);
  bool Startup(const Socket& socket);
  bool LetIn(const Socket& socket);
  bool Answer(const Socket& socket, Statements& statements, char message, const std::string& body);
  // What a query gets; session settings are let through, so that misbehaviour begins with the first
  // real one.
  bool AnswerQuery(const Socket& socket, const std::string& sql);
  bool Send(const Socket& socket, const std::string& bytes);
  bool SendHuge(const Socket& socket, const std::string& head);

  Behaviour behaviour_;
  std::string sqlstate_;
  Listener listener_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> got_password_ = false;
  std::atomic<std::size_t> bytes_sent_ = 0;
  std::mutex mutex_;
  std::list<Socket> sockets_;       // under mutex_
  std::list<std::thread> threads_;  // under mutex_
  std::thread acceptor_;
};

}  // namespace pgfleet::test
