#include "http/message.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace pgfleet::http {
namespace {

struct Status {
  int code;
  std::string_view text;
};
constexpr std::array<Status, 11> kStatuses = {{{200, "OK"},
                                               {400, "Bad Request"},
                                               {403, "Forbidden"},
                                               {404, "Not Found"},
                                               {405, "Method Not Allowed"},
                                               {408, "Request Timeout"},
                                               {411, "Length Required"},
                                               {413, "Content Too Large"},
                                               {500, "Internal Server Error"},
                                               {503, "Service Unavailable"},
                                               {505, "HTTP Version Not Supported"}}};

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](unsigned char c) { return std::tolower(c); },
      [](unsigned char c) { return std::tolower(c); });
}

}  // namespace

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (SameIgnoringCase(key, name)) return value;
  return {};
}

std::ptrdiff_t Request::Count(std::string_view name) const {
  return std::ranges::count_if(
      headers, [&](const auto& header) { return SameIgnoringCase(header.first, name); });
}

Response Say(int status, std::string_view text) {
  return {.status = status, .body = std::string(text) + "\n", .headers = {}};
}

std::string_view StatusText(int status) {
  const auto* found = std::ranges::find(kStatuses, status, &Status::code);
  return found == kStatuses.end() ? "Error" : found->text;
}

}  // namespace pgfleet::http
