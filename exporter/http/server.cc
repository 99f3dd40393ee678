#include "http/server.h"

#include <civetweb.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "http/sockets.h"
#include "log/log.h"

namespace pgfleet::http {
namespace {

using std::chrono::milliseconds;

Request ReadRequest(const mg_request_info& info) {
  Request request{.method = info.request_method == nullptr ? "" : info.request_method,
                  .path = info.local_uri_raw == nullptr ? "" : info.local_uri_raw,
                  .query = info.query_string == nullptr ? "" : info.query_string,
                  .headers = {},
                  .client = info.remote_addr};
  for (int i = 0; i < info.num_headers; ++i)
    request.headers.emplace_back(info.http_headers[i].name, info.http_headers[i].value);
  return request;
}

bool HasBody(const mg_request_info& info, const Request& request) {
  return info.content_length > 0 || !request.Header("Transfer-Encoding").empty();
}

std::string Head(const Response& response) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, StatusText(response.status));
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  head += fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(now));
  head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", response.content_type,
                      response.body.size());
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
  return head;
}

Response Overloaded() {
  Response response = Say(503, "too many requests at once; try again");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

// What CivetWeb calls back into. Its threads run Answer and Refuse.
struct Server::Core {
  ServerOptions options;
  Router router;
  mg_context* context = nullptr;
  std::vector<int> ports;
  std::atomic<std::size_t> running{0};
  std::mutex mutex;
  std::string first_refusal;  // guarded by mutex; the first thing that CivetWeb could not do

  std::expected<void, std::string> Listen(const std::string& listening_ports);
  Response Respond(const mg_request_info& info) const;
  void Send(mg_connection* connection, const Response& response, bool with_body) const;
  void WaitForAnswers(milliseconds patience) const;

  static Core& Of(const mg_connection* connection) {
    return *static_cast<Core*>(mg_get_user_data(mg_get_context(connection)));
  }
  static int Answer(mg_connection* connection);
  static int Refuse(mg_connection* connection, int status, const char* message);
  static int Log(const mg_connection* connection, const char* message);
};

Response Server::Core::Respond(const mg_request_info& info) const {
  const Request request = ReadRequest(info);
  if (running > options.max_concurrent) return Overloaded();
  if (HasBody(info, request) && (request.method == "GET" || request.method == "HEAD"))
    return Say(413, "requests with a body are not answered");
  try {
    return router.Dispatch(request);
  } catch (const std::exception&) {  // no memory for the page
    return Say(500, "the page could not be made");
  }
}

void Server::Core::Send(mg_connection* connection, const Response& response, bool with_body) const {
  // First, so that whoever has the answer finds it counted.
  if (options.answered) options.answered(response.status);
  std::string message = Head(response);
  if (with_body) message += response.body;
  mg_write(connection, message.data(), message.size());
}

// CivetWeb's begin_request: sees every request that has a whole head, leaves none to CivetWeb.
int Server::Core::Answer(mg_connection* connection) {
  Core& core = Of(connection);
  // Closing at once, it does not wait for the rest of a body that nobody reads.
  mg_disable_keep_alive(connection);
  ++core.running;
  const mg_request_info& info = *mg_get_request_info(connection);
  const Response response = core.Respond(info);
  core.Send(connection, response, std::string_view("HEAD") != info.request_method);
  --core.running;
  return response.status;
}

// CivetWeb's http_error: heads that it cannot read.
int Server::Core::Refuse(mg_connection* connection, int status, const char*) {
  mg_disable_keep_alive(connection);
  Of(connection).Send(connection, Say(status, StatusText(status)), true);
  return 0;
}

int Server::Core::Log(const mg_connection* connection, const char* message) {
  log::Debug("http library", {{"says", message}});
  Core& core = Of(connection);
  const std::lock_guard lock(core.mutex);
  if (core.first_refusal.empty() && std::string_view(message).starts_with("cannot"))
    core.first_refusal = message;
  return 1;
}

std::expected<void, std::string> Server::Core::Listen(const std::string& listening_ports) {
  const std::string threads = std::to_string(options.threads);
  const std::string timeout = std::to_string(options.request_timeout.count());
  // Neither document_root nor anything else that would make it look for files.
  std::array<const char*, 21> settings = {"listening_ports",
                                          listening_ports.c_str(),
                                          "num_threads",
                                          threads.c_str(),
                                          "request_timeout_ms",
                                          timeout.c_str(),
                                          "enable_keep_alive",
                                          "no",
                                          "max_request_size",
                                          "16384",
                                          "connection_queue",
                                          "256",
                                          "decode_url",
                                          "no",
                                          "enable_directory_listing",
                                          "no",
                                          "access_control_allow_origin",
                                          "",
                                          "access_control_allow_methods",
                                          "",
                                          nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = Answer;
  callbacks.http_error = Refuse;
  callbacks.log_message = Log;
  context = mg_start(&callbacks, this, settings.data());
  const std::lock_guard lock(mutex);
  if (context == nullptr) {
    return std::unexpected(first_refusal.empty() ? "the HTTP library does not start"
                                                 : first_refusal);
  }
  std::array<mg_server_port, 16> found{};
  const int count = mg_get_server_ports(context, static_cast<int>(found.size()), found.data());
  for (int i = 0; i < count; ++i) ports.push_back(found[static_cast<std::size_t>(i)].port);
  return {};
}

void Server::Core::WaitForAnswers(milliseconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (running > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(5));
}

std::expected<std::unique_ptr<Server>, std::string> Server::Start(ServerOptions options,
                                                                  Router router) {
  const bool ipv6 = mg_check_feature(MG_FEATURES_IPV6) != 0 && MachineHasIpv6();
  std::string listening_ports, addresses;
  for (const std::string& address : options.addresses) {
    const auto port = ListeningPort(address, ipv6);
    if (!port) return std::unexpected(port.error());
    listening_ports += (listening_ports.empty() ? "" : ",") + *port;
    addresses += (addresses.empty() ? "" : ", ") + address;
  }
  auto core = std::make_unique<Core>();
  core->options = std::move(options);
  core->router = std::move(router);
  if (const auto listening = core->Listen(listening_ports); !listening)
    return std::unexpected(fmt::format("cannot listen on {}: {}", addresses, listening.error()));
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Server::~Server() { Stop(); }

// CivetWeb's threads look at its stop flag every two seconds only, but wake up at once when their
// socket ends.
void Server::Stop() {
  if (core_->context == nullptr) return;
  ShutDownSockets(core_->ports, Direction::kRead);
  core_->WaitForAnswers(milliseconds(250));
  ShutDownSockets(core_->ports, Direction::kBoth);
  mg_stop(core_->context);
  core_->context = nullptr;
}

int Server::port() const { return core_->ports.empty() ? 0 : core_->ports.front(); }

std::string LibraryVersion() { return mg_version(); }

}  // namespace pgfleet::http
