#include "http/html.h"

#include <algorithm>

#include "http/style.h"
#include "log/utf8.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Its own style and nothing else.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// To every page; the current one is among them.
constexpr std::string_view kNavigation =
    "<nav aria-label=\"Pages\"><a href=\"/\">Fleet</a><a href=\"/drift\">Drift</a>"
    "<a href=\"/config\">Configuration</a></nav>\n";

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

std::string Shorten(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  const std::string_view shown = log::Cut(text, kLongest);
  return std::string(shown) + (shown.size() < text.size() ? "..." : "");
}

std::string Show(std::string_view text) { return EscapeHtml(Shorten(text)); }

std::string EncodeParameter(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").contains(c);
    if (plain) {
      encoded += c;
    } else {
      Append(encoded, "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string HtmlDocument(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}<main>\n{}</main>\n</body>\n"
      "</html>\n",
      title, kStyle, kNavigation, body);
}

Response HtmlResponse(std::string document) {
  return {.content_type = "text/html; charset=utf-8",
          .body = std::move(document),
          .headers = {{"Content-Security-Policy", std::string(kPolicy)},
                      {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace pgfleet::http
