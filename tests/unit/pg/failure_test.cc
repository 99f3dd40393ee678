#include "pg/failure.h"

#include <gtest/gtest.h>

namespace pgfleet::pg {
namespace {

using model::DownReason;
using model::FailureReason;

struct Words {
  const char* libpq;
  DownReason reason;
};

// libpq's verbose texts as real servers and sockets made them.
class ConnectFailure : public testing::TestWithParam<Words> {};

TEST_P(ConnectFailure, HasAReasonOfItsOwn) {
  const VerboseMessage parsed = ParseVerbose(GetParam().libpq);
  EXPECT_EQ(ClassifyConnection(parsed.sqlstate, parsed.text), GetParam().reason)
      << GetParam().libpq;
}

INSTANTIATE_TEST_SUITE_P(
    Words, ConnectFailure,
    testing::Values(
        Words{"connection to server at \"127.0.0.1\", port 5 failed: Connection refused\n\tIs the "
              "server running "
              "on that host and accepting TCP/IP connections?\n",
              DownReason::kRefused},
        Words{"connection to server on socket \"/x/.s.PGSQL.5432\" failed: No such file or "
              "directory\n\tIs the "
              "server running locally?\n",
              DownReason::kRefused},
        Words{"connection to server on socket \"/x\" failed: FATAL:  28P01: password "
              "authentication failed for user "
              "\"u\"\nLOCATION:  auth_failed, auth.c:326\n",
              DownReason::kAuth},
        Words{"connection to server failed: FATAL:  3D000: database \"nope\" does not exist\n",
              DownReason::kNoDatabase},
        Words{"connection to server failed: FATAL:  53300: sorry, too many clients already\n",
              DownReason::kTooManyConnections},
        Words{"connection to server failed: FATAL:  57P03: the database system is starting up\n",
              DownReason::kStarting},
        Words{"connection to server failed: FATAL:  57P03: the database system is shutting down\n",
              DownReason::kShuttingDown},
        Words{"connection to server failed: SSL error: certificate verify failed\n",
              DownReason::kTls},
        Words{"connection to server failed: server does not support SSL, but SSL was required\n",
              DownReason::kTls},
        Words{"connection to server failed: fe_sendauth: no password supplied\n",
              DownReason::kAuth},
        Words{"connection to server failed: server closed the connection unexpectedly\n",
              DownReason::kLost},
        Words{"connection to server failed: expected authentication request from server, but "
              "received H\n",
              DownReason::kProtocol},
        Words{"connection to server failed: received invalid response to SSL negotiation: H\n",
              DownReason::kProtocol},
        Words{"something nobody has seen", DownReason::kOther}));

TEST(ParseVerbose, TakesOneLineAndNoSourceLocation) {
  const VerboseMessage parsed = ParseVerbose(
      "ERROR:  42501: permission denied for view pg_file_settings\nLOCATION:  aclcheck_error, "
      "aclchk.c:3650\n");
  EXPECT_EQ(parsed.sqlstate, "42501");
  EXPECT_EQ(parsed.text, "permission denied for view pg_file_settings");
}

TEST(ParseVerbose, LeavesATextWithoutCodeAsItIs) {
  EXPECT_EQ(ParseVerbose("FATAL:  no code here").text, "FATAL:  no code here");
  EXPECT_EQ(ParseVerbose("").text, "");
  EXPECT_EQ(ParseVerbose(":  ").sqlstate, "");
  EXPECT_EQ(ParseVerbose("FATAL:  2800").sqlstate, "");
}

TEST(ClassifyStatement, KnowsWhatAMissingGrantAndAMissingViewCost) {
  EXPECT_EQ(ClassifyStatement("42501"), FailureReason::kPermission);
  EXPECT_EQ(ClassifyStatement("42P01"), FailureReason::kMissing);
  EXPECT_EQ(ClassifyStatement("42883"), FailureReason::kMissing);
  EXPECT_EQ(ClassifyStatement("42703"), FailureReason::kVersion);
  EXPECT_EQ(ClassifyStatement("0A000"), FailureReason::kUnsupported);
  EXPECT_EQ(ClassifyStatement("55P03"), FailureReason::kTimeout);
  EXPECT_EQ(ClassifyStatement("57014"), FailureReason::kTimeout);
  EXPECT_EQ(ClassifyStatement("40001"), FailureReason::kConflict);
  EXPECT_EQ(ClassifyStatement("22021"), FailureReason::kBadValue);
}

TEST(ClassifyStatement, TakesAMissingCodeForOther) {
  EXPECT_EQ(ClassifyStatement(""), FailureReason::kOther);
}

}  // namespace
}  // namespace pgfleet::pg
