// Runs a system call in another network namespace without moving the calling thread.
#pragma once

#include <functional>

namespace vnet {

// What a call on the throw-away thread came to: a value of at least 0, or an error number and the call it came from.
struct Outcome {
  int value;
  int error;
  const char* syscall;
};

// The outcome of a system call that just returned on this thread.
Outcome OutcomeOf(const char* syscall, int value);

// Calls `call` in the namespace that `target` is a descriptor of; on the calling thread if `target` is -1.
Outcome CallIn(int target, const std::function<Outcome()>& call);

}  // namespace vnet
