#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pgfleet::config {

// What the value of a connection keyword is, and so how it is checked.
enum class KeywordKind : std::uint8_t {
  kText,
  kHost,          // one host, no spaces
  kAddress,       // one IP address
  kPort,          // one number, 1 .. 65535
  kNumber,        // a whole number, possibly negative
  kChoice,        // one of `choices`
  kFile,          // readable
  kPrivateFile,   // readable, not accessible to group or others: libpq ignores it otherwise
  kPasswordFile,  // the same, but systemd's credentials are fine unless others can read them
  kDirectory,     // exists
  kSecret,        // one ${ENV} reference and nothing else
  kRefused,       // see `note`
};

struct Keyword {
  std::string_view name;
  KeywordKind kind = KeywordKind::kText;
  std::span<const std::string_view> choices;  // for kChoice
  std::string_view
      note;  // for kRefused: why, and what to do; otherwise what the reference says about it
};

// The connection keywords of libpq 15 and our own `password_file`.
std::span<const Keyword> Keywords();
const Keyword* FindKeyword(std::string_view name);

// The names that are accepted, for suggestions and the reference.
std::span<const std::string_view> AcceptedKeywords();

}  // namespace pgfleet::config
