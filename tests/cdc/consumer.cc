#include "cdc/consumer.h"

#include <stdexcept>

#include "support/majors.h"

namespace pgfleet::test {
namespace {

std::size_t CountOf(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

constexpr const char* kRow = ": INSERT:";

}  // namespace

Consumer::Consumer(const PostgresServer& server) {
  const std::string target = server.Conninfo("postgres", "shop");
  process_ = std::make_unique<Process>(
      Command{.argv = {ClientProgram("pg_recvlogical"), "-d", target, "-S", "debezium", "--start",
                       "--no-loop", "-s", "1", "-F", "1", "-f", directory_.path() / "rows"},
              .output = directory_.path() / "log"});
}

std::size_t Consumer::Rows() const { return CountOf(ReadFile(directory_.path() / "rows"), kRow); }

SilentConsumer::SilentConsumer(const PostgresServer& server)
    : connection_(
          PQconnectdb((server.Conninfo("postgres", "shop") + " replication=database").c_str()),
          &PQfinish) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection_.get(), "START_REPLICATION SLOT debezium LOGICAL 0/0"), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COPY_BOTH)
    throw std::runtime_error(PQerrorMessage(connection_.get()));
}

std::size_t SilentConsumer::Take() {
  char* message = nullptr;
  PQconsumeInput(connection_.get());
  for (int size = PQgetCopyData(connection_.get(), &message, 1); size > 0;
       size = PQgetCopyData(connection_.get(), &message, 1)) {
    rows_ += CountOf(std::string(message, static_cast<std::size_t>(size)), kRow);
    PQfreemem(message);
  }
  return rows_;
}

}  // namespace pgfleet::test
