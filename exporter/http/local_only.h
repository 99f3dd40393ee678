#pragma once

#include <optional>

#include "http/message.h"

namespace pgfleet::http {

// For pages that show more than the metrics do, and that nobody logs in for: they are for people on
// this machine. The refusal (403, with the way to the page) unless the client's address is a
// loopback address, the Host header names one or `localhost`, so that no foreign name was made to
// point here, and no proxy says that it asks for somebody else. Pure.
std::optional<Response> RefuseUnlessLocal(const Request& request);

// The handler behind that refusal.
Handler LocalOnly(Handler handler);

}  // namespace pgfleet::http
