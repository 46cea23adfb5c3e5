// Network namespaces: throw-away threads that enter them, new ones, and the mounts that keep them.
#include "namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "check.h"

namespace vnet {
namespace {

struct Errand {
  const std::function<Outcome()>& call;
  Outcome outcome;
};

void Run(void* argument) {
  auto* errand = static_cast<Errand*>(argument);
  errand->outcome = errand->call();
}

// A thread inherits its creator's namespace, so a thread that Node keeps must never be switched, not even for an
// instant: a Worker started meanwhile would stay in the wrong namespace. This thread ends before anyone sees it.
Outcome OnThrowawayThread(const std::function<Outcome()>& call) {
  Errand errand{call, {-1, 0, ""}};
  uv_thread_options_t options{};
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = 256 * 1024;
  uv_thread_t thread;
  if (int status = uv_thread_create_ex(&thread, &options, Run, &errand)) return {-1, -status, "pthread_create"};
  uv_thread_join(&thread);
  return errand.outcome;
}

Napi::Value CreateNamespace(const Napi::CallbackInfo& info) {
  Outcome outcome = OnThrowawayThread([]() -> Outcome {
    if (unshare(CLONE_NEWNET) != 0) return OutcomeOf("unshare", -1);
    return OutcomeOf("open", open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  });
  if (outcome.error) return Fail(info.Env(), outcome.syscall, outcome.error);
  return NewDescriptor(info.Env(), outcome.value);
}

Napi::Value Mount(const Napi::CallbackInfo& info) {
  std::string source, target, type;
  uint64_t flags;
  if (!Read(info, 0, &source) || !Read(info, 1, &target) || !Read(info, 2, &type) || !ReadUnsigned(info, 3, &flags)) {
    return Napi::Value();
  }
  int result = mount(source.c_str(), target.c_str(), type.c_str(), static_cast<unsigned long>(flags), nullptr);
  return result < 0 ? Fail(info.Env(), "mount", errno) : info.Env().Undefined();
}

Napi::Value Unmount(const Napi::CallbackInfo& info) {
  std::string target;
  int flags;
  if (!Read(info, 0, &target) || !Read(info, 1, &flags)) return Napi::Value();
  return umount2(target.c_str(), flags) < 0 ? Fail(info.Env(), "umount2", errno) : info.Env().Undefined();
}

}  // namespace

Outcome OutcomeOf(const char* syscall, int value) { return {value, value < 0 ? errno : 0, syscall}; }

Outcome CallIn(int target, const std::function<Outcome()>& call) {
  if (target < 0) return call();
  return OnThrowawayThread([&]() -> Outcome {
    if (setns(target, CLONE_NEWNET) != 0) return OutcomeOf("setns", -1);
    return call();
  });
}

void DefineNamespaces(Napi::Env env, Napi::Object exports) {
  exports.Set("createNamespace", Napi::Function::New<CreateNamespace>(env, "createNamespace"));
  exports.Set("mount", Napi::Function::New<Mount>(env, "mount"));
  exports.Set("unmount", Napi::Function::New<Unmount>(env, "unmount"));
}

}  // namespace vnet
