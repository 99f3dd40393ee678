#include "http/router.h"

namespace pgfleet::http {

void Router::Add(std::string path, Handler handler) {
  handlers_.insert_or_assign(std::move(path), std::move(handler));
}

void Router::AddFolder(std::string folder, Handler handler) {
  folders_.insert_or_assign(std::move(folder), std::move(handler));
}

const Handler* Router::Find(std::string_view path) const {
  if (const auto found = handlers_.find(path); found != handlers_.end()) return &found->second;
  for (const auto& [folder, handler] : folders_)
    if (path.starts_with(folder) && path.size() > folder.size()) return &handler;
  return nullptr;
}

Response Router::Dispatch(const Request& request) const {
  const Handler* handler = Find(request.path);
  if (handler == nullptr) return Say(404, "not found");
  if (request.method != "GET" && request.method != "HEAD") {
    Response refusal = Say(405, "only GET and HEAD are answered");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  return (*handler)(request);
}

}  // namespace pgfleet::http
