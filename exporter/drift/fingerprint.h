#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfleet::drift {

// The first 48 bits of the SHA-256 of what was added, in that order: a double holds them exactly.
// ("ab", "c") and ("a", "bc") differ, and so do a number and its digits. A list that others follow
// needs its length before it.
class Fingerprint {
 public:
  Fingerprint& Add(std::string_view text);
  Fingerprint& AddNumber(std::int64_t number);

  // Of all so far. Throws when OpenSSL has no SHA-256.
  std::uint64_t Value() const;

 private:
  std::string added_;
};

}  // namespace pgfleet::drift
