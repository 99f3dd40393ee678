#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfleet::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A request without body; requests with one are refused before anybody sees them.
struct Request {
  std::string method;  // GET or HEAD
  std::string path;    // as sent, not decoded
  std::string query;   // what follows '?', not decoded
  Headers headers;
  // The address at the other end of the connection, in numbers; "": not known. Nothing that a
  // header says of it.
  std::string client{};

  // The header's value, its name in any case; "" when it was not sent.
  std::string_view Header(std::string_view name) const;
  // How often the header was sent.
  std::ptrdiff_t Count(std::string_view name) const;
};

// The server adds length, date and the headers that every answer carries.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  Headers headers;
};

// Called by many threads at once.
using Handler = std::function<Response(const Request&)>;

// A short answer in plain text, ended by a newline.
Response Say(int status, std::string_view text);

// "Not Found" for 404.
std::string_view StatusText(int status);

}  // namespace pgfleet::http
