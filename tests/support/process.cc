#include "support/process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "support/files.h"

extern char** environ;

namespace pgfleet::test {
namespace {

struct User {
  uid_t uid;
  gid_t gid;
};

User ServerUser() {
  const passwd* entry = getpwnam("nobody");
  if (entry == nullptr) throw std::runtime_error("this machine has no user 'nobody'");
  return {entry->pw_uid, entry->pw_gid};
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : added) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& s : strings) result.push_back(s.data());
  result.push_back(nullptr);
  return result;
}

// A pipe whose read end already holds the whole input.
int InputDescriptor(const std::string& text) {
  if (text.empty()) return open("/dev/null", O_RDONLY | O_CLOEXEC);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], text.data(), text.size()) < 0)
    throw std::runtime_error("cannot fill a pipe");
  close(ends[1]);
  return ends[0];
}

struct ChildPlan {
  char* const* argv;
  char* const* env;
  int input;
  int output;
  std::optional<User> user;
  int death_signal;
};

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void BecomeChild(const ChildPlan& plan) {
  setpgid(0, 0);
  dup2(plan.input, 0);
  dup2(plan.output, 1);
  dup2(plan.output, 2);
  if (plan.user &&
      (setgroups(0, nullptr) != 0 || setgid(plan.user->gid) != 0 || setuid(plan.user->uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, plan.death_signal);
  if (plan.user && chdir("/") != 0) _exit(126);
  execve(plan.argv[0], plan.argv, plan.env);
  _exit(127);
}

}  // namespace

bool IsRoot() { return geteuid() == 0; }

void GiveToServerUser(const std::filesystem::path& path) {
  if (!IsRoot()) return;
  const User user = ServerUser();
  const auto give = [&user](const std::filesystem::path& p) {
    if (lchown(p.c_str(), user.uid, user.gid) != 0)
      throw std::runtime_error("cannot give away " + p.string());
  };
  give(path);
  if (!std::filesystem::is_directory(path)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) give(entry.path());
}

Process::Process(const Command& command) {
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env = Environment(command.env);
  const std::vector<char*> argv_pointers = Pointers(argv);
  const std::vector<char*> env_pointers = Pointers(env);
  const int input = InputDescriptor(command.input);
  const int output = open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) throw std::runtime_error("cannot write " + command.output.string());
  ChildPlan plan{argv_pointers.data(), env_pointers.data(), input, output, {},
                 command.death_signal};
  if (command.as_server_user && IsRoot()) plan.user = ServerUser();
  pid_ = fork();
  if (pid_ == 0) BecomeChild(plan);
  close(input);
  close(output);
  if (pid_ < 0) throw std::runtime_error("cannot fork");
}

Process::~Process() { Kill(); }

bool Process::Running() { return !Wait(Milliseconds(0)); }

void Process::Signal(int signal) const {
  if (!status_) kill(pid_, signal);
}

std::optional<int> Process::Wait(Milliseconds patience) {
  const auto ended = [this] {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
  };
  WaitUntil(ended, patience, Milliseconds(2));
  return status_;
}

void Process::Kill() {
  if (!Running()) return;
  Signal(SIGKILL);
  Wait(kPatience);
}

std::string Run(Command command, Milliseconds patience) {
  const TempDir directory;
  command.output = directory.path() / "output";
  Process process(command);
  const std::optional<int> status = process.Wait(patience);
  const std::string output = ReadFile(command.output);
  if (status && *status == 0) return output;
  throw std::runtime_error(command.argv[0] + ": " +
                           (status ? DescribeStatus(*status) : "did not end in time") + "\n" +
                           output);
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = ReadFile(entry.path() / "stat");  // pid (command) state ppid ...
    const std::size_t end_of_command = stat.rfind(')');
    if (end_of_command == std::string::npos) continue;
    if (std::stoi(stat.substr(end_of_command + 4)) == parent) children.push_back(std::stoi(name));
  }
  return children;
}

std::string DescribeStatus(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  if (WIFSIGNALED(wait_status)) return "signal " + std::to_string(WTERMSIG(wait_status));
  return "wait status " + std::to_string(wait_status);
}

}  // namespace pgfleet::test
