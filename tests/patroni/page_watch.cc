#include "patroni/page_watch.h"

#include <stdexcept>

namespace pgfleet::test {

PageWatch::PageWatch(const ExporterProcess& exporter)
    : thread_([this, &exporter](const std::stop_token& stop) { Watch(stop, exporter); }) {}

std::vector<Shot> PageWatch::Shots() const {
  const std::scoped_lock lock(mutex_);
  if (!failure_.empty()) throw std::runtime_error("a page was lost: " + failure_);
  return shots_;
}

void PageWatch::Watch(const std::stop_token& stop, const ExporterProcess& exporter) {
  while (!stop.stop_requested()) {
    const auto asked = Clock::now();
    try {
      Page page = exporter.Metrics();
      const std::scoped_lock lock(mutex_);
      shots_.push_back({asked, Clock::now(), std::move(page)});
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      failure_ = error.what();
    }
    std::this_thread::sleep_until(asked + Milliseconds(100));
  }
}

}  // namespace pgfleet::test
