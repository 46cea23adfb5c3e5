/** The ports of any master. @module */
import type { Device } from '../object/device.js'

/** The links whose master a link is, in order of index. */
export const portsOf = (master: Device): Device[] =>
  [...master.namespace.sorted()].filter((device) => device.master === master)
