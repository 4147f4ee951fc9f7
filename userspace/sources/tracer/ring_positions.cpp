// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/ring_positions.h"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

std::size_t page_size() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

void RingPositions::Unmap::operator()(const unsigned long* page) const {
  ::munmap(const_cast<unsigned long*>(page), page_size());
}

RingPositions::Page RingPositions::map_page(int ring_fd, std::size_t number) {
  void* page = ::mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, ring_fd,
                      static_cast<off_t>(number * page_size()));
  return Page(page == MAP_FAILED ? nullptr : static_cast<const unsigned long*>(page));
}

Result<RingPositions> RingPositions::map(int ring_fd) {
  RingPositions positions;
  positions.consumer_ = map_page(ring_fd, 0);
  if (positions.consumer_) positions.producer_ = map_page(ring_fd, 1);
  if (!positions.producer_) return os_error(errno, "map the ring's positions");
  return positions;
}

} // namespace vitrine::tracer
