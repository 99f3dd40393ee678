#include "support/postgres_server.h"

#include <stdexcept>

#include "support/majors.h"
#include "support/wait.h"

namespace pgfleet::test {
namespace {

// Without these a standby needs seconds where it can take milliseconds. The limits that a standby
// compares with its primary (max_connections and the like) stay as initdb wrote them: lowered ones
// keep a cold copy from starting.
constexpr const char* kTuning =
    "shared_buffers = 4MB\n"
    "max_wal_size = 64MB\n"
    "wal_level = logical\n"
    "wal_retrieve_retry_interval = 20ms\n"
    "wal_receiver_status_interval = 1s\n"
    "log_checkpoints = off\n"
    "autovacuum = off\n";

std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

PostgresServer::PostgresServer(int major, ServerOptions options)
    : major_(major),
      options_(std::move(options)),
      data_(directory_.path() / "data"),
      log_(directory_.path() / "log") {
  CopyDataDirectory(DataTemplate(major), data_);
  WriteConf();
}

PostgresServer::PostgresServer(const PostgresServer& source, const std::string& role,
                               const std::vector<std::string>& flags, ServerOptions options)
    : major_(source.major_),
      options_(std::move(options)),
      data_(directory_.path() / "data"),
      log_(directory_.path() / "log") {
  std::vector<std::string> argv = {ClientProgram("pg_basebackup"),
                                   "-h",
                                   source.socket_directory(),
                                   "-p",
                                   std::to_string(port()),
                                   "-U",
                                   role,
                                   "-D",
                                   data_,
                                   "-X",
                                   "stream",
                                   "-c",
                                   "fast",
                                   "-N"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  Run({.argv = argv, .as_server_user = true});
  WriteConf();
}

PostgresServer::~PostgresServer() {
  if (process_ == nullptr) return;
  Thaw();
  process_->Signal(SIGQUIT);
  process_->Wait(Milliseconds(10000));
}

void PostgresServer::WriteConf() {
  AddConf({"listen_addresses = ''", "port = " + std::to_string(port()),
           "unix_socket_directories = '" + directory_.path().string() + "'", "fsync = off"});
  if (options_.tuned) AddConf({kTuning});
  AddConf(options_.conf);
}

void PostgresServer::AddConf(const std::vector<std::string>& lines) {
  AppendFile(data_ / "postgresql.conf", Lines(lines));
}

void PostgresServer::SetHba(const std::string& text) { WriteFile(data_ / "pg_hba.conf", text); }

void PostgresServer::Follow(const PostgresServer& upstream, const std::string& slot) {
  std::vector<std::string> lines = {
      "primary_conninfo = 'host=" + upstream.socket_directory().string() +
      " port=" + std::to_string(port()) + " user=postgres application_name=" + name() + "'"};
  if (!slot.empty()) lines.push_back("primary_slot_name = '" + slot + "'");
  const bool has_signal_file = major_ >= 12;
  if (has_signal_file) {
    AddConf(lines);
    WriteFile(data_ / "standby.signal", "");
    GiveToServerUser(data_ / "standby.signal");
    return;
  }
  lines.push_back("standby_mode = on");
  lines.push_back("recovery_target_timeline = latest");
  WriteFile(data_ / "recovery.conf", Lines(lines));
  GiveToServerUser(data_ / "recovery.conf");  // renamed by the server when it is promoted
}

void PostgresServer::StartWithoutSessions() {
  const auto program =
      options_.program.empty() ? ServerProgram(major_, "postgres") : options_.program;
  process_ =
      std::make_unique<Process>(Command{.argv = {program, "-D", data_},
                                        .output = log_,
                                        .as_server_user = true,
                                        .death_signal = SIGQUIT});
  const std::filesystem::path socket = directory_.path() / (".s.PGSQL." + std::to_string(port()));
  if (!WaitUntil([&] { return std::filesystem::exists(socket) || !process_->Running(); }) ||
      !process_->Running())
    Fail("did not start");
}

void PostgresServer::Start() {
  StartWithoutSessions();
  WaitUntil([this] { return Accepts(Conninfo()) || !process_->Running(); });
  if (!Accepts(Conninfo())) Fail("does not accept sessions");
}

void PostgresServer::Stop(int signal) {
  process_->Signal(signal);
  if (!process_->Wait(kPatience)) Fail("did not stop");
  process_.reset();
}

void PostgresServer::Restart() {
  Stop(SIGINT);
  Start();
}

void PostgresServer::Reload() { process_->Signal(SIGHUP); }

std::vector<pid_t> PostgresServer::Processes() const {
  std::vector<pid_t> all = ChildrenOf(process_->pid());
  all.insert(all.begin(), process_->pid());
  return all;
}

void PostgresServer::Freeze() {
  process_->Signal(SIGSTOP);  // first, so that no child is born meanwhile
  for (const pid_t pid : Processes()) kill(pid, SIGSTOP);
}

// Every child leads a process group of its own, so a signal to the postmaster's group would not
// reach it.
void PostgresServer::Thaw() {
  for (const pid_t pid : Processes()) kill(pid, SIGCONT);
}

void PostgresServer::Promote() {
  if (major_ >= 12)
    Execute("SELECT pg_promote(true, 30)");
  else
    Run({.argv = {ServerProgram(major_, "pg_ctl"), "promote", "-w", "-D", data_},
         .as_server_user = true});
  if (!WaitUntil([this] { return Value("SELECT pg_is_in_recovery()") == "f"; }))
    Fail("was not promoted");
}

std::string PostgresServer::Conninfo(const std::string& user, const std::string& dbname) const {
  return "host=" + directory_.path().string() + " port=" + std::to_string(port()) +
         " user=" + user + " dbname=" + dbname +
         " application_name=pgfleet_test connect_timeout=10";
}

Answer PostgresServer::Execute(const std::string& sql) const {
  return Connect().Execute(WalName(major_, sql));
}

std::string PostgresServer::Value(const std::string& sql) const {
  return Connect().Value(WalName(major_, sql));
}

Connection PostgresServer::Connect(const std::string& user) const {
  return Connection(Conninfo(user));
}

void PostgresServer::Fail(const std::string& what) const {
  throw std::runtime_error("PostgreSQL " + VersionOf(major_) + " " + name() + " " + what +
                           "; its log ends:\n" + LogTail());
}

}  // namespace pgfleet::test
