#pragma once

#include <string>
#include <string_view>

#include "model/reason.h"

namespace pgfleet::pg {

// Why a session could not be opened or was lost.
struct Failure {
  model::DownReason reason = model::DownReason::kOther;
  std::string phase;     // resolve, connect, prepare_session, query
  std::string sqlstate;  // empty where the server gave none
  std::string message;   // one line, without source locations; what libpq or the server said
};

// Why one statement has no rows while the session lives on.
struct StatementFailure {
  model::FailureReason reason = model::FailureReason::kOther;
  std::string sqlstate;
  std::string message;
};

// What a statement that was never answered says of itself when its session ends or cannot be
// opened.
StatementFailure AsStatementFailure(const Failure& failure);

// By SQLSTATE class (appendix "PostgreSQL Error Codes"); for statements of a session that is open.
model::FailureReason ClassifyStatement(std::string_view sqlstate);

// By SQLSTATE where there is one, else by libpq's own (untranslated) words. For connects and lost
// sessions.
model::DownReason ClassifyConnection(std::string_view sqlstate, std::string_view message);

// Takes libpq's verbose text apart: the SQLSTATE of "FATAL:  57P03: ..." and the first line without
// it.
struct VerboseMessage {
  std::string sqlstate;
  std::string text;
};
VerboseMessage ParseVerbose(std::string_view message);

}  // namespace pgfleet::pg
