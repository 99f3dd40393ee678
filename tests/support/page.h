#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgfleet::test {

using LabelMap = std::map<std::string, std::string>;

struct Sample {
  std::string name;
  LabelMap labels;
  double value = 0;
};

// A page of text format 0.0.4, read strictly: anything that Prometheus would refuse throws.
class Page {
 public:
  explicit Page(std::string_view text);

  const std::vector<Sample>& samples() const { return samples_; }
  // The samples of this name that have all of these labels (and perhaps others).
  std::vector<Sample> All(std::string_view name, const LabelMap& labels = {}) const;
  // The only one of them; absent when there is none. Throws when there are several.
  std::optional<double> Value(std::string_view name, const LabelMap& labels = {}) const;
  bool Has(std::string_view name, const LabelMap& labels = {}) const;
  // Of a state set: the value of label `state` in the only series that is 1; "" when none is.
  std::string State(std::string_view name, const std::string& state, const LabelMap& labels) const;
  // By family name: counter, gauge ...
  const std::map<std::string, std::string>& types() const { return types_; }

 private:
  void Read(const std::string& line);
  void ReadComment(const std::string& line);

  std::vector<Sample> samples_;
  std::map<std::string, std::string> types_;
};

}  // namespace pgfleet::test
