#include "backup/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pgfleet::backup {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLargest = 32 << 20;

// Its last line is the checksum of the lines before.
bool EndsWithChecksum(Source& source) {
  constexpr std::string_view kKey = "\n\"Manifest-Checksum\": \"", kEnd = "\"}\n";
  constexpr std::size_t kDigits = 64;
  const std::string tail = source.Tail(kKey.size() + kDigits + kEnd.size());
  return tail.starts_with(kKey) && tail.ends_with(kEnd) &&
         std::ranges::all_of(tail.substr(kKey.size(), kDigits), [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Takes path and size of each file while the text is read, so that no tree of it is built.
class Files : public nlohmann::json_sax<Json> {
 public:
  std::vector<Manifest::Entry> entries;
  bool all_named = true;

  bool key(string_t& name) override {
    key_ = name;
    return true;
  }
  bool string(string_t& value) override {
    if (key_ == "Path") entry_.path = value;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (key_ == "Size") entry_.size = static_cast<std::int64_t>(value);
    return true;
  }
  bool start_object(std::size_t /*elements*/) override {
    ++depth_;
    entry_ = {};
    return true;
  }
  bool end_object() override {
    constexpr int kOfFile = 2;
    if (depth_-- != kOfFile || !in_files_) return true;
    all_named = all_named && !entry_.path.empty();
    entries.push_back(std::move(entry_));
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    in_files_ = key_ == "Files";
    return true;
  }
  bool end_array() override {
    in_files_ = false;
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*why*/) override {
    return false;
  }

 private:
  std::string key_;
  Manifest::Entry entry_;
  int depth_ = 0;
  bool in_files_ = false;
};

}  // namespace

std::optional<Manifest> ReadManifest(Source& source) {
  if (!EndsWithChecksum(source)) return std::nullopt;
  if (source.size() > kLargest) return Manifest{};
  Files files;
  if (!Json::sax_parse(source.Head(static_cast<std::size_t>(source.size())), &files))
    return std::nullopt;
  if (!files.all_named) return Manifest{};
  return Manifest{std::move(files.entries)};
}

}  // namespace pgfleet::backup
