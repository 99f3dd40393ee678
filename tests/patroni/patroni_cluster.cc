#include "patroni/patroni_cluster.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "support/majors.h"

namespace pgfleet::test {
namespace {

constexpr Milliseconds kClusterPatience{90000};
constexpr const char* kScope = "pgfleet";

std::filesystem::path Program(const std::string& name) {
  const std::filesystem::path program = std::filesystem::path("/usr/bin") / name;
  if (std::filesystem::exists(program)) return program;
  throw std::runtime_error("Patroni is not installed (no " + program.string() +
                           "): run `make setup`");
}

// 127.0.0.0/8 is all loopback: with a network of four addresses for each process no two tests meet,
// and the ports need not be free ones that somebody else may take meanwhile.
std::string AddressOf(int node) {
  const auto process = static_cast<unsigned>(getpid());
  return "127." + std::to_string(process >> 14 & 0xff) + "." + std::to_string(process >> 6 & 0xff) +
         "." + std::to_string((process & 0x3f) * 4 + static_cast<unsigned>(node));
}

// One directory with the programs that Patroni calls.
void LinkPrograms(const std::filesystem::path& directory) {
  for (const char* name : {"initdb", "postgres", "pg_ctl"})
    std::filesystem::create_symlink(ServerProgram(kPatroniMajor, name), directory / name);
  for (const char* name : {"pg_basebackup", "pg_controldata", "pg_isready", "pg_rewind"})
    std::filesystem::create_symlink(ClientProgram(name), directory / name);
}

// A dead one whose new parent has not yet asked for its status is not alive.
bool IsAlive(pid_t pid) {
  const std::string stat = ReadFile("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t end_of_command = stat.rfind(')');
  return end_of_command != std::string::npos && stat.at(end_of_command + 2) != 'Z';
}

// The loop and the leader's lease are short, so that the test is; still long enough for a busy
// machine.
constexpr const char* kBootstrap =
    "bootstrap:\n"
    "  dcs:\n"
    "    {ttl: 10, loop_wait: 1, retry_timeout: 3, maximum_lag_on_failover: 1073741824,\n"
    "     postgresql: {use_pg_rewind: true, use_slots: true}}\n"
    "  initdb:\n"
    "    [encoding: UTF8, locale: C, wal-segsize: '1', auth-host: trust, auth-local: trust]\n"
    "  pg_hba:\n"
    "    - host all all 127.0.0.0/8 trust\n"
    "    - host replication all 127.0.0.0/8 trust\n";
constexpr const char* kPostgresql =
    "  use_unix_socket: false\n"
    "  remove_data_directory_on_rewind_failure: true\n"
    "  remove_data_directory_on_diverged_timelines: true\n"
    "  basebackup: [checkpoint: fast]\n"
    "  authentication: {superuser: {username: postgres}, replication: {username: replicator}}\n";

}  // namespace

PatroniNode::PatroniNode(std::string name, std::string address)
    : name_(std::move(name)), address_(std::move(address)) {}

PatroniNode::~PatroniNode() { Kill(); }

void PatroniNode::Start() {
  // Asked to end when the test dies, because then it stops the server too.
  patroni_ = std::make_unique<Process>(Command{.argv = {Program("patroni"), config()},
                                               .output = log(),
                                               .as_server_user = true,
                                               .death_signal = SIGTERM});
}

void PatroniNode::Kill() {
  if (patroni_) patroni_->Kill();
  const std::optional<pid_t> postmaster = Postmaster();
  if (!postmaster) return;
  std::vector<pid_t> processes = ChildrenOf(*postmaster);
  processes.insert(processes.begin(), *postmaster);
  for (const pid_t pid : processes) kill(pid, SIGKILL);
  WaitUntil([&] { return std::ranges::none_of(processes, IsAlive); });
}

std::optional<pid_t> PatroniNode::Postmaster() const {
  const std::string text = ReadFile(data() / "postmaster.pid");
  if (text.empty()) return std::nullopt;
  const pid_t pid = std::stoi(text);
  const std::string command = ReadFile("/proc/" + std::to_string(pid) + "/cmdline");
  if (!command.contains(data().string())) return std::nullopt;
  return pid;
}

std::string PatroniNode::Conninfo() const {
  return "host=" + address_ + " port=" + std::to_string(port()) +
         " user=postgres dbname=postgres connect_timeout=5";
}

PatroniCluster::PatroniCluster() {
  LinkPrograms(programs_.path());
  for (const int number : {1, 2, 3})
    nodes_.push_back(
        std::make_unique<PatroniNode>("pg" + std::to_string(number), AddressOf(number)));
  for (const auto& node : nodes_) node->SetConfig(ConfigOf(*node));
  for (const auto& node : nodes_) node->Start();
  WaitUntilHealthy();
}

PatroniNode& PatroniCluster::node(const std::string& name) const {
  for (const auto& node : nodes_)
    if (node->name() == name) return *node;
  throw std::runtime_error("no node " + name);
}

std::optional<std::string> PatroniCluster::Leader() const {
  std::optional<std::string> leader;
  for (const auto& node : nodes_) {
    try {
      if (node->Value("SELECT pg_is_in_recovery()") == "t") continue;
    } catch (const std::runtime_error&) {
      continue;  // not running
    }
    if (leader) throw std::runtime_error("two primaries: " + *leader + " and " + node->name());
    leader = node->name();
  }
  return leader;
}

bool PatroniCluster::AllStreamFrom(const std::string& leader) const {
  return node(leader).Value("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") ==
         std::to_string(nodes_.size() - 1);
}

std::string PatroniCluster::WaitUntilHealthy(const std::string& wanted) const {
  std::optional<std::string> leader;
  const auto streaming = [&] {
    leader = Leader();
    return leader && (wanted.empty() || *leader == wanted) && AllStreamFrom(*leader);
  };
  const auto running = [this] {
    const std::string members = Control({"list", "--format", "json"});
    std::size_t count = 0;
    for (std::size_t at = 0; (at = members.find("\"running\"", at)) != std::string::npos; ++at)
      ++count;
    return count == nodes_.size();
  };
  if (!WaitUntil(streaming, kClusterPatience, Milliseconds(200)) ||
      !WaitUntil(running, kClusterPatience, Milliseconds(500)))
    throw std::runtime_error("the Patroni cluster is not healthy\n" + Logs());
  return *leader;
}

std::string PatroniCluster::Switchover(const std::string& from, const std::string& to) const {
  return Control(
      {"switchover", "--leader", from, "--candidate", to, "--scheduled", "now", "--force", kScope});
}

std::string PatroniCluster::Logs() const {
  std::string logs;
  for (const auto& node : nodes_)
    logs += "log of " + node->name() + " ends:\n" + node->LogTail() + "\n";
  return logs;
}

std::string PatroniCluster::Control(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {Program("patronictl"), "-c", nodes_.front()->config()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Run({.argv = argv, .as_server_user = true}, kClusterPatience);
}

std::string PatroniCluster::ConfigOf(const PatroniNode& node) const {
  std::string partners;
  for (const auto& other : nodes_)
    if (other.get() != &node) partners += "'" + other->address() + ":2222', ";
  const std::string rest = "'" + node.address() + ":8008'";
  const std::string raft = "'" + node.address() + ":2222'";
  const std::string server = "'" + node.address() + ":" + std::to_string(PatroniNode::port()) + "'";
  return "scope: " + std::string(kScope) + "\nname: " + node.name() +
         "\nrestapi: {listen: " + rest + ", connect_address: " + rest +
         "}\nraft: {data_dir: " + (node.directory() / "raft").string() + ", self_addr: " + raft +
         ", bind_addr: " + raft + ", partner_addrs: [" + partners + "]}\n" + kBootstrap +
         "postgresql:\n  listen: " + server + "\n  connect_address: " + server +
         "\n  data_dir: " + node.data().string() + "\n  bin_dir: " + programs_.path().string() +
         "\n  pgpass: " + (node.directory() / "pgpass").string() + "\n" + kPostgresql +
         "  parameters: {unix_socket_directories: '" + node.directory().string() +
         "', fsync: 'off'}\n";
}

}  // namespace pgfleet::test
