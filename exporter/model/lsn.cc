#include "model/lsn.h"

#include <charconv>

namespace pgfleet::model {
namespace {

std::optional<std::uint32_t> ParseHalf(std::string_view text) {
  std::uint32_t half = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, half, 16);
  if (text.empty() || text.size() > 8 || error != std::errc{} || stop != end) return std::nullopt;
  return half;
}

}  // namespace

std::optional<Lsn> Lsn::Parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = ParseHalf(text.substr(0, slash));
  const auto low = ParseHalf(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return Lsn{(std::uint64_t{*high} << 32) | *low};
}

}  // namespace pgfleet::model
