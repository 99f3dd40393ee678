#include "drift/setting_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <span>

#include "drift/setting_classes.h"

namespace pgfleet::drift {
namespace {

using model::ServerSetting;
using Kind = model::Setting::Kind;
using Type = ServerSetting::Type;

constexpr int kFirstWithFractions = 120000;

struct Unit {
  std::string_view name;
  double size;  // in bytes or seconds
};
// Largest first, as the server tries them.
constexpr std::array<Unit, 5> kSizes = {
    {{"TB", 1099511627776}, {"GB", 1073741824}, {"MB", 1048576}, {"kB", 1024}, {"B", 1}}};
constexpr std::array<Unit, 6> kTimes = {
    {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}}};

std::span<const Unit> UnitsOf(const ServerSetting& setting) {
  if (setting.kind == Kind::kBytes) return kSizes;
  if (setting.kind == Kind::kSeconds) return kTimes;
  return {};
}

// Numbers in the setting's own unit ("8kB", "ms"), which is what the server computes with; zero and
// the negative ones mean something else and have no unit.
double ToOwnUnit(double number, double step) {
  if (number <= 0) return number;
  return step < 1 ? number * std::round(1 / step) : number / step;
}
double FromOwnUnit(double number, double step) {
  if (number <= 0) return number;
  return step < 1 ? number / std::round(1 / step) : number * step;
}

// So much of a real does the server show, and no more is known of its own value.
double AsShown(double number) { return std::strtod(fmt::format("{:g}", number).c_str(), nullptr); }

struct Read {
  double number;
  std::string_view rest;  // of the text that was read
};

// As strtol with any base, and as strtod where that does not do.
std::optional<Read> ReadNumber(const std::string& text, Type type) {
  char* end = nullptr;
  errno = 0;
  double number = 0;
  if (type == Type::kInteger) number = static_cast<double>(std::strtol(text.c_str(), &end, 0));
  const bool is_real = end == nullptr || *end == '.' || *end == 'e' || *end == 'E';
  if (is_real || errno == ERANGE) {
    errno = 0;
    number = std::strtod(text.c_str(), &end);
  }
  if (end == text.c_str() || errno == ERANGE || !std::isfinite(number)) return std::nullopt;
  return Read{number, std::string_view(text).substr(static_cast<std::size_t>(end - text.c_str()))};
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  const std::size_t first = std::min(text.find_first_not_of(kSpaces), text.size());
  const std::size_t last = text.find_last_not_of(kSpaces);
  return last == text.npos ? "" : text.substr(first, last - first + 1);
}

// What `number` of a named unit is in the setting's own, which the server rounds to the next
// smaller unit ("30.1GB"); before 12 it cut off what was less than the own unit.
std::optional<double> Converted(double number, std::string_view name, const ServerSetting& setting,
                                bool cuts) {
  const std::span<const Unit> units = UnitsOf(setting);
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  const double converted = number * unit->size / setting.step;
  if (cuts) return std::trunc(converted + std::copysign(1e-9, converted));
  if (std::next(unit) == units.end()) return converted;
  const double smaller = std::next(unit)->size / setting.step;
  return std::rint(converted / smaller) * smaller;
}

std::optional<SettingValue> ReadQuantity(std::string_view text, const ServerSetting& setting,
                                         int version_number) {
  const std::string written(text);  // outlives what is read of it
  const auto read = ReadNumber(written, setting.type);
  if (!read) return std::nullopt;
  const bool is_integer = setting.type == Type::kInteger;
  const bool cuts = is_integer && version_number != 0 && version_number < kFirstWithFractions &&
                    read->number == std::rint(read->number);
  const std::string_view unit = Trimmed(read->rest);
  auto number = unit.empty() ? read->number : Converted(read->number, unit, setting, cuts);
  if (!number) return std::nullopt;
  return FromOwnUnit(is_integer ? std::rint(*number) : AsShown(*number), setting.step);
}

// Any beginning of these that leaves no doubt.
std::optional<bool> ReadBool(std::string_view text) {
  const std::string word = Folded(text);
  const auto begins = [&word](std::string_view whole, std::size_t least) {
    return word.size() >= least && whole.starts_with(word);
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || word == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") return false;
  return std::nullopt;
}

struct Alias {
  std::string_view setting, written, meant;  // setting "": any
  int since = 0, before = 999999;            // server_version_num
};
// Words that the server takes and does not show. Those for on and off come on top.
constexpr auto kAliases = std::to_array<Alias>({{"", "debug", "debug2", 120000},
                                                {"", "debug2", "debug", 1, 120000},
                                                {"password_encryption", "on", "md5"},
                                                {"wal_compression", "on", "pglz"},
                                                {"wal_level", "archive", "replica"},
                                                {"wal_level", "hot_standby", "replica"}});

// Words for on and off are written out in full, unlike those of a bool.
std::string ReadWord(std::string_view text, const ServerSetting& setting, int version_number) {
  std::string word = Folded(text);
  if (word == "true" || word == "yes" || word == "1") word = "on";
  if (word == "false" || word == "no" || word == "0") word = "off";
  const std::string name = Folded(setting.name);
  for (const Alias& alias : kAliases)
    if ((alias.setting.empty() || alias.setting == name) && alias.written == word &&
        version_number >= alias.since && version_number < alias.before)
      return std::string(alias.meant);
  return word;
}

constexpr auto kLists = std::to_array<std::string_view>(
    {"createrole_self_grant", "datestyle", "debug_io_direct", "listen_addresses",
     "local_preload_libraries", "log_connections", "log_destination", "oauth_validator_libraries",
     "restrict_nonsystem_relation_kind", "search_path", "session_preload_libraries",
     "shared_preload_libraries", "synchronized_standby_slots", "synchronous_standby_names",
     "temp_tablespaces", "unix_socket_directories", "wal_consistency_checking"});

bool IsList(std::string_view setting) {
  return std::ranges::find(kLists, Folded(setting)) != kLists.end();
}

// Without the spaces that stand before or after a comma.
std::string Tight(std::string_view list) {
  std::string tight;
  while (true) {
    const std::size_t comma = list.find(',');
    tight += Trimmed(list.substr(0, comma));
    if (comma == list.npos) return tight;
    tight += ',';
    list.remove_prefix(comma + 1);
  }
}

// Much less than the step from one number to the next: integers have 31 bits, reals are shown with
// six digits.
bool IsAlmost(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

// In the largest unit of which it is a whole number, or in the smallest that is no more than its
// own.
std::string ShownInteger(double number, const ServerSetting& setting) {
  const double own = std::rint(ToOwnUnit(number, setting.step));
  const std::span<const Unit> units = own > 0 ? UnitsOf(setting) : std::span<const Unit>{};
  for (const Unit& unit : units) {
    const double own_in_unit = unit.size / setting.step;
    if (own_in_unit <= 1 || std::fmod(own, std::rint(own_in_unit)) == 0)
      return fmt::format("{}{}", std::llrint(own / own_in_unit), unit.name);
  }
  return fmt::format("{}", std::llrint(own));
}

// In the largest unit of which it is nearly a whole number, or in the smallest.
std::string ShownReal(double number, const ServerSetting& setting) {
  std::string shown = fmt::format("{:g}", number);
  const std::span<const Unit> units = number > 0 ? UnitsOf(setting) : std::span<const Unit>{};
  for (const Unit& unit : units) {
    const double in_unit = ToOwnUnit(number, unit.size);
    shown = fmt::format("{:g}{}", in_unit, unit.name);
    if (std::abs(std::rint(in_unit) / in_unit - 1) <= 1e-8) break;
  }
  return shown;
}

}  // namespace

std::optional<SettingValue> ValueOf(const ServerSetting& setting) {
  if (setting.value == ServerSetting::Value::kNumber) return setting.number;
  if (setting.value == ServerSetting::Value::kText) return setting.text;
  return std::nullopt;
}

std::optional<SettingValue> ReadValue(std::string_view text, const ServerSetting& setting,
                                      int version_number) {
  switch (setting.type) {
    case Type::kBool:
      if (const auto is_on = ReadBool(text)) return *is_on ? 1.0 : 0.0;
      return std::nullopt;
    case Type::kInteger:
    case Type::kReal:
      return ReadQuantity(text, setting, version_number);
    case Type::kEnum:
      return ReadWord(text, setting, version_number);
    case Type::kString:
      return std::string(text);
  }
  return std::nullopt;
}

bool SameValue(const SettingValue& a, const SettingValue& b, std::string_view setting) {
  if (a.index() != b.index()) return false;
  if (const auto* number = std::get_if<double>(&a)) return IsAlmost(*number, std::get<double>(b));
  return Canonical(a, setting) == Canonical(b, setting);
}

std::string Canonical(const SettingValue& value, std::string_view setting) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:.12g}", *number);
  const std::string& text = std::get<std::string>(value);
  return IsList(setting) ? Tight(text) : text;
}

std::string ShownValue(const SettingValue& value, const ServerSetting& setting) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const double number = std::get<double>(value);
  if (setting.kind == Kind::kEnabled) return number != 0 ? "on" : "off";
  if (setting.is_octal) return fmt::format("{:04o}", static_cast<int>(number));
  return setting.type == Type::kInteger ? ShownInteger(number, setting)
                                        : ShownReal(number, setting);
}

std::string ShownValue(const ServerSetting& setting) {
  const auto value = ValueOf(setting);
  return value ? ShownValue(*value, setting) : "";
}

}  // namespace pgfleet::drift
