#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include "client.h"
#include "http/host.h"
#include "http/sockets.h"

namespace pgfleet::http {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Ask;
using test::Connection;
using test::Get;
using test::SecondsSince;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

ServerOptions Loopback() {
  ServerOptions options;
  options.addresses = {"127.0.0.1:0"};
  return options;
}

std::unique_ptr<Server> Start(ServerOptions options, Handler handler) {
  Router router;
  router.Add("/page", std::move(handler));
  auto server = Server::Start(std::move(options), std::move(router));
  if (!server) ADD_FAILURE() << server.error();
  return server ? std::move(*server) : nullptr;
}

Handler Hello() {
  return [](const Request&) { return Say(200, "hello"); };
}

TEST(Server, AnswersWithTheHeadersOfEveryPage) {
  const auto server = Start(Loopback(), Hello());
  const Answer answer = Get(server->port(), "/page");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.headers.at("Content-Length"), "6");
  EXPECT_EQ(answer.headers.at("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.headers.at("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.headers.at("Cache-Control"), "no-store");
  EXPECT_EQ(answer.headers.at("Connection"), "close");
  EXPECT_TRUE(answer.headers.at("Date").ends_with(" GMT"));
  EXPECT_FALSE(answer.headers.contains("Access-Control-Allow-Origin"));
}

TEST(Server, HandsTheRequestOverAsItWasSent) {
  Request seen;
  const auto server = Start(Loopback(), [&seen](const Request& request) {
    seen = request;
    return Say(200, "");
  });
  Get(server->port(), "/page?a=%20b", "X-Some: thing\r\n");
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.path, "/page");
  EXPECT_EQ(seen.query, "a=%20b");
  EXPECT_EQ(seen.Header("x-sOME"), "thing");
  EXPECT_EQ(seen.Header("absent"), "");
}

TEST(Server, TellsWhoAsksFromTheConnectionAndFromNothingElse) {
  for (const auto* address : {"127.0.0.1:0", ":0"}) {
    Request seen;
    ServerOptions options;
    options.addresses = {address};
    const auto server = Start(options, [&seen](const Request& request) {
      seen = request;
      return Say(200, "");
    });
    Get(server->port(), "/page", "X-Forwarded-For: 10.1.2.3\r\nX-Real-IP: 10.1.2.3\r\n");
    EXPECT_TRUE(IsLoopbackAddress(seen.client)) << address << ": " << seen.client;
  }
}

TEST(Server, AnswersHeadWithTheLengthAndWithoutTheBody) {
  const auto server = Start(Loopback(), Hello());
  const Answer answer = Get(server->port(), "/page", "", "HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Length"), "6");
  EXPECT_EQ(answer.body, "");
}

TEST(Server, KnowsExactPathsOnly) {
  const auto server = Start(Loopback(), Hello());
  for (const auto* path : {"/", "/pageX", "/page/", "/PAGE", "//page", "/./page", "/x/../page",
                           "/%70age", "/page%00", "/page;x"})
    EXPECT_EQ(Get(server->port(), path).status, 404) << path;
}

TEST(Server, RefusesOtherMethods) {
  const auto server = Start(Loopback(), Hello());
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const Answer answer = Get(server->port(), "/page", "Content-Length: 0\r\n", method);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.at("Allow"), "GET, HEAD");
  }
}

TEST(Server, RefusesBodiesWithoutReadingThem) {
  const auto server = Start(Loopback(), Hello());
  const auto start = Clock::now();
  EXPECT_EQ(Get(server->port(), "/page", "Content-Length: 100000000\r\n").status, 413);
  EXPECT_EQ(Get(server->port(), "/page", "Transfer-Encoding: chunked\r\n").status, 413);
  EXPECT_EQ(Get(server->port(), "/page", "Content-Length: 9\r\n", "POST").status, 405);
  EXPECT_LT(SecondsSince(start), 2);
}

TEST(Server, RefusesHeadsThatAreTooLongOrNoHttp) {
  const auto server = Start(Loopback(), Hello());
  const Answer long_head = Get(server->port(), "/page", "X: " + std::string(40000, 'x') + "\r\n");
  EXPECT_THAT(long_head.status,
              testing::AnyOf(0, testing::AllOf(testing::Ge(400), testing::Lt(500))));
  EXPECT_EQ(Ask(server->port(), "\x16\x03\x01 not http\r\n\r\n").status / 100, 4);
  EXPECT_EQ(Get(server->port(), "/page").status, 200);
}

TEST(Server, ListensOnSeveralAddresses) {
  ServerOptions options;
  options.addresses = {"127.0.0.1:0", "127.0.0.2:0"};
  const auto server = Start(options, Hello());
  EXPECT_EQ(Get(server->port(), "/page").status, 200);
}

TEST(Server, ListensOnEveryAddressOfTheMachine) {
  ServerOptions options;
  options.addresses = {":0"};
  const auto server = Start(options, Hello());
  EXPECT_EQ(Get(server->port(), "/page").status, 200);
}

TEST(Server, NamesTheAddressThatIsTaken) {
  const auto first = Start(Loopback(), Hello());
  ServerOptions options;
  options.addresses = {"127.0.0.1:" + std::to_string(first->port())};
  const auto second = Server::Start(options, Router());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("cannot listen on " + options.addresses.front()));
  EXPECT_THAT(second.error(), HasSubstr("Address already in use"));
}

TEST(Server, RefusesAnAddressThatIsNone) {
  ServerOptions options;
  options.addresses = {"nonsense"};
  const auto server = Server::Start(options, Router());
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error(), HasSubstr("'nonsense' has no port"));
}

TEST(Server, AnswersManyAtOnce) {
  const auto server = Start(Loopback(), Hello());
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 64; ++i)
      clients.emplace_back([&] { good += Get(server->port(), "/page").status == 200 ? 1 : 0; });
  }
  EXPECT_EQ(good, 64);
}

TEST(Server, RefusesWhatIsAboveItsLimitAndSaysWhenToComeBack) {
  ServerOptions options = Loopback();
  options.max_concurrent = 2;
  std::latch inside(2), release(1);
  const auto server = Start(options, [&](const Request&) {
    inside.count_down();
    release.wait();
    return Say(200, "late");
  });
  std::vector<std::jthread> slow;
  for (int i = 0; i < 2; ++i)
    slow.emplace_back([&] { EXPECT_EQ(Get(server->port(), "/page").status, 200); });
  inside.wait();
  const Answer refused = Get(server->port(), "/page");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("Retry-After"), "1");
  release.count_down();
}

// Two clients that send a byte a second would block a server of two threads for half a minute.
TEST(Server, IsNotHeldUpByClientsThatDripOrSayNothing) {
  const auto server = Start(Loopback(), Hello());
  std::vector<Connection> idle, dripping;
  for (int i = 0; i < 50; ++i) idle.emplace_back(server->port());
  for (int i = 0; i < 20; ++i) dripping.emplace_back(server->port());
  for (const Connection& client : dripping) client.Send("GET /page HTTP/1.1\r\nX");
  for (int round = 0; round < 20; ++round) {
    for (const Connection& client : dripping) client.Send("-");
    const auto start = Clock::now();
    EXPECT_EQ(Get(server->port(), "/page").status, 200);
    EXPECT_LT(SecondsSince(start), 1);
    std::this_thread::sleep_for(20ms);
  }
}

TEST(Server, GivesUpOnAClientThatDripsForTooLong) {
  ServerOptions options = Loopback();
  options.request_timeout = 500ms;
  const auto server = Start(options, Hello());
  const Connection client(server->port());
  const auto start = Clock::now();
  client.Send("GET /page HTTP/1.1\r\nX");
  std::jthread drip([&client](std::stop_token stop) {
    while (!stop.stop_requested() && client.Send("-")) std::this_thread::sleep_for(50ms);
  });
  client.ReceiveAll();
  EXPECT_LT(SecondsSince(start), 5);
}

TEST(Server, StopsWithinASecondWhateverItsClientsDo) {
  auto server = Start(Loopback(), Hello());
  const int port = server->port();
  std::vector<Connection> clients;
  for (int i = 0; i < 30; ++i) clients.emplace_back(port);
  for (int i = 0; i < 10; ++i) clients[static_cast<std::size_t>(i)].Send("GET /pa");
  ASSERT_EQ(Get(port, "/page").status, 200);
  const auto start = Clock::now();
  server->Stop();
  EXPECT_LT(SecondsSince(start), 1);
  EXPECT_FALSE(Connection(port).connected());
}

TEST(Server, StopsWithinASecondWithoutClients) {
  auto server = Start(Loopback(), Hello());
  const auto start = Clock::now();
  server->Stop();
  EXPECT_LT(SecondsSince(start), 1);
  server->Stop();
}

TEST(Server, TurnsAHandlerThatFailsIntoAnAnswer) {
  const auto server = Start(Loopback(), [](const Request&) -> Response { throw std::bad_alloc(); });
  EXPECT_EQ(Get(server->port(), "/page").status, 500);
}

TEST(Server, TellsTheStatusOfEveryAnswer) {
  std::mutex mutex;
  std::multiset<int> told;
  ServerOptions options = Loopback();
  options.answered = [&](int status) {
    const std::lock_guard lock(mutex);
    told.insert(status);
  };
  auto server = Start(options, Hello());
  Get(server->port(), "/page");
  Get(server->port(), "/other");
  Ask(server->port(), "nonsense\r\n\r\n");
  server->Stop();
  EXPECT_EQ(told, (std::multiset<int>{200, 400, 404}));
}

TEST(Server, KnowsItsLibrary) { EXPECT_THAT(LibraryVersion(), testing::StartsWith("1.")); }

}  // namespace
}  // namespace pgfleet::http
