// Files and device control: open, close, ioctl, and programs for devices.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "check.h"
#include "namespace.h"

namespace vnet {
namespace {

Napi::Value Open(const Napi::CallbackInfo& info) {
  std::string path;
  int flags, target;
  if (!Read(info, 0, &path) || !Read(info, 1, &flags) || !ReadNamespace(info, 2, &target)) return Napi::Value();
  Outcome outcome = CallIn(target, [&] { return OutcomeOf("open", open(path.c_str(), flags | O_CLOEXEC, 0600)); });
  if (outcome.error) return Fail(info.Env(), outcome.syscall, outcome.error);
  return NewDescriptor(info.Env(), outcome.value);
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  int fd;
  if (!Read(info, 0, &fd)) return Napi::Value();
  Environment& environment = Environment::of(info.Env());
  environment.keptErrors.erase(fd);
  environment.habits.erase(fd);
  environment.descriptors.erase(fd);
  StopWatching(environment, fd);
  // Linux frees the number before it can be interrupted: repeating after EINTR would close somebody else's file.
  if (close(fd) < 0 && errno != EINTR) return Fail(info.Env(), "close", errno);
  return info.Env().Undefined();
}

Napi::Value Answer(Napi::Env env, const Outcome& outcome) {
  if (outcome.error) return Fail(env, outcome.syscall, outcome.error);
  return Napi::Number::New(env, outcome.value);
}

// The kernel writes as much as the request says, not as much as the caller brought: TUNSETIFF declares 4 octets and
// copies back a whole ifreq of 40. So short arguments go through a buffer that holds any request's.
Outcome ControlWithBuffer(int fd, unsigned long request, Bytes argument, int target) {
  size_t room = std::max<size_t>(_IOC_SIZE(request), 256);
  auto control = [&](void* data) {
    return CallIn(target, [=] { return OutcomeOf("ioctl", ioctl(fd, request, data)); });
  };
  if (argument.length >= room) return control(argument.data);
  std::vector<uint8_t> buffer(room);
  std::copy_n(argument.data, argument.length, buffer.begin());
  Outcome outcome = control(buffer.data());
  std::copy_n(buffer.begin(), argument.length, argument.data);
  return outcome;
}

Napi::Value Control(const Napi::CallbackInfo& info) {
  int fd, target;
  uint64_t request;
  if (!Read(info, 0, &fd) || !ReadUnsigned(info, 1, &request) || !ReadNamespace(info, 3, &target)) return Napi::Value();
  // It is of the device: other queues have it too.
  if (request == TUNSETSNDBUF) {
    for (auto& [_, habit] : Environment::of(info.Env()).habits) habit.bounded = Habit::UNKNOWN;
  }
  if (info[2].IsNumber()) {
    int64_t number = 0;
    if (!Read(info, 2, &number, -9007199254740991.0, 9007199254740991.0)) return Napi::Value();
    return Answer(info.Env(), CallIn(target, [=] {
                    return OutcomeOf("ioctl", ioctl(fd, request, static_cast<long>(number)));
                  }));
  }
  Bytes argument;
  if (!Read(info, 2, &argument)) return Napi::Value();
  return Answer(info.Env(), ControlWithBuffer(fd, request, argument, target));
}

// Octets that the kernel may write behind a pointer, whatever the caller brought: no structure of ours is longer.
constexpr size_t POINTED_ROOM = 4096;

// ioctlPointing(fd, request, argument, offset, pointed): both through buffers, as above.
Napi::Value ControlPointing(const Napi::CallbackInfo& info) {
  int fd;
  uint64_t request;
  Bytes argument, pointed;
  int64_t offset = 0;
  if (!Read(info, 0, &fd) || !ReadUnsigned(info, 1, &request) || !Read(info, 2, &argument) ||
      !Read(info, 3, &offset, 0, static_cast<double>(argument.length) - sizeof(void*)) || !Read(info, 4, &pointed)) {
    return Napi::Value();
  }
  std::vector<uint8_t> outer(std::max<size_t>(argument.length, 256)), inner(std::max(pointed.length, POINTED_ROOM));
  std::copy_n(argument.data, argument.length, outer.begin());
  std::copy_n(pointed.data, pointed.length, inner.begin());
  void* address = inner.data();
  std::copy_n(reinterpret_cast<uint8_t*>(&address), sizeof address, outer.begin() + offset);
  int result = ioctl(fd, request, outer.data());
  int error = errno;
  std::copy_n(inner.begin(), pointed.length, pointed.data);
  errno = error;
  return Result(info.Env(), "ioctl", result);
}

// bpf(BPF_PROG_LOAD) of a socket filter; the instructions are 8 octets each.
Napi::Value LoadProgram(const Napi::CallbackInfo& info) {
  Bytes instructions;
  std::string license;
  if (!Read(info, 0, &instructions) || !Read(info, 1, &license)) return Napi::Value();
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = reinterpret_cast<uintptr_t>(instructions.data);
  attributes.insn_cnt = static_cast<uint32_t>(instructions.length / 8);
  attributes.license = reinterpret_cast<uintptr_t>(license.c_str());
  long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
  if (fd < 0) return Fail(info.Env(), "bpf", errno);
  return NewDescriptor(info.Env(), static_cast<int>(fd));
}

}  // namespace

void DefineDevices(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New<Open>(env, "open"));
  exports.Set("close", Napi::Function::New<Close>(env, "close"));
  exports.Set("ioctl", Napi::Function::New<Control>(env, "ioctl"));
  exports.Set("ioctlPointing", Napi::Function::New<ControlPointing>(env, "ioctlPointing"));
  exports.Set("loadProgram", Napi::Function::New<LoadProgram>(env, "loadProgram"));
}

}  // namespace vnet
