/** The ports of any master. @module */
import type { Device } from '../object/device.js'

/** The links whose master a link is, in order of index. */
export const portsOf = (master: Device): Device[] =>
  // A bridge knows its own; there may be many links besides.
  master.bridge === undefined
    ? [...master.namespace.sorted()].filter((device) => device.master === master)
    : [...master.bridge.ports].sort((a, b) => a.index - b.index)
