// Reads JavaScript arguments without trusting them, and turns error numbers into JavaScript errors.
#pragma once

#include <cerrno>
#include <string>

#include "environment.h"

namespace vnet {

// The octets of a Uint8Array; valid until JavaScript runs again.
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

// Throws the error of a failed system call; `return Fail(...)` ends the calling function.
inline Napi::Value Fail(Napi::Env env, const char* syscall, int error) {
  Napi::FunctionReference& make = Environment::of(env).makeError;
  Napi::Value thrown = make.IsEmpty() ? Napi::Error::New(env, syscall).Value()
                                      : make.Call({Napi::String::New(env, syscall), Napi::Number::New(env, error)});
  if (!thrown.IsEmpty()) napi_throw(env, thrown);
  return Napi::Value();
}

inline Napi::Value Result(Napi::Env env, const char* syscall, int64_t result) {
  if (result < 0) return Fail(env, syscall, errno);
  return Napi::Number::New(env, static_cast<double>(result));
}

inline bool Refuse(const Napi::CallbackInfo& info, size_t index, const char* wanted) {
  std::string message = "argument " + std::to_string(index + 1) + " must be " + wanted;
  Napi::TypeError::New(info.Env(), message).ThrowAsJavaScriptException();
  return false;
}

// Integers are read as doubles: napi_get_value_int32 turns NaN into 0, which is a valid descriptor.
inline bool Read(const Napi::CallbackInfo& info, size_t index, int64_t* value, double low, double high) {
  double number;
  if (napi_get_value_double(info.Env(), info[index], &number) != napi_ok || !(number >= low && number <= high) ||
      number != static_cast<double>(static_cast<int64_t>(number))) {
    return Refuse(info, index, "an integer in range");
  }
  *value = static_cast<int64_t>(number);
  return true;
}

inline bool Read(const Napi::CallbackInfo& info, size_t index, int* value) {
  int64_t wide = 0;
  if (!Read(info, index, &wide, INT32_MIN, INT32_MAX)) return false;
  *value = static_cast<int>(wide);
  return true;
}

inline bool ReadUnsigned(const Napi::CallbackInfo& info, size_t index, uint64_t* value) {
  int64_t wide = 0;
  if (!Read(info, index, &wide, 0, 9007199254740991.0)) return false;
  *value = static_cast<uint64_t>(wide);
  return true;
}

inline bool ReadArray(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type wanted, const char* name,
                      void** data, size_t* length) {
  napi_typedarray_type type;
  if (napi_get_typedarray_info(info.Env(), info[index], &type, length, data, nullptr, nullptr) != napi_ok ||
      type != wanted) {
    return Refuse(info, index, name);
  }
  return true;
}

inline bool Read(const Napi::CallbackInfo& info, size_t index, Bytes* bytes) {
  return ReadArray(info, index, napi_uint8_array, "a Uint8Array", reinterpret_cast<void**>(&bytes->data),
                   &bytes->length);
}

// A string for the kernel: a NUL inside would silently name another file.
inline bool Read(const Napi::CallbackInfo& info, size_t index, std::string* text) {
  if (!info[index].IsString()) return Refuse(info, index, "a string");
  *text = info[index].As<Napi::String>().Utf8Value();
  return text->find('\0') == std::string::npos || Refuse(info, index, "a string without NUL");
}

// The optional namespace descriptor of `socket`, `open` and `ioctl`; -1 when absent.
inline bool ReadNamespace(const Napi::CallbackInfo& info, size_t index, int* fd) {
  *fd = -1;
  return info[index].IsUndefined() || (Read(info, index, fd) && (*fd >= 0 || Refuse(info, index, "a descriptor")));
}

// A descriptor number that the kernel just gave out: whatever was kept for its former owner is stale.
inline Napi::Value NewDescriptor(Napi::Env env, int fd) {
  Environment& environment = Environment::of(env);
  environment.keptErrors.erase(fd);
  environment.habits.erase(fd);
  environment.descriptors.insert(fd);
  return Napi::Number::New(env, fd);
}

}  // namespace vnet
