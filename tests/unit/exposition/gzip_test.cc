#include "exposition/gzip.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

namespace pgfleet::exposition {
namespace {

std::string Unpack(const std::string& packed, std::size_t size) {
  std::string text(size, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::size_t written = 0;
  const auto result = libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(),
                                                 text.data(), text.size(), &written);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(result, LIBDEFLATE_SUCCESS);
  EXPECT_EQ(written, size);
  return text;
}

TEST(Gzip, GivesBackWhatWentIn) {
  std::string page;
  for (int i = 0; i < 5000; ++i) page += "pgfleet_up{pg_node=\"" + std::to_string(i) + "\"} 1\n";
  const auto packed = Gzip(page);
  ASSERT_TRUE(packed);
  EXPECT_LT(packed->size(), page.size() / 4);
  EXPECT_EQ(Unpack(*packed, page.size()), page);
}

TEST(Gzip, TakesAnEmptyPage) {
  const auto packed = Gzip("");
  ASSERT_TRUE(packed);
  EXPECT_EQ(Unpack(*packed, 0), "");
}

}  // namespace
}  // namespace pgfleet::exposition
