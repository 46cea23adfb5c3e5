// Sockets: made in a namespace, named, configured, and moved through in batches.
#include <sys/socket.h>

#include <algorithm>

#include "check.h"
#include "namespace.h"

namespace vnet {
namespace {

Napi::Value Socket(const Napi::CallbackInfo& info) {
  int family, type, protocol, target;
  if (!Read(info, 0, &family) || !Read(info, 1, &type) || !Read(info, 2, &protocol) ||
      !ReadNamespace(info, 3, &target)) {
    return Napi::Value();
  }
  Outcome outcome = CallIn(
      target, [=] { return OutcomeOf("socket", socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)); });
  if (outcome.error) return Fail(info.Env(), outcome.syscall, outcome.error);
  return NewDescriptor(info.Env(), outcome.value);
}

Napi::Value WithAddress(const Napi::CallbackInfo& info, const char* name, int (*call)(int, const sockaddr*, socklen_t)) {
  int fd;
  Bytes address;
  if (!Read(info, 0, &fd) || !Read(info, 1, &address)) return Napi::Value();
  int result = call(fd, reinterpret_cast<const sockaddr*>(address.data), static_cast<socklen_t>(address.length));
  return result < 0 ? Fail(info.Env(), name, errno) : info.Env().Undefined();
}

Napi::Value Bind(const Napi::CallbackInfo& info) { return WithAddress(info, "bind", ::bind); }

Napi::Value Connect(const Napi::CallbackInfo& info) { return WithAddress(info, "connect", ::connect); }

Napi::Value SocketName(const Napi::CallbackInfo& info) {
  int fd;
  if (!Read(info, 0, &fd)) return Napi::Value();
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) < 0) return Fail(info.Env(), "getsockname", errno);
  length = std::min<socklen_t>(length, sizeof address);
  Napi::Uint8Array octets = Napi::Uint8Array::New(info.Env(), length);
  std::copy_n(reinterpret_cast<uint8_t*>(&address), length, octets.Data());
  return octets;
}

Napi::Value SetOption(const Napi::CallbackInfo& info) {
  int fd, level, option;
  Bytes value;
  if (!Read(info, 0, &fd) || !Read(info, 1, &level) || !Read(info, 2, &option) || !Read(info, 3, &value)) {
    return Napi::Value();
  }
  int result = setsockopt(fd, level, option, value.data, static_cast<socklen_t>(value.length));
  return result < 0 ? Fail(info.Env(), "setsockopt", errno) : info.Env().Undefined();
}

Napi::Value GetOption(const Napi::CallbackInfo& info) {
  int fd, level, option;
  Bytes value;
  if (!Read(info, 0, &fd) || !Read(info, 1, &level) || !Read(info, 2, &option) || !Read(info, 3, &value)) {
    return Napi::Value();
  }
  socklen_t length = static_cast<socklen_t>(value.length);
  if (getsockopt(fd, level, option, value.data, &length) < 0) return Fail(info.Env(), "getsockopt", errno);
  return Napi::Number::New(info.Env(), length);
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  int fd;
  Bytes bytes;
  if (!Read(info, 0, &fd) || !Read(info, 1, &bytes)) return Napi::Value();
  size_t length = bytes.length;
  if (!info[2].IsUndefined()) {
    int64_t given = 0;
    if (!Read(info, 2, &given, 0, static_cast<double>(bytes.length))) return Napi::Value();
    length = static_cast<size_t>(given);
  }
  ssize_t sent;
  do {
    sent = send(fd, bytes.data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno == EAGAIN) sent = 0;
  return Result(info.Env(), "send", sent);
}

Napi::Value Receive(const Napi::CallbackInfo& info) {
  int fd;
  Bytes slab;
  void* lengthData = nullptr;
  size_t capacity = 0;
  int64_t reserve = 0;
  if (!Read(info, 0, &fd) || !Read(info, 1, &slab) ||
      !ReadArray(info, 2, napi_int32_array, "an Int32Array", &lengthData, &capacity) ||
      !Read(info, 3, &reserve, 0, 9007199254740991.0)) {
    return Napi::Value();
  }
  Environment& environment = Environment::of(info.Env());
  if (!environment.keptErrors.empty()) {
    auto kept = environment.keptErrors.find(fd);
    if (kept != environment.keptErrors.end()) {
      int error = kept->second;
      environment.keptErrors.erase(kept);
      return Fail(info.Env(), "recv", error);
    }
  }
  auto* lengths = static_cast<int32_t*>(lengthData);
  size_t count = 0, offset = 0;
  while (count < capacity && offset < slab.length) {
    size_t room = slab.length - offset;
    if (count > 0 && room < static_cast<size_t>(reserve)) break;
    ssize_t got = recv(fd, slab.data + offset, room, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      if (count == 0) return Fail(info.Env(), "recv", errno);
      environment.keptErrors[fd] = errno;
      break;
    }
    lengths[count++] = static_cast<int32_t>(got);
    offset += (static_cast<size_t>(got) + 3) & ~static_cast<size_t>(3);
  }
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value SendTo(const Napi::CallbackInfo& info) {
  int fd;
  Bytes bytes, address;
  if (!Read(info, 0, &fd) || !Read(info, 1, &bytes) || !Read(info, 2, &address)) return Napi::Value();
  const auto* to = address.length == 0 ? nullptr : reinterpret_cast<const sockaddr*>(address.data);
  ssize_t sent;
  do {
    sent = sendto(fd, bytes.data, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, static_cast<socklen_t>(address.length));
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno != EAGAIN) return Fail(info.Env(), "sendto", errno);
  return Napi::Boolean::New(info.Env(), sent >= 0);
}

Napi::Value ReceiveMessage(const Napi::CallbackInfo& info) {
  int fd;
  Bytes bytes, address, control;
  void* lengthData = nullptr;
  size_t capacity = 0;
  if (!Read(info, 0, &fd) || !Read(info, 1, &bytes) || !Read(info, 2, &address) || !Read(info, 3, &control) ||
      !ReadArray(info, 4, napi_int32_array, "an Int32Array", &lengthData, &capacity)) {
    return Napi::Value();
  }
  if (capacity < 2) {
    Refuse(info, 4, "an Int32Array of two");
    return Napi::Value();
  }
  iovec part{bytes.data, bytes.length};
  msghdr message{};
  message.msg_name = address.data;
  message.msg_namelen = static_cast<socklen_t>(address.length);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data;
  message.msg_controllen = control.length;
  ssize_t got;
  do {
    got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != EAGAIN) return Fail(info.Env(), "recvmsg", errno);
  auto* lengths = static_cast<int32_t*>(lengthData);
  lengths[0] = static_cast<int32_t>(std::min<size_t>(message.msg_namelen, address.length));
  lengths[1] = static_cast<int32_t>(message.msg_controllen);
  return Napi::Number::New(info.Env(), static_cast<double>(got));
}

}  // namespace

void DefineSockets(Napi::Env env, Napi::Object exports) {
  exports.Set("socket", Napi::Function::New<Socket>(env, "socket"));
  exports.Set("bind", Napi::Function::New<Bind>(env, "bind"));
  exports.Set("connect", Napi::Function::New<Connect>(env, "connect"));
  exports.Set("socketName", Napi::Function::New<SocketName>(env, "socketName"));
  exports.Set("setOption", Napi::Function::New<SetOption>(env, "setOption"));
  exports.Set("getOption", Napi::Function::New<GetOption>(env, "getOption"));
  exports.Set("send", Napi::Function::New<Send>(env, "send"));
  exports.Set("receive", Napi::Function::New<Receive>(env, "receive"));
  exports.Set("sendTo", Napi::Function::New<SendTo>(env, "sendTo"));
  exports.Set("receiveMessage", Napi::Function::New<ReceiveMessage>(env, "receiveMessage"));
}

}  // namespace vnet
