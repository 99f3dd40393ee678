#include "collectors/settings_units.h"

#include <array>
#include <charconv>
#include <cmath>

namespace pgfleet::collectors {
namespace {

using Kind = model::Setting::Kind;

struct NamedUnit {
  std::string_view name;
  Unit unit;
};
constexpr std::array<NamedUnit, 11> kUnits = {{{"", {Kind::kValue, 1}},
                                               {"B", {Kind::kBytes, 1}},
                                               {"kB", {Kind::kBytes, 1024}},
                                               {"MB", {Kind::kBytes, 1048576}},
                                               {"GB", {Kind::kBytes, 1073741824}},
                                               {"us", {Kind::kSeconds, 1e-6}},
                                               {"ms", {Kind::kSeconds, 1e-3}},
                                               {"s", {Kind::kSeconds, 1}},
                                               {"min", {Kind::kSeconds, 60}},
                                               {"h", {Kind::kSeconds, 3600}},
                                               {"d", {Kind::kSeconds, 86400}}}};

std::optional<double> Number(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::optional<double> Octal(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, 8);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// Divides where the factor is a fraction, so that 100 ms is 0.1 and not 0.10000000000000001.
double Scale(double number, double factor) {
  if (number <= 0) return number;
  return factor < 1 ? number / std::round(1 / factor) : number * factor;
}

}  // namespace

std::optional<Unit> ParseUnit(std::string_view unit) {
  const std::size_t digits = std::min(unit.find_first_not_of("0123456789"), unit.size());
  const auto multiple = digits == 0 ? 1 : Number(unit.substr(0, digits));
  for (const NamedUnit& known : kUnits)
    if (multiple && known.name == unit.substr(digits))
      return Unit{known.unit.kind, known.unit.factor * *multiple};
  return std::nullopt;
}

bool IsOctal(std::string_view value) { return value.size() > 1 && value.starts_with('0'); }

std::optional<model::Setting> MakeSetting(std::string_view name, std::string_view value,
                                          std::string_view unit, std::string_view vartype) {
  model::Setting setting{.name = std::string(name), .kind = Kind::kValue, .number = 0, .state = {}};
  if (vartype == "enum") {
    setting.kind = Kind::kState;
    setting.state = value;
    return setting;
  }
  if (vartype == "bool") {
    if (value != "on" && value != "off") return std::nullopt;
    setting.kind = Kind::kEnabled;
    setting.number = value == "on" ? 1 : 0;
    return setting;
  }
  const bool is_octal = vartype == "integer" && IsOctal(value);
  const auto number = is_octal ? Octal(value) : Number(value);
  const auto scale = ParseUnit(unit);
  if ((vartype != "integer" && vartype != "real") || !number || !scale) return std::nullopt;
  setting.kind = scale->kind;
  setting.number = Scale(*number, scale->factor);
  return setting;
}

}  // namespace pgfleet::collectors
