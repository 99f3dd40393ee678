#include <gtest/gtest.h>
#include <sys/resource.h>

#include <limits>
#include <string_view>

#include "pg/session.h"
#include "sessions/loop.h"
#include "support/fake_server.h"

// Present only in programs that AddressSanitizer is linked into.
extern "C" {
[[gnu::weak]] void __lsan_disable();
[[gnu::weak]] void __lsan_enable();
}

namespace pgfleet::test {
namespace {

// In kB, of the 1 GB on offer: what loopback can bring until the guard ends a read. A sanitizer's
// own memory says nothing about ours.
constexpr long kMostMemory =
    std::string_view(PGFLEET_SANITIZE).empty() ? 512 * 1024 : std::numeric_limits<long>::max();

// libpq 15 loses a result of its own when a row's length is nonsense; in every other case leaks
// count.
struct LeaveOutLibpqsLeak {
  explicit LeaveOutLibpqsLeak(bool really) : off(really && __lsan_disable != nullptr) {
    if (off) __lsan_disable();
  }
  ~LeaveOutLibpqsLeak() {
    if (off) __lsan_enable();
  }
  bool off;
};

using namespace std::chrono_literals;
using model::DownReason;

struct Rogue {
  const char* name;
  Behaviour behaviour;
  std::string sqlstate;
  DownReason reason;
};

void PrintTo(const Rogue& rogue, std::ostream* out) { *out << rogue.name; }

pg::Target TargetOf(const FakeServer& server) {
  return *pg::MakeTarget({{"host", "127.0.0.1"},
                          {"port", std::to_string(server.port())},
                          {"user", "mon"},
                          {"dbname", "postgres"},
                          {"sslmode", "disable"}});
}

// What the first failure was: of the login, or of one query after it.
asio::awaitable<pg::Failure> FirstFailure(pg::Session& session, const pg::Target& target) {
  const auto deadline = std::chrono::steady_clock::now() + 2s;
  if (const auto opened = co_await session.Open(target, "", deadline); !opened)
    co_return opened.error();
  const pg::Statement statement{"one", "SELECT 1"};
  const auto result = co_await session.Run({&statement, 1}, 1s, deadline);
  co_return result.failure.value_or(pg::Failure{});
}

class RogueServer : public testing::TestWithParam<Rogue> {};

TEST_P(RogueServer, EndsInAReasonInTimeAndInLittleMemory) {
  const FakeServer server(GetParam().behaviour, GetParam().sqlstate);
  const LeaveOutLibpqsLeak leave_out(GetParam().behaviour == Behaviour::kNegativeLength);
  asio::io_context io;
  pg::Session session(io.get_executor());
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const auto began = std::chrono::steady_clock::now();
  const pg::Failure failure = RunOn(io, FirstFailure(session, TargetOf(server)));
  EXPECT_EQ(Name(failure.reason), Name(GetParam().reason)) << failure.message;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, kMostMemory) << "kB more than before";
  EXPECT_FALSE(session.is_open());
}

INSTANTIATE_TEST_SUITE_P(
    Behaviours, RogueServer,
    testing::Values(
        Rogue{"silent", Behaviour::kSilent, "", DownReason::kTimeout},
        Rogue{"garbage", Behaviour::kGarbage, "", DownReason::kProtocol},
        Rogue{"hang_up", Behaviour::kHangUp, "", DownReason::kLost},
        Rogue{"starting", Behaviour::kStartupError, "57P03", DownReason::kStarting},
        Rogue{"full", Behaviour::kStartupError, "53300", DownReason::kTooManyConnections},
        // libpq takes a length that no server sends for the text of a server older than protocol 3.
        Rogue{"huge_error", Behaviour::kHugeStartupError, "", DownReason::kOther},
        Rogue{"endless_rows", Behaviour::kEndlessRows, "", DownReason::kLimit},
        Rogue{"huge_column", Behaviour::kHugeColumn, "", DownReason::kLimit},
        Rogue{"half_row", Behaviour::kHalfRow, "", DownReason::kLost},
        Rogue{"negative_length", Behaviour::kNegativeLength, "", DownReason::kProtocol}),
    [](const auto& rogue) { return std::string(rogue.param.name); });

}  // namespace
}  // namespace pgfleet::test
