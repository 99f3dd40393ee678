#include "http/router.h"

namespace pgfleet::http {

void Router::Add(std::string path, Handler handler) {
  handlers_.insert_or_assign(std::move(path), std::move(handler));
}

Response Router::Dispatch(const Request& request) const {
  const auto found = handlers_.find(request.path);
  if (found == handlers_.end()) return Say(404, "not found");
  if (request.method != "GET" && request.method != "HEAD") {
    Response refusal = Say(405, "only GET and HEAD are answered");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  return found->second(request);
}

}  // namespace pgfleet::http
