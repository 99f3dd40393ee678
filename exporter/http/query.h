#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfleet::http {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// The parameters of a query string, percent signs and plus signs decoded, in their order. Absent
// when a percent sign is not followed by two hexadecimal digits.
std::optional<Parameters> ParseQuery(std::string_view query);

// Whether a client with this Accept-Encoding wants gzip (RFC 9110, section 12.5.3): named, or by
// `*`, with a weight above 0 and not below that of `identity`.
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace pgfleet::http
