#include "http/json.h"

#include "log/escape.h"

namespace pgfleet::http {

JsonWriter& JsonWriter::Key(std::string_view key) {
  Text(key);
  text_ += ':';
  first_ = true;  // its value follows without a comma
  return *this;
}

void JsonWriter::Text(std::string_view value) {
  Separate();
  log::AppendJsonText(text_, value);
}

void JsonWriter::Separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

}  // namespace pgfleet::http
