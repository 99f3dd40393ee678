#include "exposition/gzip.h"

#include <libdeflate.h>

#include <memory>

namespace pgfleet::exposition {
namespace {

constexpr int kFastest = 1;

struct Free {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};
using Compressor = std::unique_ptr<libdeflate_compressor, Free>;

}  // namespace

std::optional<std::string> Gzip(std::string_view text) {
  // Made for each page and not kept by each thread: the many threads of a server would hold one
  // each.
  const Compressor compressor(libdeflate_alloc_compressor(kFastest));
  if (!compressor) return std::nullopt;
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  const std::size_t size = libdeflate_gzip_compress(compressor.get(), text.data(), text.size(),
                                                    packed.data(), packed.size());
  if (size == 0) return std::nullopt;
  packed.resize(size);
  return packed;
}

}  // namespace pgfleet::exposition
