// Archives put together here, byte by byte, in every version of the format; those that pg_dump
// writes are in tests/backups.
#include "backup/archive.h"

#include <gtest/gtest.h>

#include <random>

namespace pgfleet::backup {
namespace {

class Bytes {
 public:
  Bytes& Byte(int value) {
    text_ += static_cast<char>(value);
    return *this;
  }
  Bytes& Integer(std::int64_t value) {
    Byte(value < 0 ? 1 : 0);
    return Number(static_cast<std::uint64_t>(value < 0 ? -value : value), 4);
  }
  Bytes& Number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) Byte(static_cast<int>(value >> (8 * i) & 0xffU));
    return *this;
  }
  Bytes& Text(std::string_view text) {
    Integer(static_cast<std::int64_t>(text.size()));
    text_ += text;
    return *this;
  }
  Bytes& Nothing() { return Integer(-1); }
  Bytes& Raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

constexpr int kSet = 2, kNoData = 3;

void AddHead(Bytes& out, int minor) {
  out.Raw("PGDMP").Byte(1).Byte(minor).Byte(0).Byte(4).Byte(8).Byte(1);
  if (minor >= 15)
    out.Byte(1);
  else
    out.Integer(-1);
  for (int i = 0; i < 7; ++i) out.Integer(i);
  out.Text("orders").Text("17.2").Text("17.2");
}

void AddEntry(Bytes& out, int minor, int id, bool has_data, std::uint64_t offset) {
  out.Integer(id).Integer(has_data ? 1 : 0).Text("0").Text("0").Text("t").Text("TABLE DATA");
  out.Integer(3).Nothing().Nothing().Text("COPY t FROM stdin;\n").Text("public").Nothing();
  if (minor >= 14) out.Nothing();
  if (minor >= 16) out.Integer('r');
  out.Text("me").Text("false").Text("7").Nothing();
  out.Byte(has_data ? kSet : kNoData).Number(offset, 8);
}

// With two blocks of rows, the second behind the first.
std::string Archived(int minor) {
  std::string archive;
  std::uint64_t first = 0, second = 0;
  // The offsets are known once the table is written.
  for (int pass = 0; pass < 2; ++pass) {
    Bytes out;
    AddHead(out, minor);
    out.Integer(3);
    AddEntry(out, minor, 10, false, 0);
    AddEntry(out, minor, 11, true, first);
    AddEntry(out, minor, 12, true, second);
    first = out.text().size();
    out.Byte(1).Integer(11).Integer(5).Raw("rows1").Integer(0);
    second = out.text().size();
    out.Byte(1).Integer(12).Integer(5).Raw("rows2").Integer(5).Raw("rows3").Integer(0);
    archive = out.text();
  }
  return archive;
}

std::optional<Verdict> Judged(const std::string& text, bool thorough = true) {
  WindowSource source(text, text, static_cast<std::int64_t>(text.size()));
  return JudgeCustom(source, thorough);
}

TEST(ArchiveTest, EveryVersionSinceNinePointSixIsRead) {
  for (int minor = 12; minor <= 16; ++minor) {
    const auto text = Archived(minor);
    WindowSource source(text, text, static_cast<std::int64_t>(text.size()));
    const auto archive = ReadArchive(source);
    ASSERT_TRUE(archive.has_value()) << minor;
    ASSERT_EQ(archive->entries.size(), 3U);
    EXPECT_EQ(archive->entries[1].id, 11);
    EXPECT_EQ(archive->entries[1].offset, archive->end);
    EXPECT_TRUE(archive->entries[1].is_copy);
    EXPECT_EQ(Judged(text)->complete, true) << minor;
    EXPECT_EQ(Judged(text, false)->complete, true) << minor;
  }
}

TEST(ArchiveTest, NoCutIsWhole) {
  const auto text = Archived(16);
  for (std::size_t cut = 5; cut < text.size(); ++cut) {
    EXPECT_EQ(Judged(text.substr(0, cut))->complete, false) << cut;
    EXPECT_NE(Judged(text.substr(0, cut), false)->complete, true) << cut;
  }
}

TEST(ArchiveTest, AVersionThatIsNotKnownIsNotJudged) {
  auto text = Archived(16);
  text[6] = 17;
  EXPECT_EQ(Judged(text)->complete, std::nullopt);
  EXPECT_EQ(Judged(text)->format, "custom");
}

// The sizes of numbers were taken from a damaged head as they stood there.
TEST(ArchiveTest, ADamagedHeadIsSurvived) {
  auto text = Archived(14);
  text[8] = static_cast<char>(200);
  EXPECT_EQ(Judged(text)->complete, std::nullopt);
  std::mt19937 random(20261127);  // NOLINT(cert-msc51-cpp): the same damage every time
  for (int i = 0; i < 3'000; ++i) {
    auto damaged = Archived(12 + i % 5);
    for (int changes = 0; changes < 4; ++changes)
      damaged[5 + random() % (damaged.size() - 5)] = static_cast<char>(random());
    EXPECT_TRUE(Judged(damaged).has_value());
  }
}

}  // namespace
}  // namespace pgfleet::backup
