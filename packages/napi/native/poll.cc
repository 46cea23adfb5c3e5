// Readiness of descriptors on the calling thread's own event loop.
#include <fcntl.h>
#include <sys/socket.h>

#include "check.h"

namespace vnet {

// The libuv half of a subscription: it must outlive the JavaScript half, as uv_close ends in a later turn of the loop.
struct Watcher {
  uv_poll_t handle;
  Environment* environment;
  class PollHandle* owner;
  int fd;
  int events;
};

namespace {
constexpr int GONE = 4;

void Release(Watcher* watcher) {
  watcher->owner = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&watcher->handle), [](uv_handle_t* handle) {
    auto* closed = static_cast<Watcher*>(handle->data);
    Environment* environment = closed->environment;
    environment->watchers.erase(closed);
    delete closed;
    if (environment->ending && environment->watchers.empty()) napi_remove_async_cleanup_hook(environment->cleanup);
  });
}

bool IsSocket(int fd) {
  int type;
  socklen_t length = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
}
}  // namespace

class PollHandle : public Napi::ObjectWrap<PollHandle> {
 public:
  explicit PollHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PollHandle>(info) {
    int fd;
    if (!Read(info, 0, &fd)) return;
    if (!info[1].IsFunction()) {
      Refuse(info, 1, "a function");
      return;
    }
    // A property, not a reference: a reference would be a root, and a callback that knows its handle a leak. A numbered
    // one, since a name would be made into a string and looked up for each event.
    info.This().As<Napi::Object>().Set(uint32_t{0}, info[1]);
    Environment& environment = Environment::of(info.Env());
    auto* watcher = new Watcher{{}, &environment, this, fd, 0};
    if (int status = uv_poll_init(environment.loop, &watcher->handle, fd)) {
      delete watcher;
      Fail(info.Env(), "poll", -status);
      return;
    }
    watcher->handle.data = watcher;
    environment.watchers.insert(watcher);
    watcher_ = watcher;
  }

  ~PollHandle() override { Abandon(); }

  void Abandon() {
    if (watcher_) Release(watcher_);
    watcher_ = nullptr;
  }

  void End() {
    if (!watcher_) return;
    SetEvents(0);
    Abandon();
  }

  void Watch(const Napi::CallbackInfo& info) {
    int64_t events = 0;
    if (!Read(info, 0, &events, 0, UV_READABLE | UV_WRITABLE) || !watcher_) return;
    if (events && fcntl(watcher_->fd, F_GETFD) < 0) {
      Fail(info.Env(), "poll", errno);
      return;
    }
    if (int status = SetEvents(static_cast<int>(events))) Fail(info.Env(), "poll", -status);
  }

  void KeepAlive(const Napi::CallbackInfo& info) {
    if (!watcher_) return;
    auto* handle = reinterpret_cast<uv_handle_t*>(&watcher_->handle);
    info[0].ToBoolean() ? uv_ref(handle) : uv_unref(handle);
  }

  void Close(const Napi::CallbackInfo&) { End(); }

 private:
  int SetEvents(int events) {
    if (events == watcher_->events) return 0;
    int status = events ? uv_poll_start(&watcher_->handle, events, OnReady) : uv_poll_stop(&watcher_->handle);
    if (status) return status;
    // Collected when forgotten, except while it watches: then the loop holds it, as it does any active handle of Node.
    if (!watcher_->events) Ref();
    if (!events) Unref();
    watcher_->events = events;
    return 0;
  }

  static void OnReady(uv_poll_t* handle, int status, int events) {
    auto* watcher = static_cast<Watcher*>(handle->data);
    PollHandle* self = watcher->owner;
    if (!self) return;
    Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    Napi::Object object = self->Value();
    if (status < 0) {
      // libuv stops at every EPOLLERR. On a socket that is an error to be received (netlink's ENOBUFS, ENETDOWN of a
      // packet socket), after which it goes on; on a TUN the device is gone for good.
      events = IsSocket(watcher->fd) ? watcher->events : GONE;
      if (events == GONE) {
        self->End();
      } else {
        uv_poll_start(handle, events, OnReady);
      }
    }
    Call(env, object, Napi::Number::New(env, events));
  }

  // Plain Node-API: while a Worker is being terminated every call may fail, which is no error here.
  static void Call(napi_env env, napi_value object, napi_value events) {
    napi_value ready, error;
    if (napi_get_element(env, object, 0, &ready) != napi_ok) return;
    if (napi_make_callback(env, nullptr, object, ready, 1, &events, nullptr) == napi_ok) return;
    bool thrown = false;
    if (napi_is_exception_pending(env, &thrown) == napi_ok && thrown &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }

  Watcher* watcher_ = nullptr;
};

namespace {
Napi::Value Poll(const Napi::CallbackInfo& info) {
  return Environment::of(info.Env()).pollHandle.New({info[0], info[1]});
}

// Node asserts that a Worker's loop is empty when the thread ends, so the thread has to wait for uv_close.
void EndThread(napi_async_cleanup_hook_handle handle, void* data) {
  auto* environment = static_cast<Environment*>(data);
  environment->ending = true;
  if (environment->watchers.empty()) {
    napi_remove_async_cleanup_hook(handle);
    return;
  }
  for (Watcher* watcher : environment->watchers) {
    if (watcher->owner) watcher->owner->Abandon();
  }
}
}  // namespace

void StopWatching(Environment& environment, int fd) {
  for (Watcher* watcher : environment.watchers) {
    if (watcher->owner && watcher->fd == fd) watcher->owner->End();
  }
}

void DefinePolling(Napi::Env env, Napi::Object exports) {
  Environment& environment = Environment::of(env);
  environment.pollHandle = Napi::Persistent(PollHandle::DefineClass(
      env, "PollHandle",
      {PollHandle::InstanceMethod("watch", &PollHandle::Watch), PollHandle::InstanceMethod("ref", &PollHandle::KeepAlive),
       PollHandle::InstanceMethod("close", &PollHandle::Close)}));
  napi_get_uv_event_loop(env, &environment.loop);
  napi_add_async_cleanup_hook(env, EndThread, &environment, &environment.cleanup);
  exports.Set("poll", Napi::Function::New<Poll>(env, "poll"));
}

}  // namespace vnet
