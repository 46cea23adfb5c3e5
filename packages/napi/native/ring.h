// An io_uring of one thread: up to 64 reads or writes for one system call (linux/io_uring.h; Linux 5.6).
#pragma once

#include <cstddef>
#include <cstdint>

struct io_uring_sqe;
struct io_uring_cqe;

namespace vnet {

// Everything completes before Submit returns: descriptors do not block, and every operation carries RWF_NOWAIT, without
// which a read of a TUN would wait inside the kernel whatever the descriptor says.
class Ring {
 public:
  static constexpr size_t ENTRIES = 64;

  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { Close(UNTRIED); }

  // Whether there is one; opened when first asked for.
  bool Ready();

  // Why there is none: an error number, or SWITCHED_OFF (VNET_IO_URING=off); 0 where there is one.
  int Reason();

  // Does without from now on, for that reason.
  void Close(int reason);

  // Operation `i` of the next submission: a write, or a read of a frame into Slot(i).
  void PrepareWrite(size_t i, int fd, const uint8_t* data, size_t length);
  void PrepareRead(size_t i, int fd);
  const uint8_t* Slot(size_t i) const { return slots_ + i * SLOT; }

  // Carries the first `count` operations out; false when the kernel would not have them. `results` tells what each came to:
  // octets, or a negative error number.
  bool Submit(size_t count);

  int32_t results[ENTRIES];

  static constexpr int SWITCHED_OFF = -1;

 private:
  static constexpr int UNTRIED = -2;

  // More than the longest frame has, so that none is cut; memory that is never touched costs nothing. Not a whole number of
  // pages, or the beginnings of all slots would share a few lines of the processor's cache.
  static constexpr size_t SLOT = (1 << 16) + 4096 + 1472;

  int Open();
  void Prepare(size_t i, uint8_t opcode, int fd, const void* data, size_t length);
  void Collect(size_t* done);

  int state_ = UNTRIED;
  int fd_ = -1;
  uint8_t* rings_ = nullptr;
  size_t ringsSize_ = 0;
  io_uring_sqe* sqes_ = nullptr;
  size_t sqesSize_ = 0;
  uint32_t* sqTail_ = nullptr;
  uint32_t* cqHead_ = nullptr;
  uint32_t* cqTail_ = nullptr;
  io_uring_cqe* cqes_ = nullptr;
  uint32_t cqMask_ = 0;
  uint32_t tail_ = 0;
  uint8_t* slots_ = nullptr;
};

}  // namespace vnet
