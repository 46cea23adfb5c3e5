// What one JavaScript thread (a Node environment) keeps between calls; freed when that thread ends.
#pragma once

#include <napi.h>
#include <node_api.h>
#include <unistd.h>
#include <uv.h>

#include <list>
#include <map>
#include <set>
#include <vector>

#include "ring.h"

namespace vnet {

struct Watcher;

// What was learnt of a TUN's descriptor.
struct Habit {
  // Frames that the last read gave: as many are asked for at first.
  size_t window = 1;
  // Octets of the longest frame that there was, or of an Ethernet's: so much room is reckoned for each frame of a run.
  size_t longest = 1600;
  // Frames that were read and had no room in the slab.
  std::list<std::vector<uint8_t>> kept;
  // Whether its send buffer has a limit: then frames are written one at a time, so that none overtakes another.
  enum { UNKNOWN, NO, YES } bounded = UNKNOWN;
};

// Trees, not hash tables, and lists: with GCC 12 those need a libstdc++ of 2021 (GLIBCXX_3.4.29), newer than what Node needs.
struct Environment {
  // Makes the error to throw from (syscall, errno): names and sentences are TypeScript's business.
  Napi::FunctionReference makeError;
  Napi::FunctionReference pollHandle;
  // Errors that arrived behind datagrams already handed out, by descriptor: thrown by the next receive.
  std::map<int, int> keptErrors;
  std::map<int, Habit> habits;
  // What this thread has opened and not closed. A process takes its descriptors along when it ends, a Worker does not: a
  // TAP that nobody reads any more would stay, and swallow frames.
  std::set<int> descriptors;
  Ring ring;

  uv_loop_t* loop = nullptr;
  // Every libuv handle not yet released; the thread's loop may not end before this is empty.
  std::set<Watcher*> watchers;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  bool ending = false;

  ~Environment() {
    for (int fd : descriptors) close(fd);
  }

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

void DefineSockets(Napi::Env env, Napi::Object exports);
void DefineDevices(Napi::Env env, Napi::Object exports);
void DefineNamespaces(Napi::Env env, Napi::Object exports);
void DefinePolling(Napi::Env env, Napi::Object exports);
void DefineBatches(Napi::Env env, Napi::Object exports);
void DefinePackets(Napi::Env env, Napi::Object exports);

// Ends the subscriptions of a descriptor that is about to be closed: libuv aborts when it meets a closed one.
void StopWatching(Environment& environment, int fd);

}  // namespace vnet
