#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backup/disk.h"

namespace pgfleet::backup {

// Bytes to be judged: a file's, or what came out of a compressed one. What cannot be read leaves
// the source blind; what was concluded from it then holds no more than that.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::int64_t size() const = 0;
  // Shorter at the end, empty where it cannot be read.
  virtual std::string Read(std::int64_t offset, std::size_t length) = 0;

  // Less where less is at hand; at least a byte, but at the end and where nothing can be read.
  virtual std::string ReadSome(std::int64_t offset, std::size_t length) {
    return Read(offset, length);
  }

  std::string Head(std::size_t length) { return Read(0, length); }
  std::string Tail(std::size_t length);
  bool blind() const { return blind_; }
  std::error_code error() const { return error_; }

 protected:
  void BecomeBlind(std::error_code error = {}) {
    blind_ = true;
    if (!error_) error_ = error;
  }

 private:
  bool blind_ = false;
  std::error_code error_;
};

class FileSource : public Source {
 public:
  explicit FileSource(File& file) : file_(file) {}
  std::int64_t size() const override { return file_.size(); }
  std::string Read(std::int64_t offset, std::size_t length) override;

 private:
  File& file_;
};

// Of which only beginning and end are at hand.
class WindowSource : public Source {
 public:
  WindowSource(std::string head, std::string tail, std::int64_t size)
      : head_(std::move(head)), tail_(std::move(tail)), size_(size) {}
  std::int64_t size() const override { return size_; }
  std::string Read(std::int64_t offset, std::size_t length) override;
  std::string ReadSome(std::int64_t offset, std::size_t length) override;

 private:
  std::string head_, tail_;
  std::int64_t size_;
};

// Reads a source from front to back, in blocks.
class Cursor {
 public:
  Cursor(Source& source, std::int64_t at) : source_(source), block_at_(at), at_(at) {}

  std::int64_t at() const { return at_; }
  // False once more was asked for than there is.
  bool ok() const { return ok_; }
  unsigned char Byte();
  std::string Bytes(std::size_t length);  // "" where there are less
  void Skip(std::int64_t length);

 private:
  // Has the block hold at_, or ok_ be false.
  void Fill();

  Source& source_;
  std::string block_;
  std::int64_t block_at_;
  std::int64_t at_;
  bool ok_ = true;
};

}  // namespace pgfleet::backup
