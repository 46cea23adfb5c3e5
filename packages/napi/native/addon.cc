// The addon's exports: the system calls, and the hook by which TypeScript supplies the errors they throw.
#include "environment.h"

namespace vnet {
namespace {

Napi::Value UseErrors(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info[0].IsFunction()) {
    Environment::of(env).makeError = Napi::Persistent(info[0].As<Napi::Function>());
  } else {
    Napi::TypeError::New(env, "argument 1 must be a function").ThrowAsJavaScriptException();
  }
  return env.Undefined();
}

Napi::Object Start(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment());
  DefineSockets(env, exports);
  DefineDevices(env, exports);
  DefineNamespaces(env, exports);
  DefinePolling(env, exports);
  DefineBatches(env, exports);
  DefinePackets(env, exports);
  exports.Set("useErrors", Napi::Function::New<UseErrors>(env, "useErrors"));
  return exports;
}

}  // namespace
}  // namespace vnet

using vnet::Start;
NODE_API_MODULE(vnet, Start)
