#include "config/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace pgfleet::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

Place PlaceOf(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? offset : offset - newline - 1;
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1, static_cast<int>(column) + 1};
}

struct Lead {
  unsigned char first, last;  // of the lead byte
  unsigned char low, high;    // of the second byte: excludes overlong forms and surrogates
  std::size_t length;
};
constexpr Lead kLeads[] = {{0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                           {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
                           {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
                           {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};

// How many bytes the character at the front takes; 0 when it is not UTF-8.
std::size_t CharacterLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  for (const Lead& lead : kLeads) {
    if (byte(0) < lead.first || byte(0) > lead.last) continue;
    if (text.size() < lead.length || byte(1) < lead.low || byte(1) > lead.high) return 0;
    for (std::size_t i = 2; i < lead.length; ++i)
      if ((byte(i) & 0xC0) != 0x80) return 0;
    return lead.length;
  }
  return 0;
}

bool IsForbiddenControl(char c) {
  return (c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
}

bool CheckBytes(std::string_view text, Faults& faults) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = CharacterLength(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0) {
      faults.Add(PlaceOf(text, at), fmt::format("byte 0x{:02X} is not valid UTF-8", byte));
      return false;
    }
    if (IsForbiddenControl(text[at])) {
      faults.Add(PlaceOf(text, at), fmt::format("control character 0x{:02X} in the file", byte));
      return false;
    }
    at += length;
  }
  return true;
}

std::string TooLarge() { return "the file is larger than 2 MiB"; }

std::string Errno(std::string_view what) {
  return fmt::format("{}: {}", what, std::generic_category().message(errno));
}

// What the parser remembers of such a character may be a hundred times as large.
struct Costly {
  std::string_view characters;
  std::ptrdiff_t most;
  std::string_view what;
};
constexpr Costly kCostly[] = {{",[{", 50'000, "brackets and commas"},
                              {"\"'&*", 200'000, "quotes, anchors and aliases"}};

}  // namespace

bool CheckText(std::string_view text, Faults& faults) {
  if (text.size() > kLargestFile) {
    faults.Add({}, TooLarge());
    return false;
  }
  if (!CheckBytes(text, faults)) return false;
  for (const Costly& costly : kCostly) {
    const auto is_one = [&](char c) { return costly.characters.contains(c); };
    if (std::ranges::count_if(text, is_one) <= costly.most) continue;
    faults.Add({}, fmt::format("more than {} {}", costly.most, costly.what));
    return false;
  }
  return true;
}

std::expected<std::string, std::string> ReadConfigFile(const std::string& path) {
  // O_NONBLOCK: a FIFO in the place of the file must not hang the start.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.value() < 0) return std::unexpected(Errno("the file cannot be opened"));
  struct stat status{};
  if (::fstat(file.value(), &status) != 0)
    return std::unexpected(Errno("the file cannot be examined"));
  if (!S_ISREG(status.st_mode)) return std::unexpected("not a regular file");
  if (status.st_size > static_cast<off_t>(kLargestFile)) return std::unexpected(TooLarge());
  std::string text(kLargestFile + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.value(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(Errno("the file cannot be read"));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kLargestFile) return std::unexpected(TooLarge());
  text.resize(size);
  return text;
}

}  // namespace pgfleet::config
