#include "http/local_only.h"

#include <gtest/gtest.h>

#include "http/host.h"

namespace pgfleet::http {
namespace {

Request From(std::string client, Headers headers) {
  return {.method = "GET",
          .path = "/drift",
          .query = "",
          .headers = std::move(headers),
          .client = std::move(client)};
}

bool IsLetIn(const Request& request) { return !RefuseUnlessLocal(request); }

TEST(LocalOnly, LetsInWhoeverAsksThisMachineFromThisMachine) {
  for (const auto* client : {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"})
    for (const auto* host : {"localhost", "localhost:10187", "LocalHost:1", "127.0.0.1:10187",
                             "127.4.5.6", "[::1]", "[::1]:10187", "[::ffff:127.0.0.1]:80"})
      EXPECT_TRUE(IsLetIn(From(client, {{"Host", host}}))) << client << " " << host;
}

TEST(LocalOnly, RefusesClientsOfOtherMachines) {
  for (const auto* client :
       {"10.0.0.1", "128.0.0.1", "0.0.0.0", "::", "fe80::1", "fe80::1%lo", "::ffff:10.0.0.1",
        "::127.0.0.1", "2001:db8::1", "", "localhost", "127.0.0.1 ", "127.1", "@/run/socket"})
    EXPECT_FALSE(IsLetIn(From(client, {{"Host", "localhost:10187"}}))) << client;
}

// A page of a stranger in a browser on this machine whose name was made to point here.
TEST(LocalOnly, RefusesForeignNamesOfThisMachine) {
  for (const auto* host :
       {"evil.example", "evil.example:10187", "127.0.0.1.evil.example", "localhost.evil.example",
        "127.evil.example", "127.1", "2130706433", "0.0.0.0:10187", "[::]:10187", "10.0.0.1",
        "localhost:0", "localhost:x", "localhost:10187:1", "localhost@evil.example", "[127.0.0.1]",
        "::1", "[::1", "", " localhost"})
    EXPECT_FALSE(IsLetIn(From("127.0.0.1", {{"Host", host}}))) << host;
  EXPECT_FALSE(IsLetIn(From("127.0.0.1", {}))) << "no Host at all";
  EXPECT_FALSE(IsLetIn(From("127.0.0.1", {{"Host", "localhost"}, {"host", "evil.example"}})));
}

TEST(LocalOnly, RefusesProxiesThatAskForSomebodyElse) {
  for (const auto* name : {"X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP", "Via",
                           "X-Forwarded-Host", "X-Forwarded-Proto", "X-Client-IP"})
    for (const auto* value : {"10.0.0.1", "127.0.0.1", ""})
      EXPECT_FALSE(IsLetIn(From("127.0.0.1", {{"Host", "localhost"}, {name, value}})))
          << name << ": " << value;
  EXPECT_TRUE(IsLetIn(From("127.0.0.1", {{"Host", "localhost"}, {"Accept", "*/*"}})));
}

TEST(LocalOnly, SaysHowToGetThere) {
  const auto refusal = RefuseUnlessLocal(From("10.0.0.1", {{"Host", "localhost"}}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 403);
  EXPECT_TRUE(refusal->body.contains("ssh -L")) << refusal->body;
}

TEST(LocalOnly, AsksNoHandlerForAStranger) {
  int asked = 0;
  const Handler handler = LocalOnly([&](const Request&) {
    ++asked;
    return Say(200, "well");
  });
  EXPECT_EQ(handler(From("10.0.0.1", {{"Host", "localhost"}})).status, 403);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(handler(From("::1", {{"Host", "localhost"}})).status, 200);
  EXPECT_EQ(asked, 1);
}

TEST(Host, IsWhatStandsBeforeThePort) {
  EXPECT_EQ(HostOf("pg.example:1"), "pg.example");
  EXPECT_EQ(HostOf("[::1]:65535"), "[::1]");
  EXPECT_EQ(HostOf("pg.example:"), std::nullopt);
}

}  // namespace
}  // namespace pgfleet::http
