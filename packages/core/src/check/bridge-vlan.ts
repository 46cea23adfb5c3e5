/** Checks of requests about the VLANs of bridges. @module */
import { rangeFault, typeFault } from '../argument.js'
import type {
  BridgeVlanFilter,
  CleanBridgeVlanChange,
  CleanBridgeVlanKey,
  CleanBridgeVlanSpec,
} from '../bridge-vlan.js'
import { portStates } from '../kind/bridge-port.js'
import { objectOf } from './object.js'
import { boolean, type Check, linkRef, numberRange, wholeNumber, word } from './scalar.js'

/** One VLAN. */
export const oneVlan = wholeNumber(1, 4094)
const someVlans = numberRange(1, 4094)

/** One VLAN, or the first and the last. */
export const vlans: Check<readonly [number, number]> = (value, path) => {
  if (Array.isArray(value)) return someVlans(value, path)
  const vlan = oneVlan(value, path)
  return [vlan, vlan]
}

/** The identifiers of VXLAN and GENEVE. */
const mostTunnel = 0xffffff
const tunnelId = wholeNumber(1, mostTunnel)

const needed = ['link', 'vlan']
const keyChecks = { link: linkRef, vlan: vlans, self: boolean, master: boolean }
const key = objectOf(keyChecks, needed)
const spec = objectOf({ ...keyChecks, pvid: boolean, untagged: boolean }, needed)
const options = {
  state: word(portStates),
  multicastRouter: wholeNumber(0, 3),
  multicastMaxGroups: wholeNumber(0, 0xffffffff),
  neighbourSuppress: boolean,
  tunnel: ((value, path) => (value === null ? null : tunnelId(value, path))) satisfies Check<number | null>,
}
const change = objectOf({ link: linkRef, vlan: vlans, ...options }, needed)
const filter = objectOf({ link: linkRef, vlan: oneVlan, statistics: boolean })

/** `bridgeVlan add`. */
export function bridgeVlanSpec(value: unknown): CleanBridgeVlanSpec {
  const clean = spec(value, 'spec') as unknown as CleanBridgeVlanSpec
  placed(clean)
  if (clean.pvid && clean.vlan[0] !== clean.vlan[1]) {
    throw rangeFault('spec.pvid', 'untagged frames belong to one VLAN', 'add the other VLANs without pvid')
  }
  return clean
}

/** `bridgeVlan delete`. */
export function bridgeVlanKey(value: unknown): CleanBridgeVlanKey {
  const clean = key(value, 'spec') as unknown as CleanBridgeVlanKey
  placed(clean)
  return clean
}

function placed({ self, master }: CleanBridgeVlanKey): void {
  if (master === false && self !== true)
    throw rangeFault(
      'spec.master',
      'a VLAN is of a port or of the bridge itself',
      'leave master out, or give self: true',
    )
}

/** `bridgeVlan set`. */
export function bridgeVlanChange(value: unknown): CleanBridgeVlanChange {
  const clean = change(value, 'spec') as unknown as CleanBridgeVlanChange
  const names = Object.keys(options)
  if (!names.some((name) => name in clean)) throw typeFault('spec', `one of ${names.join(', ')}`, undefined)
  const [first, last] = clean.vlan
  if ((clean.tunnel ?? 0) + last - first > mostTunnel)
    throw rangeFault('spec.tunnel', `goes beyond ${mostTunnel} with the last VLAN`, 'give a lower one, or fewer VLANs')
  return clean
}

/** `bridgeVlan list`. */
export function bridgeVlanList(value: unknown): BridgeVlanFilter {
  return filter(value, 'spec')
}
