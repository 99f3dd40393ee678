#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/wait.h"

namespace pgfleet::test {

// PostgreSQL refuses to run as root: a test that is root runs servers as `nobody`.
bool IsRoot();
// Recursive; does nothing when the test is not root.
void GiveToServerUser(const std::filesystem::path& path);

struct Command {
  std::vector<std::string> argv;               // argv[0] is a path
  std::map<std::string, std::string> env{};    // laid over the test's own environment
  std::filesystem::path output = "/dev/null";  // stdout and stderr, appended
  std::string input{};                         // stdin, small enough for a pipe
  bool as_server_user = false;
  int death_signal = SIGKILL;  // what the child gets when the test dies
};

// A child in a process group of its own. Killed at the end of the object.
class Process {
 public:
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal) const;
  // The wait status (see WIFEXITED) once the child has ended; absent when `patience` is over.
  std::optional<int> Wait(Milliseconds patience);
  // SIGKILL and wait.
  void Kill();

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// Runs to the end. Throws with the output when the exit status is not 0 or the patience is over.
std::string Run(Command command, Milliseconds patience = kPatience);

// The children of a process, read from /proc.
std::vector<pid_t> ChildrenOf(pid_t parent);

// "exit status 3", "signal 9".
std::string DescribeStatus(int wait_status);

}  // namespace pgfleet::test
