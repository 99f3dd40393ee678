#include "http/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "log/utf8.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Its own style and nothing else.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d0d7de; --up: #116329; --down: #a40e26; --link: #0550ae }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --up: #56d364; --down: #ff7b72; --link: #79c0ff }
}
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
a { color: var(--link) }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
.up { color: var(--up) }
.down { color: var(--down); font-weight: 600 }
)";

std::string_view Entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const log::Character character = log::Decode(text);
    if (const std::string_view entity = Entity(text.front()); !entity.empty())
      safe += entity;
    else if (character.length == 0 || log::IsUnfit(character.code))
      safe += kReplacement;
    else
      safe += text.substr(0, character.length);
    text.remove_prefix(std::max<std::size_t>(1, character.length));
  }
  return safe;
}

std::string EncodeParameter(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string HtmlDocument(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      title, kStyle, body);
}

Response HtmlResponse(std::string document) {
  return {.content_type = "text/html; charset=utf-8",
          .body = std::move(document),
          .headers = {{"Content-Security-Policy", std::string(kPolicy)},
                      {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace pgfleet::http
