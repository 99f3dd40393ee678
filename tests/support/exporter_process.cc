#include "support/exporter_process.h"

#include <gtest/gtest.h>

#include <regex>
#include <stdexcept>

namespace pgfleet::test {

std::string ExporterProgram() { return PGFLEET_EXPORTER; }

ExporterProcess::ExporterProcess(const ExporterOptions& options)
    : config_(directory_.path() / "pgfleet.yml"), log_(directory_.path() / "log") {
  Command command{.argv = {ExporterProgram(), "--web.listen-address=127.0.0.1:0"},
                  .env = options.env,
                  .output = log_};
  if (!options.config.empty()) {
    SetConfig(options.config);
    command.argv.push_back("--config.file=" + config_.string());
  }
  command.argv.insert(command.argv.end(), options.flags.begin(), options.flags.end());
  process_ = std::make_unique<Process>(command);
  WaitUntilListening();
}

void ExporterProcess::WaitUntilListening() {
  const auto start = Clock::now();
  const std::regex listening(R"re(msg="?listening"? address="?127\.0\.0\.1:(\d+))re");
  WaitUntil(
      [&] {
        std::smatch match;
        const std::string log = Log();
        if (std::regex_search(log, match, listening)) port_ = std::stoi(match[1]);
        return port_ != 0 || !process_->Running();
      },
      kPatience, Milliseconds(5));
  seconds_to_listen_ = SecondsSince(start);
  if (port_ == 0) throw std::runtime_error("the exporter does not listen; its log:\n" + Log());
}

ExporterProcess::~ExporterProcess() {
  if (process_ == nullptr) return;
  try {
    const int status = Stop();
    if (status != 0)
      ADD_FAILURE() << "the exporter ended with " << DescribeStatus(status) << "; its log:\n"
                    << Tail(log_, 20000);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

int ExporterProcess::Stop(Milliseconds patience) {
  process_->Signal(SIGTERM);
  const std::optional<int> status = process_->Wait(patience);
  process_->Kill();
  process_.reset();
  if (!status) throw std::runtime_error("the exporter does not stop; its log:\n" + Log());
  return *status;
}

Page ExporterProcess::Metrics() const {
  const HttpResponse response = Get("/metrics");
  if (response.status != 200)
    throw std::runtime_error("/metrics answers " + std::to_string(response.status));
  return Page(response.body);
}

Page ExporterProcess::WaitForPage(const std::function<bool(const Page&)>& satisfies,
                                  Milliseconds patience) const {
  std::optional<Page> page;
  const bool satisfied = WaitUntil(
      [&] {
        page = Metrics();
        return satisfies(*page);
      },
      patience, Milliseconds(50));
  if (satisfied) return *page;
  throw std::runtime_error("the page never became as expected; it is:\n" + Get("/metrics").body +
                           "\nthe log ends:\n" + Tail(log_));
}

void ExporterProcess::WaitUntilReady() const {
  if (!WaitUntil([this] { return Get("/-/ready").status == 200; }))
    throw std::runtime_error("the exporter does not become ready; its log ends:\n" + Tail(log_));
}

std::size_t ExporterProcess::OpenSockets() const {
  std::size_t count = 0;
  const std::string directory = "/proc/" + std::to_string(pid()) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone).string().starts_with("socket:")) ++count;
  }
  return count;
}

}  // namespace pgfleet::test
