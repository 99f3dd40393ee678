#include "support/http_client.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

#include "support/socket.h"

namespace pgfleet::test {
namespace {

std::string Text(const HttpRequest& request) {
  std::string text = request.method + " " + request.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  return text + "Connection: close\r\n\r\n";
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The body of a chunked answer, put together.
std::string Dechunked(const std::string& raw) {
  std::string body;
  std::size_t at = 0;
  while (at < raw.size()) {
    const std::size_t line_end = raw.find("\r\n", at);
    if (line_end == std::string::npos) break;
    const std::size_t length = std::stoul(raw.substr(at, line_end - at), nullptr, 16);
    if (length == 0) return body;
    body += raw.substr(line_end + 2, length);
    at = line_end + 2 + length + 2;
  }
  throw std::runtime_error("a chunked answer without its end");
}

void ReadHead(const std::string& head, HttpResponse& response) {
  std::istringstream in(head);
  std::string line;
  std::getline(in, line);
  if (!line.starts_with("HTTP/1.")) throw std::runtime_error("no HTTP answer: " + line);
  response.status = std::stoi(line.substr(9, 3));
  while (std::getline(in, line)) {
    const std::size_t colon = line.find(": ");
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (colon != std::string::npos)
      response.headers[Lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
}

HttpResponse Parse(const std::string& raw, bool has_body) {
  const std::size_t head_end = raw.find("\r\n\r\n");
  if (head_end == std::string::npos) throw std::runtime_error("no whole HTTP answer: " + raw);
  HttpResponse response;
  ReadHead(raw.substr(0, head_end), response);
  response.body = raw.substr(head_end + 4);
  if (!has_body) return response;
  if (response.headers["transfer-encoding"] == "chunked") response.body = Dechunked(response.body);
  const auto length = response.headers.find("content-length");
  if (length != response.headers.end() && std::stoul(length->second) != response.body.size())
    throw std::runtime_error("the body is not as long as Content-Length says");
  return response;
}

}  // namespace

HttpResponse Fetch(int port, const HttpRequest& request, Milliseconds patience) {
  const auto start = Clock::now();
  const Socket socket = ConnectLoopback(port);
  socket.SendAll(Text(request));
  HttpResponse response = Parse(socket.ReceiveAll(start + patience), request.method != "HEAD");
  response.seconds = SecondsSince(start);
  return response;
}

}  // namespace pgfleet::test
