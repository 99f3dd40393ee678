#include "backup/source.h"

#include <algorithm>

namespace pgfleet::backup {

std::string Source::Tail(std::size_t length) {
  const auto begin = std::max<std::int64_t>(0, size() - static_cast<std::int64_t>(length));
  return Read(begin, static_cast<std::size_t>(size() - begin));
}

std::string FileSource::Read(std::int64_t offset, std::size_t length) {
  if (offset >= size()) return "";
  auto bytes = file_.Read(offset, length);
  if (bytes) return std::move(*bytes);
  BecomeBlind(bytes.error());
  return "";
}

std::string WindowSource::Read(std::int64_t offset, std::size_t length) {
  const auto end = std::min(size_, offset + static_cast<std::int64_t>(length));
  if (offset >= end) return "";
  const auto take = [&](std::string_view from, std::int64_t begin) {
    return std::string(from.substr(static_cast<std::size_t>(offset - begin),
                                   static_cast<std::size_t>(end - offset)));
  };
  const auto tail_begin = size_ - static_cast<std::int64_t>(tail_.size());
  if (end <= static_cast<std::int64_t>(head_.size())) return take(head_, 0);
  if (offset >= tail_begin) return take(tail_, tail_begin);
  BecomeBlind();
  return "";
}

std::string WindowSource::ReadSome(std::int64_t offset, std::size_t length) {
  const auto head_left = static_cast<std::int64_t>(head_.size()) - offset;
  if (head_left > 0) length = std::min(length, static_cast<std::size_t>(head_left));
  return Read(offset, length);
}

void Cursor::Fill() {
  constexpr std::size_t kBlock = 32U << 10U;
  const auto block_end = block_at_ + static_cast<std::int64_t>(block_.size());
  if (at_ >= block_at_ && at_ < block_end) return;
  block_ = source_.ReadSome(at_, kBlock);
  block_at_ = at_;
  if (block_.empty()) ok_ = false;
}

unsigned char Cursor::Byte() {
  Fill();
  if (!ok_) return 0;
  return static_cast<unsigned char>(block_[static_cast<std::size_t>(at_++ - block_at_)]);
}

std::string Cursor::Bytes(std::size_t length) {
  if (static_cast<std::int64_t>(length) > source_.size() - at_) ok_ = false;
  std::string bytes;
  while (ok_ && bytes.size() < length) {
    Fill();
    if (!ok_) return "";
    const auto from = static_cast<std::size_t>(at_ - block_at_);
    const auto more = std::min(length - bytes.size(), block_.size() - from);
    bytes.append(block_, from, more);
    at_ += static_cast<std::int64_t>(more);
  }
  return ok_ ? bytes : "";
}

void Cursor::Skip(std::int64_t length) {
  if (length < 0 || length > source_.size() - at_) ok_ = false;
  if (ok_) at_ += length;
}

}  // namespace pgfleet::backup
