#include "http/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/nodes.h"
#include "http/html.h"
#include "http/node_cells.h"
#include "log/utf8.h"

namespace pgfleet::http {
namespace {

using model::ClusterSnapshot;

constexpr int kWidth = 210, kHeight = 58, kAcross = 110, kDown = 18, kEdge = 4;

std::optional<std::size_t> Declared(const ClusterSnapshot& cluster, std::size_t i) {
  const auto& name = cluster.nodes[i].declared.upstream;
  for (std::size_t j = 0; j < cluster.nodes.size(); ++j)
    if (!name.empty() && cluster.nodes[j].declared.name == name) return j;
  return std::nullopt;
}

// A node that is down still belongs where it was declared to be; undeclared, below the primary.
std::optional<std::size_t> Upstream(const ClusterSnapshot& cluster, std::size_t i) {
  if (const auto& streams = cluster.analysis[i].upstream) return streams;
  if (const auto declared = Declared(cluster, i)) return declared;
  const auto& primary = cluster.findings.primary;
  return cluster.analysis[i].expected && primary && *primary != i ? primary : std::nullopt;
}

class Arrangement {
 public:
  explicit Arrangement(const ClusterSnapshot& cluster) : cluster_(cluster) {
    const std::size_t count = cluster.nodes.size();
    placed_.resize(count);
    for (std::size_t i = 0; i < count; ++i) upstream_.push_back(Upstream(cluster, i));
    if (const auto primary = cluster.findings.primary) Put(*primary, 0, false);
    for (std::size_t i = 0; i < count; ++i)
      if (!upstream_[i]) Put(i, 0, false);
    for (std::size_t i = 0; i < count; ++i)
      Put(i, 0, false);  // what is left feeds itself in a ring
  }

  std::vector<Place> places;

 private:
  // A node stands in the row of its first downstream; each further one opens a row.
  void Put(std::size_t i, std::size_t column, bool has_upstream) {
    if (placed_[i] || places.size() == kMostDrawn) return;
    placed_[i] = true;
    places.push_back({.node = i, .column = column, .row = row_, .upstream = std::nullopt});
    if (has_upstream) {
      places.back().upstream = upstream_[i];
      places.back().streams = cluster_.analysis[i].upstream.has_value();
    }
    const std::size_t before = row_;
    for (std::size_t j = 0; j < upstream_.size(); ++j)
      if (upstream_[j] == i) Put(j, column + 1, true);
    if (row_ == before) ++row_;
  }

  const ClusterSnapshot& cluster_;
  std::vector<std::optional<std::size_t>> upstream_;
  std::vector<bool> placed_;
  std::size_t row_ = 0;
};

int Left(const Place& place) { return kEdge + static_cast<int>(place.column) * (kWidth + kAcross); }
int Top(const Place& place) { return kEdge + static_cast<int>(place.row) * (kHeight + kDown); }

// As much of a text as fits into a box; the whole of it stands in the table.
std::string Fit(std::string_view text, std::size_t most) {
  const std::string_view cut = log::Cut(text, most);
  return EscapeHtml(cut) + (cut.size() < text.size() ? "…" : "");
}

std::string SecondLine(const ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const auto& node = cluster.nodes[i];
  if (!node.tried) return "not asked yet";
  if (!node.up) return fmt::format("down: {}", model::Name(ReasonOf(node)));
  std::string text = RoleOf(node, now);
  if (const auto& state = cluster.analysis[i].state; state && text == "standby")
    text = fmt::format("standby, {}", model::Name(*state));
  return text;
}

std::string ThirdLine(const ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const std::string timeline = TimelineOf(cluster.nodes[i], now);
  std::string text = timeline.empty() ? "" : "timeline " + timeline;
  if (cluster.analysis[i].upstream_is_external) text += ", fed from outside";
  return text;
}

class Drawing {
 public:
  Drawing(const ClusterSnapshot& cluster, const std::vector<Remark>& remarks, model::Monotonic now)
      : cluster_(cluster), remarks_(remarks), now_(now), places_(Arrange(cluster)) {}

  std::string Draw() {
    int width = 0, height = 0;
    for (const Place& place : places_) {
      width = std::max(width, Left(place) + kWidth + kEdge);
      height = std::max(height, Top(place) + kHeight + kEdge);
    }
    for (const Place& place : places_) Line(place);
    for (const Place& place : places_) Box(place);
    return fmt::format(
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Who feeds whom\">\n"
        "<svg class=\"map\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n{2}</svg>\n"
        "</div>\n",
        width, height, svg_);
  }

 private:
  template <typename... Arguments>
  void Add(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    Append(svg_, text, std::forward<Arguments>(arguments)...);
  }

  // The class of the line to a node, and what stands on it.
  std::pair<std::string_view, std::string> Stream(const Place& place) const {
    const auto& found = cluster_.analysis[place.node];
    if (place.streams) {
      const std::string lag = LagOf(cluster_, place.node, now_);
      return {"", lag.empty() ? "lag not known" : lag == "none" ? "no lag" : lag};
    }
    if (found.connected) return {"unknown", "source not known"};
    // By its own word, or by that of the node which would feed it.
    const auto& pulse = cluster_.nodes[place.node].facts.pulse;
    const bool is_told = (pulse && analysis::ShowsWal(*pulse)) ||
                         collectors::IsFresh(cluster_.nodes[*place.upstream], "walsenders", now_);
    if (!is_told) return {"unknown", "not known"};
    return {"broken", "no stream"};
  }

  void Line(const Place& place) {
    if (!place.upstream) return;
    const auto from = std::ranges::find(places_, *place.upstream, &Place::node);
    const int x1 = Left(*from) + kWidth, y1 = Top(*from) + kHeight / 2;
    const int x2 = Left(place), y2 = Top(place) + kHeight / 2;
    const auto [kind, text] = Stream(place);
    Add("<path class=\"{}\" d=\"M{} {} H{} V{} H{} m-7 -4 l7 4 l-7 4\"/>\n", kind, x1, y1,
        x1 + kAcross / 4, y2, x2);
    Add("<text class=\"soft\" x=\"{}\" y=\"{}\">{}</text>\n", x1 + kAcross / 4 + 5, y2 - 6, text);
  }

  void Box(const Place& place) {
    const auto& node = cluster_.nodes[place.node];
    const int x = Left(place), y = Top(place);
    const bool primary = cluster_.findings.primary == place.node;
    Add("<g class=\"{}{}{}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
        "rx=\"6\"/>",
        ClassOf(remarks_, place.node), primary ? " primary" : "", node.up ? "" : " gone",
        EscapeHtml(node.declared.name), x, y, kWidth, kHeight);
    Add("<a href=\"{}\"><text class=\"name\" x=\"{}\" y=\"{}\">{}</text></a>",
        NodePath(cluster_.name, node.declared.name), x + 10, y + 18, Fit(node.declared.name, 24));
    Add("<text class=\"state\" x=\"{}\" y=\"{}\">{}</text>", x + 10, y + 35,
        Fit(SecondLine(cluster_, place.node, now_), 27));
    Add("<text class=\"soft\" x=\"{}\" y=\"{}\">{}</text></g>\n", x + 10, y + 51,
        Fit(ThirdLine(cluster_, place.node, now_), 27));
  }

  const ClusterSnapshot& cluster_;
  const std::vector<Remark>& remarks_;
  const model::Monotonic now_;
  const std::vector<Place> places_;
  std::string svg_;
};

}  // namespace

std::vector<Place> Arrange(const ClusterSnapshot& cluster) { return Arrangement(cluster).places; }

std::string DrawTopology(const ClusterSnapshot& cluster, const std::vector<Remark>& remarks,
                         model::Monotonic now) {
  return Drawing(cluster, remarks, now).Draw();
}

}  // namespace pgfleet::http
