#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgfleet::http {

// A table of a page, from its head to its end tag. What it is given is markup.
class Table {
 public:
  // Writes to the end of `page`, which outlives it.
  Table(std::string& page, std::vector<std::string_view> heads);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // One cell for each head; a short one is not broken into lines.
  void Row(std::span<const std::string> cells);

 private:
  std::string& page_;
  const std::vector<std::string_view> heads_;
};

// Two columns: what it is and what is known of it. Empty values are left out.
class FactTable {
 public:
  explicit FactTable(std::string& page);
  ~FactTable();
  FactTable(const FactTable&) = delete;
  FactTable& operator=(const FactTable&) = delete;

  void Row(std::string_view what, std::string_view value);

 private:
  std::string& page_;
};

}  // namespace pgfleet::http
