#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <map>
#include <sstream>
#include <utility>

#include "config/suggest.h"

namespace pgfleet::config {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostValues = 200'000;

Place PlaceOf(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Ends the parse from inside an event; the fault is added already.
struct Stop : std::exception {};

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Faults& faults) : faults_(faults) {}

  // No tree where an alias left a hole in it.
  std::optional<YamlNode> Take() { return has_alias_ ? std::nullopt : std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) Refuse(PlaceOf(mark), "a second document: the file holds only one");
  }
  void OnDocumentEnd() override {}

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    if (!name.empty())
      faults_.Add(PlaceOf(mark), fmt::format("anchors are not supported: &{}", Printable(name)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    faults_.Add(PlaceOf(mark), "aliases are not supported: write the value out");
    has_alias_ = true;
    Leaf(mark, YamlNode::Kind::kScalar, {});
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Leaf(mark, YamlNode::Kind::kNull, {});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    CheckTag(mark, tag);
    Leaf(mark, YamlNode::Kind::kScalar, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, YamlNode::Kind::kMapping);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    YamlNode node;
    std::map<std::string, int> lines;  // of the keys seen so far
    bool skip_value = false;           // of a key that is refused
  };

  [[noreturn]] void Refuse(Place place, std::string message) {
    faults_.Add(place, std::move(message));
    throw Stop();
  }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    faults_.Add(PlaceOf(mark), fmt::format("tags are not supported: {}", Printable(tag)));
  }

  void Count(const YAML::Mark& mark) {
    if (++values_ > kMostValues)
      Refuse(PlaceOf(mark), fmt::format("more than {} values in the file", kMostValues));
  }

  void Leaf(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& text) {
    Count(mark);
    Put({.kind = kind, .place = PlaceOf(mark), .text = text, .items = {}});
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    Count(mark);
    CheckTag(mark, tag);
    if (open_.size() == kDeepest)
      Refuse(PlaceOf(mark), fmt::format("nested deeper than {} levels", kDeepest));
    open_.push_back({.node = {.kind = kind, .place = PlaceOf(mark), .text = {}, .items = {}},
                     .lines = {},
                     .skip_value = false});
  }

  void Close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    Put(std::move(done));
  }

  void Put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    const bool is_mapping = level.node.kind == YamlNode::Kind::kMapping;
    if (is_mapping && level.node.items.size() % 2 == 0 && !level.skip_value &&
        !AcceptKey(level, node))
      return;
    if (std::exchange(level.skip_value, false)) return;
    // A value that is missing is where its key is: the parser sees it only at the next line.
    if (is_mapping && node.kind == YamlNode::Kind::kNull)
      node.place = level.node.items.back().place;
    level.node.items.push_back(std::move(node));
  }

  // A refused key is left out together with its value, which comes next.
  bool AcceptKey(Level& level, const YamlNode& key) {
    if (key.kind != YamlNode::Kind::kScalar) {
      faults_.Add(key.place, "a key must be a plain word");
      level.skip_value = true;
      return false;
    }
    const auto [seen, is_new] = level.lines.emplace(key.text, key.place.line);
    if (is_new) return true;
    faults_.Add(key.place, fmt::format("duplicate key '{}' (first on line {})", Printable(key.text),
                                       seen->second));
    level.skip_value = true;
    return false;
  }

  Faults& faults_;
  std::vector<Level> open_;
  std::optional<YamlNode> root_;
  std::size_t values_ = 0;
  int documents_ = 0;
  bool has_alias_ = false;
};

// The parser's own words may quote what stands in the file (the name of an unknown alias); these do
// not.
void AddSyntaxFault(const YAML::Exception& fault, Faults& faults) {
  faults.Add(PlaceOf(fault.mark), fmt::format("YAML syntax: {}", Printable(fault.msg)));
}

}  // namespace

std::string_view KindName(YamlNode::Kind kind) {
  constexpr std::string_view kNames[] = {"nothing", "a single value", "a list", "a mapping"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<YamlNode> ReadYaml(std::string_view text, Faults& faults) {
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(faults);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& fault) {
    AddSyntaxFault(fault, faults);
    return std::nullopt;
  }
  auto root = builder.Take();
  if (!root && !faults.empty()) return std::nullopt;
  if (!root || root->kind == YamlNode::Kind::kNull) {
    faults.Add({1, 1}, "the file is empty: it needs at least 'clusters'");
    return std::nullopt;
  }
  return root;
}

}  // namespace pgfleet::config
