#pragma once

#include <string>

#include "model/moment.h"

// Amounts as people read them. Pure.
namespace pgfleet::http {

std::string SecondsText(double seconds);   // "3.2 ms", "45 s", "12 min", "5.5 h", "3 d"
std::string BytesText(double bytes);       // "512 B", "1.5 kB", "16 MB": PostgreSQL's units of 1024
std::string AgoText(model::Duration age);  // "12 s ago"
std::string UtcText(model::Wall time);     // "2026-01-31 23:59:58 UTC"

// What `text` makes of a value; "" for none.
std::string OrNothing(const auto& value, const auto& text) {
  return value ? std::string(text(*value)) : std::string();
}

}  // namespace pgfleet::http
