#pragma once

#include <map>
#include <string>

#include "support/wait.h"

namespace pgfleet::test {

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  double seconds = 0;  // from connect to the last byte
};

struct HttpRequest {
  std::string path = "/metrics";
  std::string method = "GET";
  std::map<std::string, std::string> headers{};
};

// One request to 127.0.0.1 on a connection of its own. Throws when it has no whole answer within
// `patience`.
HttpResponse Fetch(int port, const HttpRequest& request, Milliseconds patience = kPatience);

}  // namespace pgfleet::test
