#include "support/fake_server.h"

#include <sys/socket.h>

#include <cstdint>

namespace pgfleet::test {
namespace {

constexpr std::uint32_t kGigabyte = 1U << 30;
constexpr std::uint32_t kSslRequest = 80877103;
constexpr std::uint32_t kGssRequest = 80877104;
constexpr std::uint32_t kTextOid = 25;

std::string Int16(std::uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
}

std::string Int32(std::uint32_t value) {
  return Int16(static_cast<std::uint16_t>(value >> 16)) +
         Int16(static_cast<std::uint16_t>(value & 0xFFFF));
}

std::uint32_t ReadInt32(const std::string& bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string Message(char kind, const std::string& body) {
  return kind + Int32(static_cast<std::uint32_t>(body.size()) + 4) + body;
}

std::string CString(const std::string& text) { return text + '\0'; }

std::string ErrorBody(const std::string& sqlstate, const std::string& text) {
  std::string body = "S" + CString("FATAL") + "V" + CString("FATAL");
  if (!sqlstate.empty()) body += "C" + CString(sqlstate);
  return body + "M" + CString(text) + '\0';
}

std::string Parameter(const std::string& name, const std::string& value) {
  return Message('S', CString(name) + CString(value));
}

std::string RowDescription() {
  return Message('T', Int16(1) + CString("x") + Int32(0) + Int16(0) + Int32(kTextOid) +
                          Int16(0xFFFF) + Int32(0xFFFFFFFF) + Int16(0));
}

std::string DataRow(const std::string& value) {
  return Message('D', Int16(1) + Int32(static_cast<std::uint32_t>(value.size())) + value);
}

const std::string kReady = Message('Z', "I");

// The zero-terminated text at the head of a message body, and what follows it.
std::pair<std::string, std::string> SplitCString(const std::string& body) {
  const std::size_t end = body.find('\0');
  return {body.substr(0, end), body.substr(end + 1)};
}

}  // namespace

FakeServer::FakeServer(Behaviour behaviour, std::string sqlstate)
    : behaviour_(behaviour),
      sqlstate_(std::move(sqlstate)),
      listener_(ListenLoopback(64)),
      acceptor_([this] { Accept(); }) {}

FakeServer::~FakeServer() {
  stopping_ = true;
  listener_.socket.Shutdown();
  acceptor_.join();
  for (const Socket& socket : sockets_) socket.Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

void FakeServer::Accept() {
  while (!stopping_) {
    const int descriptor = accept4(listener_.socket.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    ++connections_;
    const std::lock_guard lock(mutex_);
    const Socket& socket = sockets_.emplace_back(descriptor);
    threads_.emplace_back([this, &socket] {
      Serve(socket);
      socket.Shutdown();
    });
  }
}

void FakeServer::Serve(const Socket& socket) {
  if (behaviour_ == Behaviour::kSilent) {
    while (socket.Receive(1)) {
    }
    return;
  }
  if (!Startup(socket)) return;
  Statements statements;
  while (true) {
    const auto head = socket.Receive(5);
    if (!head) return;
    const std::uint32_t length = ReadInt32(head->substr(1));
    if (length < 4 || length > kGigabyte) return;
    const auto body = socket.Receive(length - 4);
    if (!body || !Answer(socket, statements, (*head)[0], *body)) return;
  }
}

bool FakeServer::Startup(const Socket& socket) {
  while (true) {
    const auto length = socket.Receive(4);
    if (!length || ReadInt32(*length) < 8 || ReadInt32(*length) > 10000) return false;
    const auto body = socket.Receive(ReadInt32(*length) - 4);
    if (!body) return false;
    const std::uint32_t code = ReadInt32(*body);
    if (code != kSslRequest && code != kGssRequest) break;
    if (!Send(socket, "N")) return false;
  }
  switch (behaviour_) {
    case Behaviour::kGarbage:
      Send(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
      return false;
    case Behaviour::kHangUp:
      return false;
    case Behaviour::kStartupError:
      Send(socket, Message('E', ErrorBody(sqlstate_, "no")));
      return false;
    case Behaviour::kHugeStartupError:
      SendHuge(socket, 'E' + Int32(kGigabyte + 4));
      return false;
    case Behaviour::kAskCleartext:
      return Send(socket, Message('R', Int32(3)));
    default:
      return LetIn(socket);
  }
}

bool FakeServer::LetIn(const Socket& socket) {
  return Send(socket, Message('R', Int32(0)) + Parameter("server_version", "15.0") +
                          Parameter("server_encoding", "UTF8") +
                          Parameter("client_encoding", "UTF8") +
                          Parameter("standard_conforming_strings", "on") +
                          Message('K', Int32(1) + Int32(1)) + kReady);
}

bool FakeServer::Answer(const Socket& socket, Statements& statements, char message,
                        const std::string& body) {
  const auto [first, rest] = SplitCString(body);
  switch (message) {
    case 'p':
      got_password_ = true;
      return behaviour_ == Behaviour::kAskCleartext && LetIn(socket);
    case 'Q':
      return Send(socket, first.starts_with("SET ") ? "" : RowDescription()) &&
             AnswerQuery(socket, first) && Send(socket, kReady);
    case 'P':
      statements.prepared[first] = SplitCString(rest).first;
      return Send(socket, Message('1', ""));
    case 'B':
      statements.bound = statements.prepared[SplitCString(rest).first];
      return Send(socket, Message('2', ""));
    case 'D':
      return Send(socket,
                  statements.bound.starts_with("SET ") ? Message('n', "") : RowDescription());
    case 'E':
      return AnswerQuery(socket, statements.bound);
    case 'S':
      return Send(socket, kReady);
    default:
      return message != 'X';
  }
}

bool FakeServer::AnswerQuery(const Socket& socket, const std::string& sql) {
  if (sql.starts_with("SET ")) return Send(socket, Message('C', CString("SET")));
  if (sql.find("set_config") != std::string::npos)
    return Send(socket, DataRow("") + Message('C', CString("SELECT 1")));
  switch (behaviour_) {
    case Behaviour::kEndlessRows: {
      std::string rows;
      for (int i = 0; i < 1000; ++i) rows += DataRow("0123456789");
      while (Send(socket, rows)) {
      }
      return false;
    }
    case Behaviour::kHugeColumn:
      return SendHuge(socket, 'D' + Int32(kGigabyte + 10) + Int16(1) + Int32(kGigabyte));
    case Behaviour::kNoSqlstate:
      return Send(socket, Message('E', ErrorBody("", "no")));
    case Behaviour::kHalfRow:
      Send(socket, DataRow("0123456789").substr(0, 12));
      return false;
    case Behaviour::kNegativeLength:
      return Send(socket, Message('D', Int16(1) + Int32(0xFFFFFF00)));
    default:
      return Send(socket, DataRow("x") + Message('C', CString("SELECT 1")));
  }
}

bool FakeServer::Send(const Socket& socket, const std::string& bytes) {
  if (!socket.SendAll(bytes)) return false;
  bytes_sent_ += bytes.size();
  return true;
}

bool FakeServer::SendHuge(const Socket& socket, const std::string& head) {
  const std::string block(1 << 20, 'x');
  if (!Send(socket, head)) return false;
  for (std::uint32_t sent = 0; sent < kGigabyte; sent += 1 << 20)
    if (!Send(socket, block)) return false;
  return true;
}

}  // namespace pgfleet::test
