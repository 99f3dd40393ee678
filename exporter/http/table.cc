#include "http/table.h"

#include <utility>

#include "http/html.h"

namespace pgfleet::http {
namespace {

constexpr std::size_t kShort = 24;  // bytes

}  // namespace

Table::Table(std::string& page, std::vector<std::string_view> heads)
    : page_(page), heads_(std::move(heads)) {
  page_ += "<table class=\"cards\">\n<thead><tr>";
  for (const std::string_view head : heads_) Append(page_, "<th scope=\"col\">{}</th>", head);
  page_ += "</tr></thead>\n<tbody>\n";
}

Table::~Table() { page_ += "</tbody>\n</table>\n"; }

void Table::Row(std::span<const std::string> cells) {
  page_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    Append(page_, "<td data-head=\"{}\"{}>{}</td>", heads_[i],
           !cells[i].empty() && cells[i].size() <= kShort ? " class=\"whole\"" : "", cells[i]);
  page_ += "</tr>\n";
}

FactTable::FactTable(std::string& page) : page_(page) { page_ += "<table>\n<tbody>\n"; }

FactTable::~FactTable() { page_ += "</tbody>\n</table>\n"; }

void FactTable::Row(std::string_view what, std::string_view value) {
  if (value.empty()) return;
  Append(page_, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", what, value);
}

}  // namespace pgfleet::http
