/** Checks of requests about VLANs of bridges as a whole. @module */
import { typeFault } from '../argument.js'
import {
  type BridgeVlanGlobalFilter,
  bridgeVlanGlobalFields,
  type CleanBridgeVlanGlobalChange,
} from '../bridge-vlan-global.js'
import { oneVlan, vlans } from './bridge-vlan.js'
import { objectOf, optionChecks } from './object.js'
import { linkRef } from './scalar.js'

const { checks } = optionChecks(bridgeVlanGlobalFields, 'set')
const change = objectOf({ bridge: linkRef, vlan: vlans, ...checks }, ['bridge', 'vlan'])
const filter = objectOf({ bridge: linkRef, vlan: oneVlan })

/** `bridgeVlanGlobal set`. */
export function bridgeVlanGlobalChange(value: unknown): CleanBridgeVlanGlobalChange {
  const clean = change(value, 'spec')
  const names = Object.keys(checks)
  if (!names.some((name) => name in clean)) throw typeFault('spec', `one of ${names.join(', ')}`, undefined)
  return clean as unknown as CleanBridgeVlanGlobalChange
}

/** `bridgeVlanGlobal list`. */
export function bridgeVlanGlobalList(value: unknown): BridgeVlanGlobalFilter {
  return filter(value, 'spec')
}
