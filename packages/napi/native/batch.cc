// Frames of a TUN or TAP in batches: one call from JavaScript, one system call a frame.
#include <unistd.h>

#include "check.h"

namespace vnet {
namespace {

constexpr size_t ALIGNMENT = 64;

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

// readBatch(fd, slab, spans, limit, headroom, skip, most)
Napi::Value ReadBatch(const Napi::CallbackInfo& info) {
  int fd;
  Bytes slab;
  Spans spans;
  size_t limit, headroom, skip, most;
  if (!vnet::Read(info, 0, &fd) || !vnet::Read(info, 1, &slab) || !Read(info, 2, &spans) ||
      !ReadSize(info, 3, &limit) || !ReadSize(info, 4, &headroom) || !ReadSize(info, 5, &skip) ||
      !ReadSize(info, 6, &most)) {
    return Napi::Value();
  }
  if (limit > spans.length / 2) limit = spans.length / 2;
  size_t count = 0, cursor = 0;
  int error = 0;
  while (count < limit) {
    size_t start = cursor + headroom;
    if (start > slab.length || slab.length - start < most) break;
    size_t room = slab.length - start;
    ssize_t got = read(fd, slab.data + start, room);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) error = errno;
      break;
    }
    size_t length = static_cast<size_t>(got);
    size_t header = length < skip ? length : skip;
    spans.data[2 * count] = static_cast<int32_t>(start + header);
    // A frame that fills its room to the brim was longer: its length is told as negative.
    int32_t octets = static_cast<int32_t>(length - header);
    spans.data[2 * count + 1] = length == room ? -octets : octets;
    count++;
    cursor = (start + length + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  }
  return Handled(info.Env(), count, error);
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
  size_t most = (refused.length - 1) / 2, failed = 0, at = from;
  int error = 0;
  while (at < to && failed < most) {
    int64_t start = spans.data[2 * at], length = spans.data[2 * at + 1];
    if (length < 0 || start < static_cast<int64_t>(prefix) || start + length > static_cast<int64_t>(slab.length)) {
      Refuse(info, 2, "spans within the slab");
      return Napi::Value();
    }
    ssize_t sent = write(fd, slab.data + start - prefix, static_cast<size_t>(length) + prefix);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      if (errno == EBADF || errno == EBADFD) {
        error = errno;
        break;
      }
      refused.data[1 + 2 * failed] = static_cast<int32_t>(at);
      refused.data[2 + 2 * failed] = errno;
      failed++;
    }
    at++;
  }
  refused.data[0] = static_cast<int32_t>(failed);
  return Handled(info.Env(), at - from, error);
}

}  // namespace

void DefineBatches(Napi::Env env, Napi::Object exports) {
  exports.Set("readBatch", Napi::Function::New<ReadBatch>(env, "readBatch"));
  exports.Set("writeBatch", Napi::Function::New<WriteBatch>(env, "writeBatch"));
}

}  // namespace vnet
