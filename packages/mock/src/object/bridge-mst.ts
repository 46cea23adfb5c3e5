/** Requests about instances of the spanning tree (`br_mst_process`, `br_mst_fill_info`). @module */
import { type BridgeMst, type BridgeMstChange, type BridgeMstFilter, remedyOf } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { instancesOf, setInstance } from '../kind/bridge-mst.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { linkOf } from './lookup.js'

/** The state of a port in an instance. Nobody is told. */
export function setBridgeMst(kernel: Kernel, namespace: Namespace, spec: BridgeMstChange): undefined {
  const device = linkOf(namespace, spec.link)
  const bridge = device.master?.bridge
  if (device.port === undefined || bridge === undefined) {
    refuse('EOPNOTSUPP', undefined, { attribute: 'spec.link', hint: `${device.name} is no port of a bridge` })
  }
  if (!kernel.has('bridge vlan-filtering')) refuse('EOPNOTSUPP', undefined, { hint: remedyOf('bridge vlan-filtering') })
  if (!bridge.options.mstEnabled)
    refuse('EBUSY', "Can't modify MST state when MST is disabled", { attribute: 'spec.link' })
  setInstance(bridge, device.port, spec.msti, spec.state)
}

/** The states that match, in the order of a dump. */
export function listBridgeMsts(namespace: Namespace, filter: BridgeMstFilter): BridgeMst[] {
  const only = filter.link === undefined ? undefined : linkOf(namespace, filter.link)
  return namespace
    .sorted()
    .filter((device) => only === undefined || device === only)
    .flatMap(instancesOf)
    .filter(({ msti }) => filter.msti === undefined || msti === filter.msti)
}
