#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/message.h"

namespace pgfleet::http {

// Paths to handlers. A path matches exactly or not at all: no trailing slash, no other case, no
// percent signs. Only what was added as a folder answers for all below it. Filled before the server
// starts, then only read.
class Router {
 public:
  void Add(std::string path, Handler handler);

  // All paths that begin with `folder`, which ends with a slash, and go on after it.
  void AddFolder(std::string folder, Handler handler);

  // GET and HEAD reach the handler; another method on a known path gets 405, an unknown path 404.
  Response Dispatch(const Request& request) const;

 private:
  const Handler* Find(std::string_view path) const;

  std::map<std::string, Handler, std::less<>> handlers_, folders_;
};

}  // namespace pgfleet::http
