#include "backup/judge_file.h"

#include "backup/archive.h"
#include "backup/plain.h"
#include "backup/source.h"
#include "backup/tar.h"
#include "backup/unpack.h"

namespace pgfleet::backup {
namespace {

constexpr std::int64_t kHeadIn = 1 << 20, kHeadOut = 4 << 20;
// A gigabyte takes some seconds.
constexpr std::int64_t kMostOut = std::int64_t{4} << 30;

Verdict JudgeContent(Source& source, bool thorough) {
  if (source.size() == 0) return {.format = format::kEmpty, .complete = false};
  if (auto plain = JudgePlain(source)) return *plain;
  if (auto custom = JudgeCustom(source, thorough)) return *custom;
  if (auto tar = JudgeTar(source)) return *tar;
  return {};
}

// A table's rows end in a line \. and two empty ones.
std::optional<bool> RowsEnd(Source& source, bool is_copy) {
  constexpr std::string_view kEnd = "\\.\n\n\n";
  if (!is_copy) return std::nullopt;
  return source.Tail(kEnd.size()) == kEnd;
}

// Unpacks it, as a whole where that is allowed, and asks `judge` about what was in it.
template <typename Judge>
FileVerdict JudgePacked(Source& source, std::string_view compression, bool thorough, Budget& budget,
                        Judge judge) {
  FileVerdict verdict;
  verdict.compression = compression;
  if (!CanUnpack(compression)) return verdict;
  const bool small = source.size() <= kLargestReadWhole;
  verdict.exhausted = thorough && small && source.size() > budget.bytes;
  const bool whole = thorough && small && !verdict.exhausted;
  if (whole) budget.bytes -= source.size();
  const auto unpacked =
      Unpack(source, compression,
             whole ? UnpackLimits{source.size(), kMostOut} : UnpackLimits{kHeadIn, kHeadOut});
  WindowSource content(unpacked.head, unpacked.tail, unpacked.size);
  const Verdict inside = judge(content);
  verdict.format = inside.format;
  if (unpacked.end == Unpacked::End::kWhole) verdict.complete = inside.complete;
  if (unpacked.end == Unpacked::End::kDamaged) verdict.complete = false;
  return verdict;
}

template <typename Judge>
FileVerdict JudgeWith(Disk& disk, const std::string& path, bool thorough, Budget& budget,
                      Judge judge) {
  const auto file = disk.Open(path);
  if (!file) return {{.error = file.error()}};
  FileSource source(**file);
  const auto compression = CompressionOf(source);
  FileVerdict verdict = compression == "none"
                            ? FileVerdict{judge(source)}
                            : JudgePacked(source, compression, thorough, budget, judge);
  verdict.error = source.error();
  if (verdict.error) verdict.complete.reset();
  return verdict;
}

}  // namespace

FileVerdict JudgeFile(Disk& disk, const std::string& path, bool thorough, Budget& budget) {
  return JudgeWith(disk, path, thorough, budget,
                   [&](Source& source) { return JudgeContent(source, thorough); });
}

FileVerdict JudgeRows(Disk& disk, const std::string& path, bool is_copy, bool thorough,
                      Budget& budget) {
  return JudgeWith(disk, path, thorough, budget,
                   [&](Source& source) { return Verdict{.complete = RowsEnd(source, is_copy)}; });
}

}  // namespace pgfleet::backup
