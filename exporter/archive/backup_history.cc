#include "archive/backup_history.h"

#include <array>
#include <charconv>

#include "archive/backup_time.h"

namespace pgfleet::archive {
namespace {

struct Draft {
  std::optional<model::Lsn> start, stop;
  std::optional<std::uint32_t> start_timeline;
  std::optional<double> stopped;
  std::string label;
};

// "0/2000028 (file 000000010000000000000002)"
std::optional<model::Lsn> ReadLsn(std::string_view text) {
  const auto end = text.find(" (file ");
  if (end == std::string_view::npos) return std::nullopt;
  return model::Lsn::Parse(text.substr(0, end));
}

std::optional<std::uint32_t> ReadTimeline(std::string_view text) {
  std::uint32_t timeline = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), timeline);
  if (error != std::errc{} || stop != text.data() + text.size() || timeline == 0)
    return std::nullopt;
  return timeline;
}

// What a line that begins with `head` gives; false: it is damaged.
struct Line {
  std::string_view head;
  bool (*read)(std::string_view rest, double modified, Draft& draft);
};
constexpr std::array kLines = {
    Line{"START WAL LOCATION: ",
         [](std::string_view rest, double, Draft& draft) {
           return (draft.start = ReadLsn(rest)).has_value();
         }},
    Line{"STOP WAL LOCATION: ",
         [](std::string_view rest, double, Draft& draft) {
           return (draft.stop = ReadLsn(rest)).has_value();
         }},
    Line{"START TIMELINE: ",
         [](std::string_view rest, double, Draft& draft) {
           return (draft.start_timeline = ReadTimeline(rest)).has_value();
         }},
    Line{"STOP TIME: ",
         [](std::string_view rest, double modified, Draft& draft) {
           return (draft.stopped = ParseBackupTime(rest, modified)).has_value();
         }},
    Line{"LABEL: ",
         [](std::string_view rest, double, Draft& draft) {
           draft.label = rest;
           return true;
         }},
};

bool ReadLine(std::string_view line, double modified, Draft& draft) {
  for (const auto& [head, read] : kLines)
    if (line.starts_with(head)) return read(line.substr(head.size()), modified, draft);
  return true;
}

// The size of segments for which the name and the position agree; absent for more than one.
std::optional<std::int64_t> SegmentBytes(model::Lsn start, const FileName& name) {
  constexpr std::uint64_t kLeast = 1U << 20U, kMost = 1U << 30U;
  std::optional<std::int64_t> found;
  for (std::uint64_t size = kLeast; size <= kMost; size *= 2) {
    if ((start.value & 0xFFFFFFFFU) / size != name.segment) continue;
    if (found) return std::nullopt;
    found = static_cast<std::int64_t>(size);
  }
  return found;
}

}  // namespace

std::expected<BackupHistory, std::string_view> ParseBackupHistory(std::string_view text,
                                                                  const FileName& name,
                                                                  double modified) {
  if (text.contains('\0')) return std::unexpected("it holds bytes that are no text");
  Draft draft;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::unexpected("its last line is cut off");
    if (!ReadLine(text.substr(0, end), modified, draft))
      return std::unexpected("one of its lines cannot be read");
    text.remove_prefix(end + 1);
  }
  if (!draft.start || !draft.stop || !draft.stopped)
    return std::unexpected("it does not say where and when the backup began and ended");
  if (*draft.stop <= *draft.start) return std::unexpected("the backup ends before it begins");
  if (draft.start->value >> 32U != name.log ||
      draft.start_timeline.value_or(name.timeline) != name.timeline)
    return std::unexpected("it is not the backup that its name says");
  return BackupHistory{.timeline = name.timeline,
                       .start = *draft.start,
                       .stop = *draft.stop,
                       .stopped = *draft.stopped,
                       .label = std::move(draft.label),
                       .segment_bytes = SegmentBytes(*draft.start, name)};
}

}  // namespace pgfleet::archive
