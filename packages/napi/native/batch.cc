// Frames of a TUN or TAP in batches: one call from JavaScript, and for runs of frames one system call (an io_uring).
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "check.h"

namespace vnet {
namespace {

constexpr size_t ALIGNMENT = 64;
// Frames from which on the ring costs less than a system call each, and octets of a frame from which on it does not, as frames
// that come through the ring are copied.
constexpr size_t RUN = 8;
constexpr size_t LONG = 3072;

size_t Aligned(size_t octets) { return (octets + ALIGNMENT - 1) & ~(ALIGNMENT - 1); }

// Offset and length of each frame, in pairs.
struct Spans {
  int32_t* data = nullptr;
  size_t length = 0;
};

bool Read(const Napi::CallbackInfo& info, size_t index, Spans* spans) {
  return ReadArray(info, index, napi_int32_array, "an Int32Array", reinterpret_cast<void**>(&spans->data),
                   &spans->length);
}

bool ReadSize(const Napi::CallbackInfo& info, size_t index, size_t* value) {
  int64_t wide = 0;
  if (!vnet::Read(info, index, &wide, 0, INT32_MAX)) return false;
  *value = static_cast<size_t>(wide);
  return true;
}

// Refusals are everyday, so they are returned and not thrown.
Napi::Value Handled(Napi::Env env, size_t count, int error) {
  return Napi::Number::New(env, count == 0 && error ? -error : static_cast<double>(count));
}

// A reader of one batch: `most` octets a frame, of which the first `skip` are its header.
struct Reader {
  int fd;
  Habit* habit;
  Bytes slab;
  Spans spans;
  size_t limit, headroom, skip, most;
  size_t count = 0, cursor = 0;
  int error = 0;

  // How many frames of this length fit behind what is there.
  size_t Fitting(size_t room) const {
    if (cursor + headroom + room > slab.length) return 0;
    return (slab.length - cursor - headroom - room) / Aligned(headroom + room) + 1;
  }

  void Take(size_t start, size_t length, size_t room) {
    habit->longest = std::max(habit->longest, length);
    size_t header = std::min(length, skip);
    spans.data[2 * count] = static_cast<int32_t>(start + header);
    // A frame that fills its room to the brim was longer: its length is told as negative.
    int32_t octets = static_cast<int32_t>(length - header);
    spans.data[2 * count + 1] = length == room ? -octets : octets;
    count++;
    cursor = Aligned(start + length);
  }

  // Whether there may be more.
  bool One() {
    size_t start = cursor + headroom, room = slab.length - start;
    ssize_t got = read(fd, slab.data + start, room);
    if (got < 0) {
      if (errno != EAGAIN && errno != EINTR) error = errno;
      return errno == EINTR;
    }
    Take(start, static_cast<size_t>(got), room);
    return true;
  }

  // Whether there may be more. Refusals in the middle are frames that came while the queue was being asked.
  bool Run(Ring& ring, size_t tries) {
    size_t taken = 0;
    for (size_t i = 0; i < tries; i++) ring.PrepareRead(i, fd);
    if (!ring.Submit(tries)) return true;
    for (size_t i = 0; i < tries; i++) {
      int32_t got = ring.results[i];
      if (got >= 0) {
        taken++;
        Lay(ring.Slot(i), static_cast<size_t>(got));
      } else if (got != -EAGAIN && got != -EINTR && got != -EOPNOTSUPP) {
        error = -got;
      }
    }
    if (ring.results[0] == -EOPNOTSUPP) ring.Close(EOPNOTSUPP);
    HandOut();
    return taken == tries || !ring.Ready();
  }

  // Copies a frame behind the others, or keeps it for the next call where there is no room.
  void Lay(const uint8_t* frame, size_t length) {
    size_t start = cursor + headroom;
    if (!habit->kept.empty() || start + length > slab.length) {
      habit->kept.emplace_back(frame, frame + length);
      return;
    }
    std::copy_n(frame, length, slab.data + start);
    Take(start, length, SIZE_MAX);
  }

  // Frames that are kept, as many as have room. One that never will, as the batch is too small for it, is told as cut.
  void HandOut() {
    while (!habit->kept.empty() && count < limit) {
      const std::vector<uint8_t>& frame = habit->kept.front();
      size_t start = cursor + headroom;
      if (start > slab.length) break;
      size_t room = slab.length - start, length = std::min(frame.size(), room);
      if (length < frame.size() && count > 0) break;
      std::copy_n(frame.begin(), length, slab.data + start);
      Take(start, length, length < frame.size() ? length : SIZE_MAX);
      habit->kept.pop_front();
    }
  }
};

// readBatch(fd, slab, spans, limit, headroom, skip, most)
Napi::Value ReadBatch(const Napi::CallbackInfo& info) {
  Reader reader{};
  if (!vnet::Read(info, 0, &reader.fd) || !vnet::Read(info, 1, &reader.slab) || !Read(info, 2, &reader.spans) ||
      !ReadSize(info, 3, &reader.limit) || !ReadSize(info, 4, &reader.headroom) || !ReadSize(info, 5, &reader.skip) ||
      !ReadSize(info, 6, &reader.most)) {
    return Napi::Value();
  }
  Environment& environment = Environment::of(info.Env());
  reader.limit = std::min(reader.limit, reader.spans.length / 2);
  Habit& habit = environment.habits[reader.fd];
  reader.habit = &habit;
  reader.HandOut();
  for (size_t window = habit.window; habit.kept.empty() && reader.count < reader.limit;) {
    size_t fitting = reader.Fitting(std::min(habit.longest, reader.most));
    size_t tries = std::min({fitting, window, Ring::ENTRIES, reader.limit - reader.count});
    bool isRun = tries >= RUN && habit.longest <= LONG && environment.ring.Ready();
    if (!isRun && reader.Fitting(reader.most) == 0) break;
    if (!(isRun ? reader.Run(environment.ring, tries) : reader.One())) break;
    window = isRun ? 2 * window : window + 1;
  }
  if (reader.limit > 1) habit.window = std::max<size_t>(reader.count, 1);
  return Handled(info.Env(), reader.count, reader.error);
}

// Whether frames were read that had no room: holds(fd)
Napi::Value Holds(const Napi::CallbackInfo& info) {
  int fd;
  if (!vnet::Read(info, 0, &fd)) return Napi::Value();
  const auto& habits = Environment::of(info.Env()).habits;
  auto found = habits.find(fd);
  return Napi::Boolean::New(info.Env(), found != habits.end() && !found->second.kept.empty());
}

// Where a frame and the `prefix` octets before it lie.
bool Place(const Bytes& slab, const Spans& spans, size_t frame, size_t prefix, Bytes* place) {
  int64_t start = spans.data[2 * frame], length = spans.data[2 * frame + 1];
  if (length < 0 || start < static_cast<int64_t>(prefix) || start + length > static_cast<int64_t>(slab.length)) return false;
  place->data = slab.data + start - prefix;
  place->length = static_cast<size_t>(length) + prefix;
  return true;
}

bool IsBounded(Environment& environment, int fd) {
  Habit& habit = environment.habits[fd];
  if (habit.bounded == Habit::UNKNOWN) {
    int octets = 0;
    habit.bounded = ioctl(fd, TUNGETSNDBUF, &octets) < 0 || octets != INT32_MAX ? Habit::YES : Habit::NO;
  }
  return habit.bounded == Habit::YES;
}

// writeBatch(fd, slab, spans, from, to, prefix, refused)
Napi::Value WriteBatch(const Napi::CallbackInfo& info) {
  int fd;
  Bytes slab;
  Spans spans, refused;
  size_t from, to, prefix;
  if (!vnet::Read(info, 0, &fd) || !vnet::Read(info, 1, &slab) || !Read(info, 2, &spans) || !ReadSize(info, 3, &from) ||
      !ReadSize(info, 4, &to) || !ReadSize(info, 5, &prefix) || !Read(info, 6, &refused)) {
    return Napi::Value();
  }
  if (refused.length == 0 || to > spans.length / 2) {
    Refuse(info, 4, "within the spans, and refused not empty");
    return Napi::Value();
  }
  Environment& environment = Environment::of(info.Env());
  Ring& ring = environment.ring;
  size_t most = (refused.length - 1) / 2, failed = 0, at = from;
  int error = 0;
  while (at < to && failed < most && !error) {
    size_t tries = std::min({to - at, most - failed, Ring::ENTRIES});
    if (tries < RUN || IsBounded(environment, fd) || !ring.Ready()) tries = 1;
    Bytes place;
    for (size_t i = 0; i < tries; i++) {
      if (!Place(slab, spans, at + i, prefix, &place)) {
        Refuse(info, 2, "spans within the slab");
        return Napi::Value();
      }
      if (tries > 1) ring.PrepareWrite(i, fd, place.data, place.length);
    }
    if (tries == 1) {
      ssize_t sent = write(fd, place.data, place.length);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) break;
      ring.results[0] = sent < 0 ? -errno : 0;
    } else if (!ring.Submit(tries)) {
      continue;
    } else if (ring.results[0] == -EOPNOTSUPP) {
      ring.Close(EOPNOTSUPP);
      continue;
    }
    for (size_t i = 0; i < tries; i++, at++) {
      int result = ring.results[i];
      if (result >= 0) continue;
      if (result == -EBADF || result == -EBADFD) {
        error = -result;
        break;
      }
      refused.data[1 + 2 * failed] = static_cast<int32_t>(at);
      refused.data[2 + 2 * failed] = -result;
      failed++;
    }
  }
  refused.data[0] = static_cast<int32_t>(failed);
  return Handled(info.Env(), at - from, error);
}

// Why there is no io_uring: an error number, -1 when it was switched off; 0 where there is one.
Napi::Value RingReason(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Environment::of(info.Env()).ring.Reason());
}

}  // namespace

void DefineBatches(Napi::Env env, Napi::Object exports) {
  exports.Set("readBatch", Napi::Function::New<ReadBatch>(env, "readBatch"));
  exports.Set("writeBatch", Napi::Function::New<WriteBatch>(env, "writeBatch"));
  exports.Set("holds", Napi::Function::New<Holds>(env, "holds"));
  exports.Set("ringReason", Napi::Function::New<RingReason>(env, "ringReason"));
}

}  // namespace vnet
