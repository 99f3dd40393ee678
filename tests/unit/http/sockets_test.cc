#include "http/sockets.h"

#include <gtest/gtest.h>

namespace pgfleet::http {
namespace {

TEST(ListeningPort, OfNoHostIsEveryAddress) {
  EXPECT_EQ(ListeningPort(":10187", true), "+10187");
  EXPECT_EQ(ListeningPort(":10187", false), "10187");
}

TEST(ListeningPort, KeepsTheHost) {
  EXPECT_EQ(ListeningPort("127.0.0.1:0", true), "127.0.0.1:0");
  EXPECT_EQ(ListeningPort("[::1]:9", true), "[::1]:9");
  EXPECT_EQ(ListeningPort("localhost:9187", true), "localhost:9187");
}

TEST(ListeningPort, RefusesWhatCannotBeListenedOn) {
  for (const auto* address : {"", "10187", ":", ":x", ":65536", ":-1", ":9s", "::1:9", "[]:9",
                              "a,b:9", "+:9", "a b:9", "[::1:9", "::1]:9"})
    EXPECT_FALSE(ListeningPort(address, true)) << address;
  EXPECT_FALSE(ListeningPort("[::1]:9", false));
}

TEST(ListeningPort, ErrorNamesTheAddress) {
  EXPECT_EQ(ListeningPort("localhost", true).error(),
            "'localhost' has no port; write it as host:port or :port");
}

}  // namespace
}  // namespace pgfleet::http
