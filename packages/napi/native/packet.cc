// What packet sockets need beside other sockets: classic BPF filters, and rings in the kernel's memory.
#include <linux/filter.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "check.h"

namespace vnet {
namespace {

// attachFilter(fd, instructions)
Napi::Value AttachFilter(const Napi::CallbackInfo& info) {
  int fd;
  Bytes instructions;
  if (!Read(info, 0, &fd) || !Read(info, 1, &instructions)) return Napi::Value();
  sock_fprog program{static_cast<unsigned short>(instructions.length / sizeof(sock_filter)),
                     reinterpret_cast<sock_filter*>(instructions.data)};
  int result = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  return result < 0 ? Fail(info.Env(), "setsockopt", errno) : info.Env().Undefined();
}

// The mapping belongs to the buffer: it goes when that is collected, or was detached.
void Unmap(napi_env, void* data, void* length) { munmap(data, reinterpret_cast<size_t>(length)); }

// map(fd, length)
Napi::Value Map(const Napi::CallbackInfo& info) {
  int fd;
  uint64_t length;
  if (!Read(info, 0, &fd) || !ReadUnsigned(info, 1, &length)) return Napi::Value();
  void* data = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (data == MAP_FAILED) return Fail(info.Env(), "mmap", errno);
  napi_value buffer;
  napi_status status =
      napi_create_external_arraybuffer(info.Env(), data, length, Unmap, reinterpret_cast<void*>(length), &buffer);
  if (status != napi_ok) {
    munmap(data, length);
    return Fail(info.Env(), "mmap", ENOSYS);
  }
  return Napi::Uint8Array::New(info.Env(), length, Napi::ArrayBuffer(info.Env(), buffer), 0);
}

// unmap(memory)
Napi::Value Release(const Napi::CallbackInfo& info) {
  Bytes memory;
  if (!Read(info, 0, &memory)) return Napi::Value();
  napi_value buffer = info[0].As<Napi::Uint8Array>().ArrayBuffer();
  if (memory.length > 0 && napi_detach_arraybuffer(info.Env(), buffer) != napi_ok) {
    Refuse(info, 0, "memory that was mapped");
  }
  return info.Env().Undefined();
}

}  // namespace

void DefinePackets(Napi::Env env, Napi::Object exports) {
  exports.Set("attachFilter", Napi::Function::New<AttachFilter>(env, "attachFilter"));
  exports.Set("map", Napi::Function::New<Map>(env, "map"));
  exports.Set("unmap", Napi::Function::New<Release>(env, "unmap"));
}

}  // namespace vnet
