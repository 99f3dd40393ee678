#include "model/trace.h"

#include <algorithm>

namespace pgfleet::model {
namespace {

// By lane. A status poll has the most steps, a pulse one or two.
constexpr std::array<std::size_t, kLaneNames.size()> kKept = {20, 10, 5};

}  // namespace

bool PollTrace::failed() const {
  return std::ranges::any_of(steps, [](const TraceStep& step) { return step.failure != nullptr; });
}

Duration PollTrace::duration() const {
  Duration sum{};
  for (const TraceStep& step : steps) sum += step.duration;
  return sum;
}

void TraceBook::Add(PollTrace poll) {
  const auto lane = static_cast<std::size_t>(poll.lane);
  const auto entry = std::make_shared<const PollTrace>(std::move(poll));
  const std::lock_guard lock(mutex_);
  auto& page = entry->failed() ? lanes_[lane].failed : lanes_[lane].good;
  page.push_front(entry);
  if (page.size() > kKept[lane]) page.pop_back();
}

std::vector<TraceBook::Poll> TraceBook::Polls() const {
  std::vector<Poll> polls;
  {
    const std::lock_guard lock(mutex_);
    for (const Pages& pages : lanes_)
      for (const auto* page : {&pages.good, &pages.failed})
        polls.insert(polls.end(), page->begin(), page->end());
  }
  std::ranges::sort(polls, std::greater{}, [](const Poll& poll) { return poll->began; });
  return polls;
}

}  // namespace pgfleet::model
