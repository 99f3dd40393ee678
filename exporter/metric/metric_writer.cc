#include "metric/metric_writer.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace pgfleet::metric {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

constexpr bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 && byte != '\\' && byte != '"' && byte != '\n';
}

constexpr bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// How many bytes the lead byte announces and the range of the second byte that Unicode allows after
// it (RFC 3629, section 4): this is what keeps out overlong forms, surrogates and what lies above
// U+10FFFF. 0: no lead byte.
struct Sequence {
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
};
constexpr Sequence SequenceOf(unsigned char lead) {
  if (lead < 0x80) return {1};
  if (lead < 0xC2) return {0};
  if (lead < 0xE0) return {2};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

// Length of the valid character that `text` begins with; 0 when there is none.
std::size_t CharacterLength(std::string_view text) {
  const Sequence sequence = SequenceOf(static_cast<unsigned char>(text[0]));
  if (sequence.length == 0 || sequence.length > text.size()) return 0;
  if (sequence.length == 1) return 1;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < sequence.low || second > sequence.high) return 0;
  for (std::size_t i = 2; i < sequence.length; ++i)
    if (!IsContinuation(text[i])) return 0;
  return sequence.length;
}

// Where the next byte of a line goes. Whoever makes one has made room for all that is put.
class Cursor {
 public:
  explicit Cursor(char* at) : at_(at) {}
  void Put(char c) { *at_++ = c; }
  void Put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void PutNumber(double value);
  char* at() const { return at_; }

 private:
  char* at_;
};

void PutEscaped(Cursor& out, std::string_view character) {
  switch (character[0]) {
    case '\\':
      return out.Put("\\\\");
    case '"':
      return out.Put("\\\"");
    case '\n':
      return out.Put("\\n");
    default:
      return out.Put(character);
  }
}

// FNV-1a: not secret, only spread enough that two names stay two.
std::uint32_t Hash(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

void PutHash(Cursor& out, std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint32_t hash = Hash(raw);
  out.Put('~');
  for (int shift = 20; shift >= 0; shift -= 4) out.Put(kDigits[(hash >> shift) & 0xF]);
}

// For values with a byte that is not plain ASCII.
void PutUnusual(Cursor& out, std::string_view raw) {
  bool invalid = false;
  for (std::string_view rest = raw; !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    if (length == 0) {
      out.Put(kReplacement);
      invalid = true;
    } else {
      PutEscaped(out, rest.substr(0, length));
    }
    rest.remove_prefix(length == 0 ? 1 : length);
  }
  if (invalid) PutHash(out, raw);
}

void PutSafe(Cursor& out, std::string_view raw) {
  for (const char c : raw)
    if (!IsPlain(c)) return PutUnusual(out, raw);
  out.Put(raw);
}

// The most that PutSafe writes: every byte replaced, and the hash.
constexpr std::size_t RoomForValue(std::string_view raw) {
  return raw.size() * kReplacement.size() + 7;
}
constexpr std::size_t kRoomForNumber = 32;

void Cursor::PutNumber(double value) {
  if (std::isinf(value)) return Put(value > 0 ? "+Inf" : "-Inf");
  constexpr double kExact = 9007199254740992;  // 2^53: up to here every integer is itself
  const bool whole = std::abs(value) <= kExact && std::trunc(value) == value;
  char* const end = at_ + kRoomForNumber;
  at_ = whole ? std::to_chars(at_, end, static_cast<std::int64_t>(value)).ptr
              : std::to_chars(at_, end, value).ptr;
}

// Calls `put` with a cursor at the end of `out` that has room for `most` bytes more.
template <typename Put>
void Extend(std::string& out, std::size_t most, Put put) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + most, [&](char* text, std::size_t) {
    Cursor cursor(text + before);
    put(cursor);
    return static_cast<std::size_t>(cursor.at() - text);
  });
}

// Puts what stands between two labels before every label but the first.
class LabelList {
 public:
  LabelList(Cursor& out, std::string_view standard) : out_(out) {
    if (standard.empty()) return;
    out_.Put('{');
    out_.Put(standard);
    any_ = true;
  }
  void Add(std::string_view name, std::string_view value) {
    if (value.empty()) return;  // for Prometheus an empty label is no label
    out_.Put(any_ ? ',' : '{');
    any_ = true;
    out_.Put(name);
    out_.Put("=\"");
    PutSafe(out_, value);
    out_.Put('"');
  }
  void End() {
    if (any_) out_.Put('}');
  }

 private:
  Cursor& out_;
  bool any_ = false;
};

constexpr std::size_t RoomForLabel(std::string_view name, std::string_view value) {
  return name.size() + RoomForValue(value) + 4;
}

std::string StandardLabel(std::string_view name, std::string_view value) {
  return std::string(name).append("=\"").append(SafeLabelValue(value)).append("\"");
}

}  // namespace

MetricWriter::MetricWriter(std::span<const MetricDesc* const> families) : lines_(families.size()) {
  for (std::size_t i = 0; i < families.size(); ++i) index_.emplace(families[i], i);
}

void MetricWriter::EnterProcess() {
  scope_ = Scope::kProcess;
  standard_labels_.clear();
}

void MetricWriter::EnterCluster(std::string_view cluster) {
  scope_ = Scope::kCluster;
  standard_labels_ = StandardLabel("pg_cluster", cluster);
}

void MetricWriter::EnterNode(std::string_view cluster, std::string_view node) {
  EnterCluster(cluster);
  scope_ = Scope::kNode;
  standard_labels_ += ',';
  standard_labels_ += StandardLabel("pg_node", node);
}

void MetricWriter::Write(const MetricDesc& desc, Labels labels, double value) {
  WriteSample(desc, labels, std::nullopt, value);
}

void MetricWriter::WriteStates(const MetricDesc& desc, Labels labels,
                               std::span<const std::string_view> states,
                               std::optional<std::string_view> current) {
  for (const std::string_view state : states)
    WriteSample(desc, labels, state, state == current ? 1 : 0);
}

std::string& MetricWriter::Buffer(const MetricDesc& desc) {
  const auto found = index_.find(&desc);
  if (found == index_.end() || desc.scope != scope_) std::abort();
  return lines_[found->second];
}

void MetricWriter::WriteSample(const MetricDesc& desc, Labels labels,
                               std::optional<std::string_view> state, double value) {
  std::string& out = Buffer(desc);
  if (labels.size() + (state ? 1 : 0) != desc.labels.size()) std::abort();
  if (std::isnan(value)) return;
  std::size_t most = desc.name.size() + standard_labels_.size() + kRoomForNumber + 4;
  auto name = desc.labels.begin();
  for (const std::string_view label : labels) most += RoomForLabel(*name++, label);
  if (state) most += RoomForLabel(*name, *state);
  Extend(out, most, [&](Cursor& line) {
    line.Put(desc.name);
    LabelList list(line, standard_labels_);
    name = desc.labels.begin();
    for (const std::string_view label : labels) list.Add(*name++, label);
    if (state) list.Add(*name, *state);
    list.End();
    line.Put(' ');
    line.PutNumber(value);
    line.Put('\n');
  });
  ++samples_;
}

void AppendNumber(std::string& out, double value) {
  Extend(out, kRoomForNumber, [&](Cursor& cursor) { cursor.PutNumber(value); });
}

std::string SafeLabelValue(std::string_view raw) {
  std::string out;
  Extend(out, RoomForValue(raw), [&](Cursor& cursor) { PutSafe(cursor, raw); });
  return out;
}

}  // namespace pgfleet::metric
