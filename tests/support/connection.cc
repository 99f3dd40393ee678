#include "support/connection.h"

#include <stdexcept>

namespace pgfleet::test {
namespace {

Answer Read(const PGresult* result) {
  Answer answer;
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    answer.sqlstate = sqlstate == nullptr ? "none" : sqlstate;
    answer.message = std::string("error: ") + PQresultErrorMessage(result);
    return answer;
  }
  for (int c = 0; c < PQnfields(result); ++c) answer.columns.emplace_back(PQfname(result, c));
  for (int r = 0; r < PQntuples(result); ++r) {
    auto& row = answer.rows.emplace_back();
    for (int c = 0; c < PQnfields(result); ++c) {
      if (PQgetisnull(result, r, c) != 0)
        row.emplace_back();
      else
        row.emplace_back(std::in_place, PQgetvalue(result, r, c),
                         static_cast<std::size_t>(PQgetlength(result, r, c)));
    }
  }
  return answer;
}

}  // namespace

Connection::Connection(const std::string& conninfo)
    : connection_(PQconnectdb(conninfo.c_str()), &PQfinish) {
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(connection_.get()));
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
}

Answer Connection::Query(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()),
                                                             &PQclear);
  return Read(result.get());
}

Answer Connection::QueryExtended(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexecParams(connection_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0),
      &PQclear);
  return Read(result.get());
}

Answer Connection::Execute(const std::string& sql) {
  Answer answer = Query(sql);
  if (!answer.ok()) throw std::runtime_error(answer.message + "in: " + sql);
  return answer;
}

std::string Connection::Value(const std::string& sql) {
  const Answer answer = Execute(sql);
  if (answer.rows.size() != 1 || answer.columns.size() != 1 || !answer.rows[0][0])
    throw std::runtime_error("not one value: " + sql);
  return *answer.rows[0][0];
}

bool Accepts(const std::string& conninfo) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo.c_str()),
                                                                &PQfinish);
  return PQstatus(connection.get()) == CONNECTION_OK;
}

std::string Quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

}  // namespace pgfleet::test
