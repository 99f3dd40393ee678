#include "log/log.h"

#include <atomic>
#include <memory>

#include "log/escape.h"
#include "log/stderr_sink.h"

namespace pgfleet::log {
namespace {

std::atomic<Format> g_format = Format::kLogfmt;

spdlog::logger& Logger() {
  // Never destroyed: threads may log until the process ends.
  static spdlog::logger& logger = *new spdlog::logger("pgfleet", std::make_shared<StderrSink>());
  return logger;
}

}  // namespace

void Configure(Format format, spdlog::level::level_enum level) {
  g_format = format;
  Logger().set_level(level);
}

void Event(spdlog::level::level_enum level, std::string_view message,
           std::initializer_list<Field> fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(level)) return;
  const bool json = g_format.load(std::memory_order_relaxed) == Format::kJson;
  std::string line = json ? JsonHead(level) : LogfmtHead(level);
  const auto append = json ? &AppendJson : &AppendLogfmt;
  append(line, "msg", message);
  for (const Field& field : fields) append(line, field.key, field.value);
  if (json) line += '}';
  logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace pgfleet::log
