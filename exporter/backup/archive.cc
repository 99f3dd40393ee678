#include "backup/archive.h"

// Written after the format's own description: a head, the entries, and in the custom format the
// blocks of data. Numbers are a sign and `integer_size` bytes, the least first; texts have their
// length before them.
namespace pgfleet::backup {
namespace {

constexpr std::string_view kMagic = "PGDMP";
constexpr int kOldestMinor = 12;  // 9.6
constexpr int kNewestMinor = 16;  // 17 and 18
constexpr std::uint8_t kCustomFormat = 1;
constexpr std::int64_t kMostEntries = 5'000'000;
constexpr std::int64_t kLongestTable = 256 << 20;
constexpr std::int64_t kLongestText = 64 << 20;

class TableReader {
 public:
  explicit TableReader(Source& source) : in_(source, 0) {}

  std::expected<Archive, ArchiveFault> Read() {
    ReadHead();
    const auto count = strange_ ? 0 : Integer();
    if (count < 0 || count > kMostEntries) strange_ = true;
    for (std::int64_t i = 0; i < count && Going(); ++i) ReadEntry();
    if (strange_ || in_.at() > kLongestTable) return std::unexpected(ArchiveFault::kStrange);
    if (!in_.ok()) return std::unexpected(ArchiveFault::kCut);
    archive_.end = in_.at();
    return std::move(archive_);
  }

 private:
  bool Going() const { return in_.ok() && !strange_ && in_.at() <= kLongestTable; }

  std::uint64_t Unsigned(std::size_t bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i) number |= std::uint64_t{in_.Byte()} << (8 * i);
    return number;
  }
  std::int64_t Integer() {
    const bool negative = in_.Byte() != 0;
    const auto number = Unsigned(archive_.integer_size);
    return static_cast<std::int64_t>(negative ? 0 - number : number);
  }
  // False: there is none.
  bool Text(std::string* into = nullptr) {
    const auto length = Integer();
    if (length > kLongestText || length < -1) strange_ = true;
    if (length < 0 || strange_) return false;
    if (into == nullptr)
      in_.Skip(length);
    else
      *into = in_.Bytes(static_cast<std::size_t>(length));
    return true;
  }
  void Texts(int count) {
    for (int i = 0; i < count; ++i) Text();
  }

  void ReadHead() {
    in_.Skip(static_cast<std::int64_t>(kMagic.size()));
    const int major = in_.Byte();
    minor_ = in_.Byte();
    in_.Skip(1);
    archive_.integer_size = in_.Byte();
    offset_size_ = in_.Byte();
    archive_.is_custom = in_.Byte() == kCustomFormat;
    if (in_.ok() && (major != 1 || minor_ < kOldestMinor || minor_ > kNewestMinor ||
                     archive_.integer_size > 8 || offset_size_ > 8))
      strange_ = true;
    if (strange_) return;
    if (minor_ >= 15)
      in_.Skip(1);
    else
      Integer();                            // the compression
    for (int i = 0; i < 7; ++i) Integer();  // when it was made
    Texts(3);                               // the database, the versions of server and program
  }

  void ReadEntry() {
    Archive::Entry entry;
    entry.id = Integer();
    entry.has_data = Integer() != 0;
    Texts(4);   // its catalog's OID and its own, tag, description
    Integer();  // section
    Texts(2);   // definition, how to drop it
    std::string copy;
    entry.is_copy = Text(&copy) && copy.starts_with("COPY");
    Texts(minor_ >= 14 ? 3 : 2);         // schema, tablespace, access method
    if (minor_ >= 16) Integer();         // kind of relation
    Texts(2);                            // owner, WITH OIDS
    while (Going() && Text()) continue;  // what it depends on
    if (archive_.is_custom)
      ReadOffset(entry);
    else
      Text(&entry.file);
    archive_.entries.push_back(std::move(entry));
  }

  void ReadOffset(Archive::Entry& entry) {
    constexpr unsigned char kNotSet = 1, kSet = 2, kNoData = 3;
    const auto state = in_.Byte();
    const auto offset = static_cast<std::int64_t>(Unsigned(offset_size_));
    if (in_.ok() && state != kNotSet && state != kSet && state != kNoData) strange_ = true;
    if (state == kSet) entry.offset = offset;
  }

  Cursor in_;
  Archive archive_;
  int minor_ = 0;
  std::size_t offset_size_ = 8;
  bool strange_ = false;
};

}  // namespace

bool IsArchive(Source& source) { return source.Head(kMagic.size()) == kMagic; }

std::expected<Archive, ArchiveFault> ReadArchive(Source& source) {
  return TableReader(source).Read();
}

}  // namespace pgfleet::backup
