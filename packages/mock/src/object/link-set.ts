/** `link set` (`do_setlink`): the changes in the kernel's order; those before a refusal stay. @module */
import { type CleanLinkChange, changeableProperties, factsOf } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { stateChange } from './carrier.js'
import type { Device } from './device.js'
import { moveLink } from './link-move.js'
import { changeBondPort, changeCarrier, changePort } from './link-option.js'
import { addAltName, deleteAltName, rename, setMac, setMtu } from './link-setting.js'
import { checkNames, linkOf, namespaceOf } from './lookup.js'
import { setMaster } from './master.js'
import { changeFlags } from './state.js'

/** Changes a link. */
export function setLink(kernel: Kernel, namespace: Namespace, change: CleanLinkChange): undefined {
  const device = linkOf(namespace, change.link)
  const target = change.namespace === undefined ? namespace : namespaceOf(kernel, change.namespace, 'spec.namespace')
  checkNames(namespace, target, change)
  let notify = changeKind(kernel, device, change)
  if (change.namespace !== undefined) {
    moveLink(kernel, device, target, change.name)
  }
  try {
    if (change.mac !== undefined) setMac(kernel, device, change.mac)
    if (change.mtu !== undefined) setMtu(kernel, device, change.mtu)
    if (change.group !== undefined) {
      device.group = change.group
      notify = true
    }
    if (change.name !== undefined) rename(kernel, device, change.name)
    if (change.alias !== undefined) {
      device.alias = change.alias === '' ? undefined : change.alias
      notify = true
    }
    changeFlags(kernel, device, change)
    if (change.master !== undefined) setMaster(kernel, device, change.master)
    if (change.carrier !== undefined) changeCarrier(kernel, device, change.carrier)
    if (change.txQueueLength !== undefined && change.txQueueLength !== device.txQueueLength) {
      device.txQueueLength = change.txQueueLength
      kernel.tellLink(device)
    }
  } finally {
    if (notify) stateChange(kernel, device)
  }
  if (change.port !== undefined) {
    changePort(kernel, device, change.port)
    // A state goes by RTM_SETLINK of AF_BRIDGE, behind which the carrier is not looked at again.
    if (change.port.state === undefined) stateChange(kernel, device)
    else kernel.tellPort(device)
  }
  if (change.bondPort !== undefined) {
    changeBondPort(kernel, device, change.bondPort)
    stateChange(kernel, device)
  }
  for (const name of change.deleteAltNames ?? []) deleteAltName(device, name)
  for (const name of change.addAltNames ?? []) addAltName(device, name)
  const renamed = (change.deleteAltNames?.length ?? 0) + (change.addAltNames?.length ?? 0) > 0
  if (renamed) stateChange(kernel, device)
  return undefined
}

/** Options of the link's kind; refuses those of another kind. */
function changeKind(kernel: Kernel, device: Device, change: CleanLinkChange): boolean {
  for (const property of changeableProperties) {
    if (change[property] === undefined) continue
    const kind = device.kind
    if (kind?.change === undefined || factsOf(kind.name)?.property !== property) {
      refuse('EOPNOTSUPP', undefined, { attribute: `spec.${property}`, hint: `${device.name} is no ${property}` })
    }
    kind.change(kernel, device, change)
    return true
  }
  return false
}
