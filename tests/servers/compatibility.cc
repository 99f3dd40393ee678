#include "servers/compatibility.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "support/files.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

constexpr const char* kHeading = "| collector |";

std::filesystem::path Document() {
  return std::filesystem::path(PGFLEET_SOURCE_DIR) / "docs" / "compatibility.md";
}

std::string Trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// The cells of a line `| a | b |`.
std::vector<std::string> CellsOf(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) cells.push_back(Trimmed(cell));
  return cells;
}

std::string Line(const std::string& first, const std::map<int, std::string>& cells) {
  std::string line = "| " + first + " |";
  for (int major = kOldestServer; major <= kNewestServer; ++major) {
    const auto cell = cells.find(major);
    line += fmt::format(" {} |", cell == cells.end() ? "" : cell->second);
  }
  return line + "\n";
}

std::string Heading() {
  std::map<int, std::string> majors, rule;
  for (int major = kOldestServer; major <= kNewestServer; ++major) {
    majors[major] = VersionOf(major);
    rule[major] = "---";
  }
  return Line("collector", majors) + Line("---", rule);
}

}  // namespace

Compatibility::Compatibility() {
  std::istringstream in(ReadFile(Document()));
  bool in_table = false;
  for (std::string line; std::getline(in, line);) {
    in_table = line.starts_with(kHeading) || (in_table && line.starts_with("|"));
    if (!in_table || !line.starts_with("| `")) continue;
    const auto cells = CellsOf(line);
    auto& row = cells_[cells.at(0).substr(1, cells.at(0).size() - 2)];
    for (std::size_t i = 1; i < cells.size(); ++i)
      row[kOldestServer + static_cast<int>(i) - 1] = cells[i];
  }
}

std::string Compatibility::Cell(const std::string& collector, int major) const {
  const auto row = cells_.find(collector);
  if (row == cells_.end()) return "";
  const auto cell = row->second.find(major);
  return cell == row->second.end() ? "" : cell->second;
}

void Compatibility::Record(const std::vector<std::string>& collectors, const std::string& collector,
                           int major, const std::string& cell) {
  const FileLock lock(std::filesystem::temp_directory_path() / "pgfleet-compatibility.lock");
  Compatibility table;
  table.cells_[collector][major] = cell;
  const std::string document = ReadFile(Document());
  std::string text = document.substr(0, document.find(kHeading)) + Heading();
  for (const std::string& name : collectors) text += Line("`" + name + "`", table.cells_[name]);
  WriteFile(Document(), text);
}

}  // namespace pgfleet::test
