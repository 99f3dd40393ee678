#include "pg/rows.h"

#include <charconv>
#include <cmath>

namespace pgfleet::pg {
namespace {

template <typename T>
std::optional<T> ParseWhole(std::optional<std::string_view> text) {
  if (!text || text->empty()) return std::nullopt;
  T value{};
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Rows::Rows(std::size_t columns, std::initializer_list<std::vector<std::optional<std::string>>> rows)
    : columns_(columns) {
  for (const auto& row : rows)
    for (const auto& cell : row) cell ? Append(*cell) : AppendNull();
}

std::optional<std::string_view> Rows::text(std::size_t row, std::size_t column) const {
  const Cell& cell = cells_.at(row * columns_ + column);
  if (cell.length < 0) return std::nullopt;
  return std::string_view(bytes_).substr(cell.offset, static_cast<std::size_t>(cell.length));
}

std::string Rows::string(std::size_t row, std::size_t column) const {
  return std::string(text(row, column).value_or(std::string_view{}));
}

std::optional<std::int64_t> Rows::integer(std::size_t row, std::size_t column) const {
  return ParseWhole<std::int64_t>(text(row, column));
}

std::optional<double> Rows::real(std::size_t row, std::size_t column) const {
  const auto value = ParseWhole<double>(text(row, column));
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<bool> Rows::boolean(std::size_t row, std::size_t column) const {
  const auto value = text(row, column);
  if (value == "t") return true;
  if (value == "f") return false;
  return std::nullopt;
}

void Rows::Append(std::string_view value) {
  cells_.push_back({bytes_.size(), static_cast<std::int64_t>(value.size())});
  bytes_.append(value);
}

}  // namespace pgfleet::pg
