#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgfleet::pg {

// The rows of one answer, as text, independent of libpq: a decoder can be tested with literals.
// NULL is absent. The typed readers are absent for NULL *and* for text that is not of the type; a
// decoder that must tell the two apart asks text() too.
class Rows {
 public:
  Rows() = default;
  Rows(std::size_t columns, std::initializer_list<std::vector<std::optional<std::string>>> rows);

  std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  std::size_t columns() const { return columns_; }
  std::size_t bytes() const { return bytes_.size(); }  // of all values

  bool null(std::size_t row, std::size_t column) const { return !text(row, column); }
  std::optional<std::string_view> text(std::size_t row, std::size_t column) const;
  std::string string(std::size_t row, std::size_t column) const;  // "" for NULL
  std::optional<std::int64_t> integer(std::size_t row, std::size_t column) const;
  std::optional<double> real(std::size_t row, std::size_t column) const;   // finite only
  std::optional<bool> boolean(std::size_t row, std::size_t column) const;  // t, f

  // For whoever fills it.
  void SetColumns(std::size_t columns) { columns_ = columns; }
  void AppendNull() { cells_.push_back({0, -1}); }
  void Append(std::string_view value);

 private:
  struct Cell {
    std::size_t offset = 0;
    std::int64_t length = -1;  // -1: NULL
  };
  std::size_t columns_ = 0;
  std::string bytes_;
  std::vector<Cell> cells_;
};

}  // namespace pgfleet::pg
