/** Settings of a link that every kind has: MAC, MTU, name, alternative names, queue length (`do_setlink`). @module */
import { formatMac, isGroupMac } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { refuse } from '../refusal.js'
import { type Device, hasMac } from './device.js'

/** Sets the link-layer address. */
export function setMac(kernel: Kernel, device: Device, mac: Uint8Array): void {
  if (!hasMac(device)) {
    // A MAC is shorter than the address of IPv6 that such a tunnel has (`validate_linkmsg`).
    const isShort = device.type === 'gre6' || device.type === 'tunnel6'
    refuse(isShort ? 'EINVAL' : 'EOPNOTSUPP', undefined, { attribute: 'spec.mac', hint: `${device.name} has no MAC` })
  }
  const { fixedMac } = device.kind ?? {}
  if (fixedMac !== undefined) refuse('EOPNOTSUPP', undefined, { attribute: 'spec.mac', hint: fixedMac })
  checkMac(mac)
  const text = formatMac(mac)
  if (device.kind?.setMac !== undefined) device.kind.setMac(kernel, device, text)
  else device.mac = text
  device.macSet = true
  kernel.notify('address', device)
}

/** Refuses what is no unicast address. */
export function checkMac(mac: Uint8Array, attribute = 'spec.mac'): void {
  if (isGroupMac(mac) || mac.every((octet) => octet === 0)) {
    refuse('EADDRNOTAVAIL', undefined, {
      attribute,
      hint: 'a link needs a unicast MAC: the lowest bit of its first octet is 0, and it is not all zero',
    })
  }
}

/** Sets the MTU, within what the driver takes. */
export function setMtu(kernel: Kernel, device: Device, mtu: number): void {
  if (mtu === device.mtu) return
  checkMtu(device, mtu)
  device.kind?.checkMtu?.(kernel, device, mtu)
  device.mtu = mtu
  device.kind?.mtuChanged?.(kernel, device)
  kernel.notify('mtu', device)
}

/** Refuses an MTU that the driver does not take. */
export function checkMtu(device: Device, mtu: number): void {
  if (mtu < device.minMtu) {
    refuse('EINVAL', 'mtu less than device minimum', {
      attribute: 'spec.mtu',
      hint: `the least MTU of this link is ${device.minMtu}`,
    })
  }
  if (device.maxMtu > 0 && mtu > device.maxMtu) {
    refuse('EINVAL', 'mtu greater than device maximum', {
      attribute: 'spec.mtu',
      hint: `the largest MTU of this link is ${device.maxMtu}`,
    })
  }
}

/** Gives a new name. */
export function rename(kernel: Kernel, device: Device, name: string): void {
  const { namespace } = device
  if (name === device.name) return
  const chosen = name.includes('%') ? patternName(device, name) : name
  if (namespace.byName.has(chosen)) {
    refuse('EEXIST', undefined, { attribute: 'spec.name', hint: 'another link has this name or alternative name' })
  }
  namespace.removeName(device.name)
  device.name = chosen
  namespace.enterName(chosen, device)
  // Labels of IPv4 addresses follow the name (`inetdev_changename`).
  kernel.notify('name', device)
}

/** The first free name of a pattern with one `%d`; refuses other patterns, as the kernel does. */
export function patternName(device: Device, pattern: string): string {
  const parts = pattern.split('%d')
  if (parts.length !== 2 || pattern.split('%').length !== 2) {
    refuse('EINVAL', undefined, { attribute: 'spec.name', hint: 'a name holds at most one %d, which becomes a number' })
  }
  const [prefix, suffix] = parts as [string, string]
  return device.namespace.freeName(prefix, suffix)
}

/** Adds an alternative name. */
export function addAltName(device: Device, name: string): void {
  if (device.namespace.byName.has(name)) {
    refuse('EEXIST', undefined, {
      attribute: 'spec.addAltNames',
      hint: `${name} is already the name or an alternative name of a link`,
    })
  }
  device.altNames = [...device.altNames, name]
  device.namespace.enterName(name, device)
}

/** Removes an alternative name. */
export function deleteAltName(device: Device, name: string): void {
  const owner = device.namespace.byName.get(name)
  if (owner === undefined) refuse('ENOENT', undefined, { attribute: 'spec.deleteAltNames' })
  if (owner !== device || !device.altNames.includes(name)) {
    refuse('EINVAL', undefined, {
      attribute: 'spec.deleteAltNames',
      hint: `${name} is no alternative name of this link`,
    })
  }
  device.altNames = device.altNames.filter((other) => other !== name)
  device.namespace.removeName(name)
}
