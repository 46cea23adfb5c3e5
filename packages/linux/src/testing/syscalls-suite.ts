/** The suite for the second seam: whatever implements `Syscalls` passes it. @module */
import { batchTests } from './syscalls/batch.js'
import { driverTests } from './syscalls/driver.js'
import { namespaceTests } from './syscalls/namespace.js'
import { pollTests } from './syscalls/poll.js'
import { portTests } from './syscalls/port.js'
import { processTests } from './syscalls/process.js'
import { receiveTests } from './syscalls/receive.js'
import { socketTests } from './syscalls/socket.js'
import { type Binding, type Runner, surroundingsOf } from './syscalls/surroundings.js'

export type { Binding, Runner } from './syscalls/surroundings.js'

/**
 * Declares the tests of a binding. Everything happens in namespaces of their own; what cannot be done here is skipped,
 * and the name of the skipped test says which capability is missing (`VNET_KERNEL=required` makes it fail instead).
 *
 * @param runner `{ describe, it }` of vitest or node:test.
 * @example
 * ```ts
 * syscallsSuite({ name: 'napi', create: napiSyscalls, module: import.meta.resolve('@vnet/napi'), factory: 'napiSyscalls' }, { describe, it })
 * ```
 */
export function syscallsSuite(binding: Binding, runner: Runner): void {
  const surroundings = surroundingsOf(binding, runner)
  const groups = {
    socketTests,
    receiveTests,
    pollTests,
    batchTests,
    portTests,
    namespaceTests,
    processTests,
    driverTests,
  }
  for (const [name, declare] of Object.entries(groups)) {
    runner.describe(`${binding.name} syscalls: ${name.replace('Tests', '')}`, () => declare(surroundings))
  }
}
