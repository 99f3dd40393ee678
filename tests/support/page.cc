#include "support/page.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>

namespace pgfleet::test {
namespace {

// Walks over one sample line.
class LineReader {
 public:
  explicit LineReader(const std::string& line) : line_(line) {}

  Sample Read() {
    Sample sample;
    sample.name = Name(true);
    if (Next('{')) sample.labels = Labels();
    if (!Next(' ')) Fail("no space before the value");
    sample.value = Number();
    return sample;
  }

 private:
  [[noreturn]] void Fail(const std::string& why) const {
    throw std::runtime_error(why + " in: " + line_);
  }

  bool Next(char c) {
    if (at_ >= line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string Name(bool colon_allowed) {
    const std::size_t start = at_;
    while (at_ < line_.size()) {
      const auto c = static_cast<unsigned char>(line_[at_]);
      const bool digit_allowed = at_ > start;
      if (std::isalpha(c) == 0 && c != '_' && !(colon_allowed && c == ':') &&
          !(digit_allowed && std::isdigit(c) != 0))
        break;
      ++at_;
    }
    if (at_ == start) Fail("no name at column " + std::to_string(at_));
    return line_.substr(start, at_ - start);
  }

  LabelMap Labels() {
    LabelMap labels;
    while (!Next('}')) {
      if (!labels.empty() && !Next(',')) Fail("no comma between labels");
      const std::string name = Name(false);
      if (!Next('=') || !Next('"')) Fail("no quoted value");
      if (!labels.emplace(name, QuotedText()).second) Fail("label twice");
    }
    return labels;
  }

  std::string QuotedText() {
    std::string text;
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') return text;
      text += c == '\\' ? Escaped() : c;
    }
    Fail("label value without its end");
  }

  char Escaped() {
    const char c = at_ < line_.size() ? line_[at_++] : '\0';
    if (c == 'n') return '\n';
    if (c != '\\' && c != '"') Fail("unknown escape");
    return c;
  }

  double Number() {
    const std::string text = line_.substr(at_);
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || std::isspace(static_cast<unsigned char>(text[0])) != 0)
      Fail("no number");
    return value;
  }

  const std::string& line_;
  std::size_t at_ = 0;
};

bool HasAll(const Sample& sample, const LabelMap& labels) {
  for (const auto& [name, value] : labels) {
    const auto found = sample.labels.find(name);
    if (found == sample.labels.end() || found->second != value) return false;
  }
  return true;
}

// Length of the UTF-8 sequence that this byte begins; 0 when it begins none.
std::size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = SequenceLength(static_cast<unsigned char>(text[at]));
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i)
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return false;
    at += length;
  }
  return true;
}

}  // namespace

Page::Page(std::string_view text) {
  if (!IsUtf8(text)) throw std::runtime_error("the page is not UTF-8");
  if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line has no end");
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#'))
      ReadComment(line);
    else if (!line.empty())
      Read(line);
  }
}

void Page::Read(const std::string& line) {
  Sample sample = LineReader(line).Read();
  if (std::isnan(sample.value)) throw std::runtime_error("NaN in: " + line);
  for (const Sample& other : samples_)
    if (other.name == sample.name && other.labels == sample.labels)
      throw std::runtime_error("series twice: " + line);
  samples_.push_back(std::move(sample));
}

void Page::ReadComment(const std::string& line) {
  std::istringstream in(line);
  std::string hash, keyword, name, type;
  in >> hash >> keyword >> name >> type;
  if (keyword == "TYPE" && !types_.emplace(name, type).second)
    throw std::runtime_error("family twice: " + line);
}

std::vector<Sample> Page::All(std::string_view name, const LabelMap& labels) const {
  std::vector<Sample> found;
  for (const Sample& sample : samples_)
    if (sample.name == name && HasAll(sample, labels)) found.push_back(sample);
  return found;
}

std::optional<double> Page::Value(std::string_view name, const LabelMap& labels) const {
  const std::vector<Sample> found = All(name, labels);
  if (found.size() > 1) throw std::runtime_error("several samples of " + std::string(name));
  return found.empty() ? std::nullopt : std::optional(found[0].value);
}

bool Page::Has(std::string_view name, const LabelMap& labels) const {
  return !All(name, labels).empty();
}

std::string Page::State(std::string_view name, const std::string& state,
                        const LabelMap& labels) const {
  std::string current;
  for (const Sample& sample : All(name, labels)) {
    if (sample.value != 1) continue;
    if (!current.empty()) throw std::runtime_error("two states at once: " + std::string(name));
    current = sample.labels.at(state);
  }
  return current;
}

}  // namespace pgfleet::test
