#include "drift/fingerprint.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <stdexcept>

namespace pgfleet::drift {
namespace {

constexpr std::size_t kBytesKept = 6;

// The same on every machine, whatever its byte order.
void AppendBytes(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<unsigned char>(number >> shift)));
}

}  // namespace

Fingerprint& Fingerprint::Add(std::string_view text) {
  added_.push_back('t');
  AppendBytes(added_, text.size());
  added_.append(text);
  return *this;
}

Fingerprint& Fingerprint::AddNumber(std::int64_t number) {
  added_.push_back('n');
  AppendBytes(added_, static_cast<std::uint64_t>(number));
  return *this;
}

std::uint64_t Fingerprint::Value() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(added_.data(), added_.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kBytesKept; ++i) value = value << 8 | digest[i];
  return value;
}

}  // namespace pgfleet::drift
