#include "ring.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#endif

namespace vnet {
namespace {
void* Map(int fd, size_t size, off_t what) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
  return memory == MAP_FAILED ? nullptr : memory;
}
}  // namespace

bool Ring::Ready() { return Reason() == 0; }

int Ring::Reason() {
  if (state_ == UNTRIED) {
    const char* wish = getenv("VNET_IO_URING");
    int reason = wish && strcmp(wish, "off") == 0 ? SWITCHED_OFF : Open();
    if (reason) Close(reason);
    state_ = reason;
  }
  return state_;
}

int Ring::Open() {
  io_uring_params params{};
  fd_ = static_cast<int>(syscall(SYS_io_uring_setup, ENTRIES, &params));
  if (fd_ < 0) return errno;
  if (!(params.features & IORING_FEAT_SINGLE_MMAP)) return ENOSYS;
  ringsSize_ = std::max<size_t>(params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                                params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
  sqesSize_ = params.sq_entries * sizeof(io_uring_sqe);
  rings_ = static_cast<uint8_t*>(Map(fd_, ringsSize_, IORING_OFF_SQ_RING));
  if (!rings_) return errno;
  sqes_ = static_cast<io_uring_sqe*>(Map(fd_, sqesSize_, IORING_OFF_SQES));
  if (!sqes_) return errno;
  void* slots = mmap(nullptr, ENTRIES * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slots == MAP_FAILED) return errno;
  slots_ = static_cast<uint8_t*>(slots);
  auto word = [this](uint32_t at) { return reinterpret_cast<uint32_t*>(rings_ + at); };
  sqTail_ = word(params.sq_off.tail);
  cqHead_ = word(params.cq_off.head);
  cqTail_ = word(params.cq_off.tail);
  cqes_ = reinterpret_cast<io_uring_cqe*>(rings_ + params.cq_off.cqes);
  cqMask_ = params.cq_entries - 1;
  for (uint32_t i = 0; i < params.sq_entries; i++) word(params.sq_off.array)[i] = i;
  return 0;
}

void Ring::Close(int reason) {
  if (slots_) munmap(slots_, ENTRIES * SLOT);
  if (sqes_) munmap(sqes_, sqesSize_);
  if (rings_) munmap(rings_, ringsSize_);
  if (fd_ >= 0) close(fd_);
  slots_ = nullptr;
  sqes_ = nullptr;
  rings_ = nullptr;
  fd_ = -1;
  state_ = reason;
}

void Ring::PrepareWrite(size_t i, int fd, const uint8_t* data, size_t length) {
  Prepare(i, IORING_OP_WRITE, fd, data, length);
}

void Ring::PrepareRead(size_t i, int fd) { Prepare(i, IORING_OP_READ, fd, Slot(i), SLOT); }

void Ring::Prepare(size_t i, uint8_t opcode, int fd, const void* data, size_t length) {
  io_uring_sqe& sqe = sqes_[(tail_ + i) & (ENTRIES - 1)];
  sqe = {};
  sqe.opcode = opcode;
  sqe.fd = fd;
  sqe.addr = reinterpret_cast<uintptr_t>(data);
  sqe.len = static_cast<uint32_t>(length);
  sqe.rw_flags = RWF_NOWAIT;
  sqe.user_data = i;
}

bool Ring::Submit(size_t count) {
  tail_ += static_cast<uint32_t>(count);
  __atomic_store_n(sqTail_, tail_, __ATOMIC_RELEASE);
  size_t left = count, done = 0;
  while (done < count) {
    // What was submitted is done by then; the second round waits for what is not.
    unsigned flags = left == count ? 0 : IORING_ENTER_GETEVENTS;
    long taken = syscall(SYS_io_uring_enter, fd_, left, flags ? count - done : 0, flags, nullptr, 0);
    if (taken >= 0) {
      left -= static_cast<size_t>(taken);
    } else if (errno != EINTR) {
      // Nothing was taken then: the only other way for this to fail is to wait, which is not needed.
      Close(errno);
      return false;
    }
    Collect(&done);
  }
  return true;
}

void Ring::Collect(size_t* done) {
  uint32_t head = *cqHead_, end = __atomic_load_n(cqTail_, __ATOMIC_ACQUIRE);
  for (; head != end; head++, ++*done) {
    const io_uring_cqe& cqe = cqes_[head & cqMask_];
    results[cqe.user_data & (ENTRIES - 1)] = cqe.res;
  }
  __atomic_store_n(cqHead_, head, __ATOMIC_RELEASE);
}

}  // namespace vnet
