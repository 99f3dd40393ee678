#include "archive/unpack.h"

#include <libdeflate.h>

#include <memory>

namespace pgfleet::archive {
namespace {

struct Free {
  void operator()(libdeflate_decompressor* it) const { libdeflate_free_decompressor(it); }
};

std::optional<std::string> Gunzip(std::string_view packed, std::size_t most) {
  const std::unique_ptr<libdeflate_decompressor, Free> unpacker(libdeflate_alloc_decompressor());
  if (!unpacker) return std::nullopt;
  std::string text(most, '\0');
  std::size_t size = 0;
  const auto result = libdeflate_gzip_decompress(unpacker.get(), packed.data(), packed.size(),
                                                 text.data(), text.size(), &size);
  if (result != LIBDEFLATE_SUCCESS) return std::nullopt;
  text.resize(size);
  return text;
}

}  // namespace

std::optional<std::string> Unpack(std::string_view packed, Packing packing, std::size_t most) {
  if (packing == Packing::kPlain) return std::string(packed);
  if (packing == Packing::kGzip) return Gunzip(packed, most);
  return std::nullopt;
}

}  // namespace pgfleet::archive
