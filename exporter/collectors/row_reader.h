#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "collectors/collector.h"
#include "model/lsn.h"
#include "pg/rows.h"

namespace pgfleet::collectors {

// Reads the cells of one row into typed values and remembers the first cell that is not what it
// should be: text of another type, or NULL where a value must stand. A decoder reads everything,
// asks Result() once, and only then touches the facts.
class RowReader {
 public:
  RowReader(const pg::Rows& rows, std::size_t row) : rows_(rows), row_(row) {}

  // Absent for NULL.
  std::optional<std::int64_t> Integer(std::size_t column);
  std::optional<double> Real(std::size_t column);
  std::optional<bool> Boolean(std::size_t column);
  std::optional<model::Lsn> Lsn(std::size_t column);
  std::string Text(std::size_t column) const { return rows_.string(row_, column); }  // "" for NULL
  bool Null(std::size_t column) const { return rows_.null(row_, column); }

  // NULL is a fault.
  std::int64_t NeedInteger(std::size_t column) { return Need(column, Integer(column)); }
  double NeedReal(std::size_t column) { return Need(column, Real(column)); }
  bool NeedBoolean(std::size_t column) { return Need(column, Boolean(column)); }
  std::string NeedText(std::size_t column);

  std::expected<void, DecodeFault> Result() const;

 private:
  template <typename T>
  T Need(std::size_t column, std::optional<T> value) {
    if (!value) Fault(column);
    return value.value_or(T{});
  }
  template <typename T>
  std::optional<T> Typed(std::size_t column, std::optional<T> value) {
    if (!value && !Null(column)) Fault(column);
    return value;
  }
  void Fault(std::size_t column) {
    if (!bad_column_) bad_column_ = column;
  }

  const pg::Rows& rows_;
  std::size_t row_;
  std::optional<std::size_t> bad_column_;
};

}  // namespace pgfleet::collectors
