#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backup/source.h"

namespace pgfleet::backup {

// gzip, zstd, lz4, xz, bzip2; "none" where it is not compressed by any of them.
std::string_view CompressionOf(Source& source);
// Whether Unpack knows how.
bool CanUnpack(std::string_view compression);

struct UnpackLimits {
  std::int64_t in = 0;   // bytes read at most
  std::int64_t out = 0;  // bytes unpacked at most
};

struct Unpacked {
  // kWhole: up to the end, and the checksums in it are right; kDamaged: it is not, or something is
  // wrong; kLimit: a limit was met before.
  enum class End : std::uint8_t { kWhole, kDamaged, kLimit };
  End end = End::kDamaged;
  std::string head;  // the first 64 KiB at most
  std::string tail;  // the last 256 KiB at least, or all
  std::int64_t size = 0;
};

// REQUIRES: CanUnpack(compression).
Unpacked Unpack(Source& source, std::string_view compression, UnpackLimits limits);

}  // namespace pgfleet::backup
