#include "backup/tar.h"

#include <algorithm>
#include <array>
#include <string>

namespace pgfleet::backup {
namespace {

constexpr std::int64_t kBlock = 512;
// Two blocks of zeros are the end; programs that write to tapes fill a record up.
constexpr std::int64_t kEnd = 2 * kBlock;
constexpr int kMostMembers = 4096;

struct Member {
  std::string name;
  std::int64_t size = 0;
};

bool IsZero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

// Octal digits, or a binary number behind a set bit where those do not suffice; absent: neither.
std::optional<std::int64_t> ReadNumber(std::string_view field) {
  std::int64_t number = 0;
  const bool binary = (static_cast<unsigned char>(field[0]) & 0x80U) != 0;
  if (binary) {
    for (const char c : field.substr(field.size() - 8))
      number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) << 8U |
                                         static_cast<unsigned char>(c));
    return number < 0 ? std::nullopt : std::optional(number);
  }
  bool seen = false;
  for (const char c : field) {
    if (c == ' ' && !seen) continue;
    if (c < '0' || c > '7') break;
    seen = true;
    number = number * 8 + (c - '0');
  }
  return seen ? std::optional(number) : std::nullopt;
}

bool SumIsRight(std::string_view header) {
  constexpr std::size_t kSumAt = 148, kSumSize = 8;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool of_sum = i >= kSumAt && i < kSumAt + kSumSize;
    sum += of_sum ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return ReadNumber(header.substr(kSumAt, kSumSize)) == sum;
}

std::optional<Member> ReadHeader(std::string_view header) {
  if (static_cast<std::int64_t>(header.size()) < kBlock || IsZero(header) || !SumIsRight(header))
    return std::nullopt;
  constexpr std::int64_t kLargest = std::int64_t{1} << 60;
  const auto size = ReadNumber(header.substr(124, 12));
  if (!size || *size > kLargest) return std::nullopt;
  const std::string_view name = header.substr(0, 100);
  return Member{std::string(name.substr(0, name.find('\0'))), *size};
}

std::int64_t Padded(std::int64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

// Whether there is an end of a tar at `at` and nothing else up to the end of the file.
bool EndsAt(Source& source, std::int64_t at) {
  constexpr std::int64_t kLongest = 1 << 20;
  const auto rest = source.size() - at;
  return rest >= kEnd && rest <= kLongest &&
         IsZero(source.Read(at, static_cast<std::size_t>(rest)));
}

// Looks from the end backwards for a member that leads to it. Absent: its last member is longer
// than what is looked at.
std::optional<bool> SomeMemberLeadsToEnd(Source& source) {
  constexpr std::size_t kTail = 256U << 10U;
  const std::string tail = source.Tail(kTail);
  const auto tail_at = source.size() - static_cast<std::int64_t>(tail.size());
  for (auto at = source.size() / kBlock * kBlock - kBlock; at >= tail_at; at -= kBlock) {
    const auto member =
        ReadHeader(std::string_view(tail).substr(static_cast<std::size_t>(at - tail_at), kBlock));
    if (member && EndsAt(source, at + kBlock + Padded(member->size))) return true;
  }
  const auto end = std::min(tail.size(), static_cast<std::size_t>(kEnd));
  return IsZero(std::string_view(tail).substr(tail.size() - end)) ? std::nullopt
                                                                  : std::optional(false);
}

class Walk {
 public:
  explicit Walk(Source& source) : source_(source) {}

  // Whether the tar ends as it should; absent: it has more members than are gone through.
  std::optional<bool> Go() {
    std::int64_t at = 0;
    for (int i = 0; i < kMostMembers; ++i) {
      const std::string header = source_.Read(at, kBlock);
      const auto member = ReadHeader(header);
      if (!member) return EndsAt(source_, at);
      Note(member->name, i == 0);
      const auto next = at + kBlock + Padded(member->size);
      if (next <= at || next > source_.size()) return false;
      at = next;
    }
    return std::nullopt;
  }
  std::string_view format() const {
    if (is_dump_) return format::kDumpTar;
    if (has_label_) return format::kBasebackupTar;
    return has_version_ && has_control_ ? format::kDataTar : format::kUnknown;
  }

 private:
  void Note(std::string_view name, bool first) {
    const std::string_view file = name.substr(name.rfind('/') + 1);
    is_dump_ = is_dump_ || (first && name == "toc.dat");
    has_label_ = has_label_ || file == "backup_label";
    has_version_ = has_version_ || file == "PG_VERSION";
    has_control_ = has_control_ || file == "pg_control";
  }

  Source& source_;
  bool is_dump_ = false, has_label_ = false, has_version_ = false, has_control_ = false;
};

}  // namespace

std::optional<Verdict> JudgeTar(Source& source) {
  if (!ReadHeader(source.Head(kBlock))) return std::nullopt;
  Walk walk(source);
  auto complete = walk.Go();
  // Long ones: that the end is not there says as much as before, that it is there a little less.
  if (!complete || source.blind()) complete = SomeMemberLeadsToEnd(source);
  return Verdict{.format = walk.format(), .complete = complete};
}

}  // namespace pgfleet::backup
