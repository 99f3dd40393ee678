#include "pg/failure.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace pgfleet::pg {
namespace {

using model::DownReason;
using model::FailureReason;

template <typename Reason>
struct Rule {
  std::string_view pattern;  // a whole SQLSTATE, its class (two characters), or a part of a message
  Reason reason;
};

// The first rule that fits decides, so whole codes stand before their class.
constexpr auto kStatementRules = std::to_array<Rule<FailureReason>>({
    {"42501", FailureReason::kPermission},   // insufficient_privilege
    {"42883", FailureReason::kMissing},      // undefined_function
    {"42P01", FailureReason::kMissing},      // undefined_table
    {"42703", FailureReason::kVersion},      // undefined_column
    {"3F000", FailureReason::kMissing},      // invalid_schema_name
    {"0A000", FailureReason::kUnsupported},  // feature_not_supported
    {"55000", FailureReason::kUnsupported},  // object_not_in_prerequisite_state
    {"57014", FailureReason::kTimeout},      // query_canceled: statement_timeout
    {"55P03", FailureReason::kTimeout},      // lock_not_available: lock_timeout
    {"42P05", FailureReason::kOther},        // duplicate_prepared_statement: a pooler between us
    {"40", FailureReason::kConflict},        // transaction_rollback: recovery conflict
    {"22", FailureReason::kBadValue},        // data_exception
    {"42", FailureReason::kVersion},         // syntax_error
    {"53", FailureReason::kLimit},           // insufficient_resources
});

constexpr auto kConnectionRules = std::to_array<Rule<DownReason>>({
    {"53300", DownReason::kTooManyConnections},
    {"28", DownReason::kAuth},
    {"42501", DownReason::kAuth},  // CONNECT on the database is missing
    {"3D000", DownReason::kNoDatabase},
    {"55000", DownReason::kNoDatabase},  // the database does not accept connections
    {"57P03", DownReason::kStarting},
    {"57", DownReason::kLost},  // terminated by an administrator, a crash or an idle timeout
    {"08P01", DownReason::kProtocol},
    {"0A000", DownReason::kProtocol},
    {"53", DownReason::kOther},
});

constexpr auto kMessageRules = std::to_array<Rule<DownReason>>({
    {"Connection refused", DownReason::kRefused},
    {"No such file or directory", DownReason::kRefused},  // the Unix socket is not there
    {"No route to host", DownReason::kRefused},
    {"Network is unreachable", DownReason::kRefused},
    {"Connection timed out", DownReason::kTimeout},
    {"timeout expired", DownReason::kTimeout},
    {"invalid response to SSL negotiation", DownReason::kProtocol},
    {"SSL", DownReason::kTls},
    {"certificate", DownReason::kTls},
    {"channel binding", DownReason::kAuth},
    {"no password supplied", DownReason::kAuth},
    {"authentication method", DownReason::kAuth},
    {"server closed the connection", DownReason::kLost},
    {"Connection reset", DownReason::kLost},
    {"Broken pipe", DownReason::kLost},
    {"expected authentication request", DownReason::kProtocol},
    {"lost synchronization", DownReason::kProtocol},
    {"message contents do not agree", DownReason::kProtocol},
    {"message type", DownReason::kProtocol},
    {"protocol", DownReason::kProtocol},
});

template <typename Rules, typename Reason>
Reason ByCode(const Rules& rules, std::string_view sqlstate, Reason otherwise) {
  const auto rule =
      std::ranges::find_if(rules, [&](const auto& r) { return sqlstate.starts_with(r.pattern); });
  return rule == rules.end() ? otherwise : rule->reason;
}

bool IsSqlState(std::string_view text) {
  return text.size() == 5 && std::ranges::all_of(text, [](char c) {
           return std::isupper(static_cast<unsigned char>(c)) ||
                  std::isdigit(static_cast<unsigned char>(c));
         });
}

}  // namespace

StatementFailure AsStatementFailure(const Failure& failure) {
  const FailureReason reason = failure.reason == DownReason::kTimeout ? FailureReason::kTimeout
                               : failure.reason == DownReason::kLimit ? FailureReason::kLimit
                               : failure.reason == DownReason::kTooManyConnections
                                   ? FailureReason::kLimit
                                   : FailureReason::kOther;
  return {.reason = reason, .sqlstate = failure.sqlstate, .message = failure.message};
}

FailureReason ClassifyStatement(std::string_view sqlstate) {
  return ByCode(kStatementRules, sqlstate, FailureReason::kOther);
}

DownReason ClassifyConnection(std::string_view sqlstate, std::string_view message) {
  // One SQLSTATE serves starting up and shutting down; only the words tell them apart, and they are
  // translated where lc_messages says so: then the weaker "starting" stands.
  if (sqlstate == "57P03" && message.contains("shutting down")) return DownReason::kShuttingDown;
  if (!sqlstate.empty()) return ByCode(kConnectionRules, sqlstate, DownReason::kOther);
  const auto rule = std::ranges::find_if(
      kMessageRules, [&](const auto& r) { return message.contains(r.pattern); });
  return rule == kMessageRules.end() ? DownReason::kOther : rule->reason;
}

VerboseMessage ParseVerbose(std::string_view message) {
  VerboseMessage parsed;
  const std::string_view line = message.substr(0, message.find('\n'));
  // "connection to server ... failed: FATAL:  28P01: password authentication failed"
  for (auto at = line.find(":  "); at != std::string_view::npos; at = line.find(":  ", at + 1)) {
    const std::string_view code = line.substr(std::min(at + 3, line.size()), 5);
    const std::string_view after = line.substr(std::min(at + 8, line.size()));
    if (!IsSqlState(code) || !after.starts_with(": ")) continue;
    parsed.sqlstate = code;
    parsed.text = after.substr(2);
    return parsed;
  }
  parsed.text = line;
  return parsed;
}

}  // namespace pgfleet::pg
