#include "support/watch.h"

#include <csignal>
#include <stdexcept>
#include <thread>

#include "support/majors.h"

namespace pgfleet::test {

std::vector<int> MajorsFrom(int oldest) {
  std::vector<int> majors = Majors();
  std::erase_if(majors, [oldest](int major) { return major < oldest; });
  return majors;
}

ExporterOptions Watching(const std::vector<DeclaredNode>& nodes, int major) {
  const ConfigOptions options = {.lanes = "pulse: 500ms, status: 200ms, inventory: 500ms",
                                 .user = major < 10 ? "postgres" : "mon"};
  return {.config = ConfigText(nodes, options)};
}

LabelMap On(const std::string& node, LabelMap labels) {
  labels["pg_node"] = node;
  return labels;
}

Page WaitForValue(const ExporterProcess& exporter, const std::string& name, const LabelMap& labels,
                  double value) {
  return exporter.WaitForPage([&](const Page& page) { return page.Value(name, labels) == value; });
}

void ForEachPage(const ExporterProcess& exporter, Milliseconds time,
                 const std::function<void(const Page&)>& look) {
  const auto end = Clock::now() + time;
  do {
    look(exporter.Metrics());
    std::this_thread::sleep_for(Milliseconds(50));
  } while (Clock::now() < end);
}

void WriteWal(const PostgresServer& server, int mebibytes) {
  Connection session = server.Connect();
  for (int i = 0; i < mebibytes; ++i)
    session.Execute("SELECT pg_logical_emit_message(true, 'pgfleet', repeat('x', 1048576))");
}

double Number(const PostgresServer& server, const std::string& sql) {
  const std::string text = server.Value(sql);
  if (text == "t" || text == "f") return text == "t" ? 1 : 0;
  return std::stod(text);
}

pid_t ReceiverOf(const PostgresServer& standby) {
  Connection session = standby.Connect();
  Answer answer;
  if (!WaitUntil([&] {
        answer = session.Execute("SELECT pid FROM pg_stat_wal_receiver WHERE pid IS NOT NULL");
        return !answer.rows.empty();
      }))
    throw std::runtime_error("no WAL receiver; the log ends:\n" + standby.LogTail());
  return static_cast<pid_t>(std::stol(answer.rows[0][0].value()));
}

Frozen::Frozen(pid_t pid) : pid_(pid) {
  if (kill(pid_, SIGSTOP) != 0) throw std::runtime_error("cannot stop " + std::to_string(pid_));
}

Frozen::~Frozen() { kill(pid_, SIGCONT); }

}  // namespace pgfleet::test
