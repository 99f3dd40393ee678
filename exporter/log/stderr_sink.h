#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <mutex>
#include <string_view>

namespace pgfleet::log {

// Writes lines to standard error and never lets it harm the process: SIGPIPE is ignored from the
// construction on, a closed or full stream loses lines, and a reader that stalls holds a line up
// for at most 20 ms once, later lines not at all until it reads again. How many lines were lost is
// said as soon as one gets through.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StderrSink();

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

  void Put(std::string_view line);
  bool Write(std::string_view bytes);

  // Protected by base_sink's mutex.
  std::size_t lost_ = 0;
  bool torn_ = false;  // the last line ended before its newline
};

}  // namespace pgfleet::log
