#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfleet::archive {

enum class FileKind : std::uint8_t {
  kSegment,
  kPartial,    // 24 digits and ".partial"
  kHistory,    // of a timeline
  kBackup,     // backup history
  kTemporary,  // being copied, or a rest of it
  kForeign,
};

// By what a file was packed; then its size says nothing of what it holds.
enum class Packing : std::uint8_t { kPlain, kGzip, kZstd, kLz4, kBzip2, kXz, kLzo, kBrotli };

// What the name of a file in an archive says. A segment is named by the halves of its number,
// whose meaning depends on the size of segments.
struct FileName {
  FileKind kind = FileKind::kForeign;
  Packing packing = Packing::kPlain;
  std::uint32_t timeline = 0;
  std::uint32_t log = 0, segment = 0;  // not of timeline history files
};

// Any bytes. (PostgreSQL: xlog_internal.h; pg_receivewal for "X.gz.partial")
FileName Classify(std::string_view name);

}  // namespace pgfleet::archive
