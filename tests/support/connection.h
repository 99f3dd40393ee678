#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgfleet::test {

// What a statement gave. A failed one has no rows and says why.
struct Answer {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::string sqlstate;  // empty: it went well
  std::string message;

  bool ok() const { return message.empty(); }
};

// A blocking session: tests may wait. Not thread-safe.
class Connection {
 public:
  // Throws when the server cannot be reached.
  explicit Connection(const std::string& conninfo);

  // The last statement's answer; an error is an answer.
  Answer Query(const std::string& sql);
  // The answer of exactly one statement, by the extended protocol as a prepared statement would be
  // run.
  Answer QueryExtended(const std::string& sql);
  // Throws on an error.
  Answer Execute(const std::string& sql);
  // The one cell of the one row; throws when there is none or it is NULL.
  std::string Value(const std::string& sql);

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// True when a session can be had right now.
bool Accepts(const std::string& conninfo);

// 'it''s', for SQL.
std::string Quoted(const std::string& text);

}  // namespace pgfleet::test
