#include "backup/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace pgfleet::backup {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kBlock = 256U << 10U;
constexpr std::size_t kHead = 64U << 10U;
constexpr std::size_t kTail = 256U << 10U;

constexpr std::array kMagics = {std::pair{"gzip"sv, "\x1f\x8b\x08"sv},
                                std::pair{"zstd"sv, "\x28\xb5\x2f\xfd"sv},
                                std::pair{"lz4"sv, "\x04\x22\x4d\x18"sv},
                                std::pair{"xz"sv,
                                          "\xfd"
                                          "7zXZ\0"sv},
                                std::pair{"bzip2"sv, "BZh"sv}};

// Keeps the ends of what comes through.
class Sink {
 public:
  explicit Sink(Unpacked& into) : into_(into) {}
  void Take(std::string_view bytes) {
    into_.size += static_cast<std::int64_t>(bytes.size());
    into_.head.append(bytes.substr(0, kHead - into_.head.size()));
    into_.tail.append(bytes);
    if (into_.tail.size() > 2 * kTail) into_.tail.erase(0, into_.tail.size() - kTail);
  }

 private:
  Unpacked& into_;
};

enum class Step : std::uint8_t { kMore, kDamaged };

// Each takes the bytes that were read and gives on what they hold. ended(): nothing more is
// expected, but another member may follow.
class Gzip {
 public:
  Gzip() { inflateInit2(&stream_, 15 + 16); }
  ~Gzip() { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  bool ended() const { return ended_; }
  Step Feed(std::string& in, std::string& out, Sink& sink, std::int64_t& left) {
    stream_.next_in = reinterpret_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    while (stream_.avail_in > 0 && left > 0) {
      // Zeros fill the last record of a tape.
      if (std::exchange(ended_, false)) {
        if (*stream_.next_in == 0) {
          ended_ = true;
          return Step::kMore;
        }
        inflateReset(&stream_);
      }
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(out.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      const auto made = out.size() - stream_.avail_out;
      sink.Take(std::string_view(out).substr(0, made));
      left -= static_cast<std::int64_t>(made);
      ended_ = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return Step::kDamaged;
    }
    return Step::kMore;
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

class Zstd {
 public:
  bool ended() const { return ended_; }
  Step Feed(std::string& in, std::string& out, Sink& sink, std::int64_t& left) {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), out.size()};
    // A full buffer may mean that more is held back.
    while ((from.pos < from.size || to.pos == to.size) && left > 0) {
      to.pos = 0;
      const std::size_t result = ZSTD_decompressStream(stream_.get(), &to, &from);
      if (ZSTD_isError(result) != 0) return Step::kDamaged;
      sink.Take(std::string_view(out).substr(0, to.pos));
      left -= static_cast<std::int64_t>(to.pos);
      ended_ = result == 0;
      if (from.pos == from.size && to.pos < to.size) break;
    }
    return Step::kMore;
  }

 private:
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_{ZSTD_createDStream(),
                                                                        &ZSTD_freeDStream};
  bool ended_ = false;
};

template <typename Decoder>
Unpacked Run(Source& source, UnpackLimits limits) {
  using End = Unpacked::End;
  Unpacked result;
  Sink sink(result);
  Decoder decoder;
  std::string out(kBlock, '\0');
  std::int64_t left = limits.out;
  for (std::int64_t at = 0; at < source.size();) {
    if (at >= limits.in || left <= 0) {
      result.end = End::kLimit;
      return result;
    }
    auto in = source.Read(at, kBlock);
    if (in.empty()) return result;
    at += static_cast<std::int64_t>(in.size());
    if (decoder.Feed(in, out, sink, left) == Step::kDamaged) return result;
  }
  result.end = left <= 0 ? End::kLimit : decoder.ended() ? End::kWhole : End::kDamaged;
  return result;
}

}  // namespace

std::string_view CompressionOf(Source& source) {
  const std::string head = source.Head(8);
  for (const auto& [name, magic] : kMagics)
    if (head.starts_with(magic)) return name;
  return "none";
}

bool CanUnpack(std::string_view compression) {
  return compression == "gzip" || compression == "zstd";
}

Unpacked Unpack(Source& source, std::string_view compression, UnpackLimits limits) {
  return compression == "gzip" ? Run<Gzip>(source, limits) : Run<Zstd>(source, limits);
}

}  // namespace pgfleet::backup
