#include "http/query.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace pgfleet::http {
namespace {

std::optional<char> HexByte(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(value);
}

std::optional<std::string> Decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte = HexByte(text.substr(i + 1, 2));
    if (!byte) return std::nullopt;
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

// Cuts what stands before the separator off `rest`; all of it when there is none.
std::string_view Next(std::string_view& rest, char separator) {
  const std::size_t at = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

std::string Lower(std::string_view text) {
  std::string trimmed;
  for (const char c : text)
    if (c != ' ' && c != '\t')
      trimmed += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return trimmed;
}

// The weight among a coding's parameters: 1 unless said, 0 when it cannot be read.
double Weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = Next(parameters, ';');
    if (!parameter.starts_with("q=")) continue;
    double weight = 0;
    const std::string_view number = parameter.substr(2);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), weight);
    const bool whole = error == std::errc{} && end == number.data() + number.size();
    return whole && weight >= 0 && weight <= 1 ? weight : 0;
  }
  return 1;
}

}  // namespace

std::optional<Parameters> ParseQuery(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    std::string_view value = Next(query, '&');
    if (value.empty()) continue;
    const std::string_view name = Next(value, '=');
    auto decoded_name = Decode(name);
    auto decoded_value = Decode(value);
    if (!decoded_name || !decoded_value) return std::nullopt;
    parameters.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
  }
  return parameters;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  const std::string header = Lower(accept_encoding);
  std::optional<double> gzip, any, identity;
  for (std::string_view rest = header; !rest.empty();) {
    std::string_view parameters = Next(rest, ',');
    const std::string_view coding = Next(parameters, ';');
    const double weight = Weight(parameters);
    if (coding == "gzip" || coding == "x-gzip") gzip = weight;
    if (coding == "*") any = weight;
    if (coding == "identity") identity = weight;
  }
  const double wanted = gzip.value_or(any.value_or(0));
  return wanted > 0 && wanted >= identity.value_or(0);
}

}  // namespace pgfleet::http
