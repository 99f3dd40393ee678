#pragma once

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace pgfleet::log {

enum class Format { kLogfmt, kJson };

// To standard error, asynchronous to nothing: one line per event, a full or closed stream never
// stops the process. Call once before threads start. Level is spdlog's name: debug, info, warn,
// error.
void Configure(Format format, spdlog::level::level_enum level);

struct Field {
  std::string_view key;
  std::string value;

  template <typename T>
  Field(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

// One structured event: `ts=... level=... msg="..." node=pg1 reason=timeout`. Control characters
// are escaped, so that nothing a server says can forge a line. Thread-safe.
void Event(spdlog::level::level_enum level, std::string_view message,
           std::initializer_list<Field> fields = {});

inline void Debug(std::string_view m, std::initializer_list<Field> f = {}) {
  Event(spdlog::level::debug, m, f);
}
inline void Info(std::string_view m, std::initializer_list<Field> f = {}) {
  Event(spdlog::level::info, m, f);
}
inline void Warn(std::string_view m, std::initializer_list<Field> f = {}) {
  Event(spdlog::level::warn, m, f);
}
inline void Error(std::string_view m, std::initializer_list<Field> f = {}) {
  Event(spdlog::level::err, m, f);
}

}  // namespace pgfleet::log
