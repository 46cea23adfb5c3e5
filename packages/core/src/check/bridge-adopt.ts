/** Checks of what a bridge takes over from a NIC, or gives back. @module */

import { typeFault } from '../argument.js'
import type { BridgeAdoptSpec, BridgeReleaseSpec } from '../bridge-adopt.js'
import { objectOf } from './object.js'
import { boolean, type Check, ipAddress, linkName, linkRef } from './scalar.js'

/** An IP address, perhaps with a link behind `%`. */
const session: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw typeFault(path, 'a text', value)
  const [address = '', link] = value.split('%', 2)
  ipAddress(address, path)
  if (link !== undefined) linkName(link, path)
  return value
}

const base = { link: linkRef, force: boolean, session }
const adopt = objectOf({ ...base, bridge: linkRef }, ['link'])
const release = objectOf({ ...base, deleteBridge: boolean }, ['link'])

/** `bridge adopt`. */
export function bridgeAdoptSpec(value: unknown, path: string): BridgeAdoptSpec {
  const clean = adopt(value, path) as unknown as BridgeAdoptSpec
  return clean
}

/** `bridge release`. */
export function bridgeReleaseSpec(value: unknown, path: string): BridgeReleaseSpec {
  return release(value, path) as unknown as BridgeReleaseSpec
}
