#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/http_client.h"
#include "support/page.h"
#include "support/process.h"

namespace pgfleet::test {

struct ExporterOptions {
  std::string config{};              // pgfleet.yml; empty: no file, no --config.file
  std::vector<std::string> flags{};  // besides --config.file and --web.listen-address
  std::map<std::string, std::string> env{};
};

// The path of the exporter that was built.
std::string ExporterProgram();

// The real binary, listening on a free port of 127.0.0.1 once constructed. At the end it is asked
// to stop; the test fails when it does not exit with status 0 (that is also how a sanitizer's
// finding at the end is seen).
class ExporterProcess {
 public:
  explicit ExporterProcess(const ExporterOptions& options);
  ~ExporterProcess();
  ExporterProcess(const ExporterProcess&) = delete;
  ExporterProcess& operator=(const ExporterProcess&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return process_->pid(); }
  double seconds_to_listen() const { return seconds_to_listen_; }

  HttpResponse Get(const std::string& path) const { return Fetch(port_, {.path = path}); }
  // The page of all clusters. Throws unless the answer is 200 and Prometheus could read it.
  Page Metrics() const;
  // Asks for pages until one satisfies; throws with the last page and the log when the patience is
  // over.
  Page WaitForPage(const std::function<bool(const Page&)>& satisfies,
                   Milliseconds patience = kPatience) const;
  // Until every node was tried.
  void WaitUntilReady() const;

  void SetConfig(const std::string& text) const { WriteFile(config_, text); }
  void Signal(int signal) const { process_->Signal(signal); }
  bool Running() { return process_->Running(); }
  // SIGTERM, then the wait status; throws when it still runs after `patience`.
  int Stop(Milliseconds patience = Milliseconds(10000));
  std::string Log() const { return ReadFile(log_); }
  // Open sockets of the process that are not its listener and not HTTP: descriptors of kind
  // `socket:` in /proc.
  std::size_t OpenSockets() const;

 private:
  void WaitUntilListening();

  TempDir directory_;
  std::filesystem::path config_;
  std::filesystem::path log_;
  std::unique_ptr<Process> process_;
  int port_ = 0;
  double seconds_to_listen_ = 0;
};

}  // namespace pgfleet::test
