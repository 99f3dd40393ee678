#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/message.h"

namespace pgfleet::http {

// Paths to handlers. A path matches exactly or not at all: no prefixes, no trailing slash, no other
// case, no percent signs. Filled before the server starts, then only read.
class Router {
 public:
  void Add(std::string path, Handler handler);

  // GET and HEAD reach the handler; another method on a known path gets 405, an unknown path 404.
  Response Dispatch(const Request& request) const;

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace pgfleet::http
