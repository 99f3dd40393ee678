#pragma once

#include <string_view>
#include <vector>

namespace pgfleet::config {

// One key that a file may hold, as the reference (docs/configuration.md) shows it.
struct KeyDoc {
  // top, cluster, node, objectives, expect, cdc, settings, rule, role, member, lanes, lane,
  // connection
  std::string_view where;
  std::string_view name;
  std::string_view form;      // "list of clusters", "time"
  std::string_view fallback;  // what holds without it; "required"
  std::string_view help;
};

// Every key that is accepted, by where it stands. Made from the tables that the reader works by.
std::vector<KeyDoc> Schema();

}  // namespace pgfleet::config
