/** Queues come to a TUN or TAP link and leave it (`tun_set_iff`, `tun_attach`, `__tun_detach`, `drivers/net/tun.c`). @module */
import { formatMac, type PortSpec } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { setCarrier, stateChange } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { deleteLinks } from '../object/link-delete.js'
import { prepare } from '../object/new-link.js'
import { register } from '../object/registration.js'
import { randomMac } from '../random.js'
import { refuse } from '../refusal.js'
import { attachToTapLink, detachFromTapLink, isTapLink } from './tap-link.js'
import { mostQueues, tun } from './tun.js'
import { type TunQueue, TunQueues } from './tun-queues.js'

/** Attaches a queue to the link of a name, which is made where it is not there. */
export function openQueue(kernel: Kernel, namespace: Namespace, spec: PortSpec, queue: TunQueue): Device {
  const there = spec.name === undefined ? undefined : namespace.byName.get(spec.name)
  if (there === undefined) {
    if (spec.create === 'never') {
      refuse('ENODEV', undefined, { hint: 'there is no such link; leave create out to have it made' })
    }
    const made = make(kernel, namespace, spec)
    attach(kernel, made, queue)
    const tunQueues = made.tunQueues as TunQueues
    tunQueues.flags = flagsOf(spec)
    setCarrier(kernel, made, spec.carrier ?? true)
    return made
  }
  if (spec.create === 'always') {
    refuse('EEXIST', undefined, { hint: 'choose another name, or attach to it with create: auto' })
  }
  if (spec.create === 'never' && isTapLink(there)) {
    attachToTapLink(there, queue)
    return there
  }
  checkKind(there, spec)
  attach(kernel, there, queue)
  takeFlags(kernel, there, spec, queue)
  setCarrier(kernel, there, spec.carrier ?? true)
  return there
}

function checkKind(device: Device, spec: PortSpec): void {
  const word = device.kind === tun ? tun.word?.(device) : undefined
  if (word === spec.kind && device.tun?.multiQueue === spec.multiQueue) return
  refuse('EINVAL', undefined, {
    hint: 'the name is that of a link which is no TUN or TAP, is one of the other mode, or has another multiQueue',
  })
}

/** What the first queue decides for all of them, in the words of a refusal. */
const flagsOf = (spec: PortSpec): ReadonlyMap<string, boolean> =>
  new Map([
    ['offloads (virtio header)', spec.offloads !== undefined],
    // Frames come in at once here, with or without.
    ['napi', spec.napi ?? false],
    ['napiFrags', spec.napiFrags ?? false],
    ['packetInformation', spec.packetInformation ?? false],
  ])

/** The first queue decides how frames look on all of them. */
function takeFlags(kernel: Kernel, device: Device, spec: PortSpec, queue: TunQueue): void {
  const tunQueues = device.tunQueues as TunQueues
  const flags = flagsOf(spec)
  if (tunQueues.size === 1) {
    const { packetInformation = false, offloads } = spec
    tunQueues.flags = flags
    device.tun = { ...device.tun, packetInformation, vnetHeader: offloads !== undefined }
  }
  const others = [...flags].filter(([name, is]) => tunQueues.flags.get(name) !== is)
  if (others.length > 0) {
    detach(kernel, device, queue)
    const [name, is] = others[0] as (typeof others)[number]
    refuse(
      'EINVAL',
      `the link has other flags than were asked for, and the kernel keeps those: ${name} is ${is ? 'off' : 'on'}`,
      { hint: 'ask for the same, or delete the link and make it anew' },
    )
  }
  stateChange(kernel, device)
}

function make(kernel: Kernel, namespace: Namespace, spec: PortSpec): Device {
  const { kind, multiQueue, packetInformation = false } = spec
  const device = prepare(namespace, tun, { name: spec.name ?? `${kind}%d` })
  const vnetHeader = spec.offloads !== undefined
  tun.make(kernel, device, { kind, tun: { multiQueue, packetInformation, vnetHeader } }, namespace)
  device.tun = { ...device.tun, persistent: false }
  if (kind === 'tap') device.mac = formatMac(randomMac(kernel.random))
  register(kernel, device)
  kernel.tellLink(device)
  return device
}

/** Attaches one more queue, new or one that was disabled. */
export function attach(kernel: Kernel, device: Device, queue: TunQueue): void {
  if (isTapLink(device)) {
    attachToTapLink(device, queue)
    return
  }
  device.tunQueues ??= new TunQueues()
  const { tunQueues } = device
  const isNew = !tunQueues.disabled.has(queue)
  if (!device.tun?.multiQueue && tunQueues.attached.length > 0) {
    refuse('EBUSY', undefined, {
      hint: 'another program holds its only queue: close that, or make the link with multiQueue',
    })
  }
  if (isNew && tunQueues.size >= mostQueues) refuse('E2BIG', undefined, { hint: 'a link has at most 256 queues' })
  tunQueues.disabled.delete(queue)
  tunQueues.attached.push(queue)
  countQueues(device)
  if (device.index !== 0 && !isNew) stateChange(kernel, device)
}

/** Disables a queue: it gets no frames, and is kept (`TUNSETQUEUE`). */
export function disable(kernel: Kernel, device: Device, queue: TunQueue): void {
  if (!device.tun?.multiQueue) {
    refuse('EINVAL', undefined, { hint: 'only queues of a link with multiQueue can be detached' })
  }
  device.tunQueues?.remove(queue)
  device.tunQueues?.disabled.add(queue)
  countQueues(device)
  stateChange(kernel, device)
}

/** A queue leaves for good. With the last one the carrier goes, and a link that is not persistent. */
export function detach(kernel: Kernel, device: Device, queue: TunQueue): void {
  if (isTapLink(device)) {
    detachFromTapLink(device, queue)
    return
  }
  const { tunQueues } = device
  if (tunQueues === undefined) return
  tunQueues.remove(queue)
  countQueues(device)
  if (tunQueues.size > 0) return
  device.tunQueues = undefined
  setCarrier(kernel, device, false)
  if (!device.tun?.persistent && !device.removed) deleteLinks(kernel, [device])
}

function countQueues(device: Device): void {
  if (!device.tun?.multiQueue) return
  const { attached, disabled } = device.tunQueues as TunQueues
  device.tun = { ...device.tun, queues: attached.length, disabledQueues: disabled.size }
}
