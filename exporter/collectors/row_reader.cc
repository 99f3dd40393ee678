#include "collectors/row_reader.h"

#include <fmt/format.h>

namespace pgfleet::collectors {

std::optional<std::int64_t> RowReader::Integer(std::size_t column) {
  return Typed(column, rows_.integer(row_, column));
}

std::optional<double> RowReader::Real(std::size_t column) {
  return Typed(column, rows_.real(row_, column));
}

std::optional<bool> RowReader::Boolean(std::size_t column) {
  return Typed(column, rows_.boolean(row_, column));
}

std::optional<model::Lsn> RowReader::Lsn(std::size_t column) {
  const auto text = rows_.text(row_, column);
  return Typed(column, text ? model::Lsn::Parse(*text) : std::nullopt);
}

std::string RowReader::NeedText(std::size_t column) {
  if (Null(column)) Fault(column);
  return Text(column);
}

std::expected<void, DecodeFault> RowReader::Result() const {
  if (!bad_column_) return {};
  return std::unexpected(DecodeFault{
      model::FailureReason::kBadValue,
      fmt::format("column {} of row {} is not what was asked for", *bad_column_ + 1, row_ + 1)});
}

}  // namespace pgfleet::collectors
