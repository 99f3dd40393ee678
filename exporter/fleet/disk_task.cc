#include "fleet/disk_task.h"

#include <thread>

namespace pgfleet::fleet {

void DiskTask::Detach(std::function<void()> work) { std::thread(std::move(work)).detach(); }

}  // namespace pgfleet::fleet
