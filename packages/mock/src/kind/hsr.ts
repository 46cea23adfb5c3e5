/** HSR and PRP links (`net/hsr`). @module */

import { type HsrOptions, type HsrState, hintOfIgnored, hsrFields, type LinkRef } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { setCarrier } from '../object/carrier.js'
import { type Device, isOperational } from '../object/device.js'
import { dropEntry, withEntry } from '../object/empty.js'
import { deleteLinks } from '../object/link-delete.js'
import { setPromiscuity } from '../object/state.js'
import { refuse } from '../refusal.js'
import { Frame } from '../stack/frame.js'
import { ownMac } from '../stack/packet-type.js'
import type { Timer } from '../timers.js'
import { sendHsr, takeForHsr } from './hsr-frame.js'
import type { HsrNode } from './hsr-node.js'
import { nextSupervision, supervisionMac } from './hsr-supervision.js'
import { tagSize } from './hsr-tag.js'
import type { LinkKind } from './kind.js'
import { refuseReceiver } from './receive.js'

/** What an HSR link keeps. */
export interface HsrData {
  slave1: Device | undefined
  slave2: Device | undefined
  interlink: Device | undefined
  readonly supervision: number
  readonly protocol: NonNullable<HsrState['protocol']>
  /** Of HSR; it decides on tags and supervision. */
  readonly version: number
  /** Number of the next frame of this host, and of the next that supervises. */
  sequence: number
  supervisionSequence: number
  /** Announcements since the link came up. */
  announcements: number
  /** Nodes by their first MAC as a number. */
  readonly nodes: Map<number, HsrNode>
  /** Wakes for the next frame that supervises. */
  readonly announcer: { timer: Timer | undefined }
}

/** Number of the first frame (`HSR_SEQNR_START`), short of the end so that its turn is soon seen. */
const firstNumber = 65535 - 1024

/** `ip link add … type hsr slave1 … slave2 …`. */
export const hsr: LinkKind = {
  name: 'hsr',
  immutable: true,
  noVlans: true,
  make(_kernel, device, spec, origin) {
    const options = 'hsr' in spec ? (spec.hsr as HsrOptions | undefined) : undefined
    if (options === undefined) refuse('EINVAL', 'No slave devices specified', { attribute: 'spec.hsr' })
    const slave1 = linkOf(origin, options, 'slave1', 'Slave1')
    const slave2 = linkOf(origin, options, 'slave2', 'Slave2')
    if (slave1 === slave2) {
      refuse('EINVAL', 'Slave1 and Slave2 are same', { attribute: 'spec.hsr.slave2', hint: 'give two different links' })
    }
    const interlink = interlinkOf(origin, options, slave1, slave2)
    for (const [name, slave] of Object.entries({ slave1, slave2, interlink })) if (slave) refuseUnfit(slave, name)
    const { supervision = 0, protocol = 'hsr', version = 0 } = options
    device.hsr = {
      ...{ slave1, slave2, interlink, supervision, protocol, version },
      sequence: firstNumber,
      supervisionSequence: firstNumber >> 1,
      announcements: 0,
      nodes: new Map(),
      announcer: { timer: undefined },
    }
    device.canBroadcast = true
    device.multicast = true
    device.noQueue = true
    device.tsoMaxSize = 65536
    device.minMtu = 0
    device.maxMtu = 1500
    device.mac = slave1.mac
    device.mtu = mostOf(device.hsr)
    device.carrier = false
  },
  registered(kernel, device) {
    for (const slave of slavesOf(device)) {
      setPromiscuity(kernel, slave, 1)
      slave.uppers = withEntry(slave.uppers, device)
      kernel.tellLink(slave)
    }
  },
  describe: (device) => ({ hsr: stateOf(device.hsr as HsrData) }),
  transmit: sendHsr,
  takeFrom: takeForHsr,
  open: follow,
  stop: (kernel, device) => stopAnnouncing(kernel, device.hsr as HsrData),
  fixedMac: 'it has the MAC of its first link',
  checkMtu(_kernel, device, mtu) {
    const most = mostOf(device.hsr as HsrData)
    if (mtu > most)
      refuse('EINVAL', undefined, { attribute: 'spec.mtu', hint: `at most ${most}: the slaves carry a tag` })
  },
  dismantle(kernel, device) {
    for (const slave of slavesOf(device)) leave(kernel, device, slave)
    return [device]
  },
}

const slavesOf = (device: Device): Device[] => (device.hsr === undefined ? [] : portsOf(device.hsr))
const portsOf = ({ slave1, slave2, interlink }: HsrData): Device[] =>
  [slave1, slave2, interlink].filter((slave) => slave !== undefined)

function linkOf(origin: Namespace, options: HsrOptions, name: 'slave1' | 'slave2', word: string): Device {
  const ref: LinkRef = options[name]
  const found = origin.find(ref)
  if (found !== undefined) return found
  const attribute = `spec.hsr.${name}`
  refuse('EINVAL', `${word} does not exist`, { attribute, hint: '`vnet link list` shows the links that are there' })
}

/** The link to another ring. The kernel passes over the index of a link that is not there. */
function interlinkOf(origin: Namespace, options: HsrOptions, slave1: Device, slave2: Device): Device | undefined {
  const { interlink: ref } = options
  if (ref === undefined) return undefined
  const attribute = 'spec.hsr.interlink'
  const found = origin.find(ref)
  if (found === undefined) {
    const { since = { kernel: '' } } = hsrFields.interlink
    refuse('VNET_UNSUPPORTED', undefined, { attribute, hint: hintOfIgnored(since) })
  }
  const twice = found === slave1 ? 'Slave1' : found === slave2 ? 'Slave2' : undefined
  if (twice !== undefined)
    refuse('EINVAL', `Interlink and ${twice} are the same`, { attribute, hint: 'give a third link' })
  return found
}

/** What cannot be a slave (`hsr_check_dev_ok`). */
function refuseUnfit(slave: Device, name: string): void {
  const attribute = `spec.hsr.${name}`
  const no = (detail: string, hint: string) => refuse('EINVAL', detail, { attribute, hint })
  if (slave.loopback || slave.type !== 'ether') {
    no('Cannot use loopback or non-ethernet device as HSR slave.', 'give an Ethernet link')
  }
  if (slave.hsr !== undefined) no('Cannot create trees of HSR devices.', 'give a link that is no HSR link')
  if ([...slave.uppers].some((upper) => upper.hsr !== undefined)) {
    no('This device is already a HSR slave.', `${slave.name} is in another ring`)
  }
  if (slave.vlan !== undefined) no('HSR on top of VLAN is not yet supported in this driver.', "give the VLAN's parent")
  refuseReceiver(slave, attribute)
}

const mostOf = (data: HsrData): number => Math.min(1500, ...portsOf(data).map(({ mtu }) => mtu)) - tagSize

function stateOf({ slave1, slave2, interlink, supervision, protocol, sequence }: HsrData): HsrState {
  return {
    ...(slave1 === undefined ? {} : { slave1: slave1.index }),
    ...(slave2 === undefined ? {} : { slave2: slave2.index }),
    ...(interlink === undefined ? {} : { interlink: interlink.index }),
    supervision,
    supervisionAddress: supervisionMac({ supervision }),
    sequenceNumber: sequence,
    protocol,
  }
}

/** It has carrier as long as one of its links works (`hsr_check_carrier`). */
function follow(kernel: Kernel, device: Device): void {
  setCarrier(
    kernel,
    device,
    slavesOf(device).some((slave) => slave.up && slave.carrier && isOperational(slave)),
  )
}

/** Seconds between the first frames that supervise, and between later ones (`HSR_ANNOUNCE_INTERVAL`, `HSR_LIFE_CHECK_INTERVAL`). */
const [announceInterval, lifeCheckInterval] = [0.1, 2]

/** A link that has come up tells that it is there, from then on; also after a snapshot was loaded (`hsr_check_announce`). */
export function startAnnouncing(kernel: Kernel, device: Device): void {
  const data = device.hsr as HsrData
  if (data.announcer.timer !== undefined || !device.up || !isOperational(device) || !device.carrier) return
  data.announcements = 0
  announceIn(kernel, device, announceInterval)
}

function announceIn(kernel: Kernel, device: Device, seconds: number): void {
  const data = device.hsr as HsrData
  data.announcer.timer = kernel.timers.at(kernel.now() + seconds, () => {
    const { octets, isAnnouncement } = nextSupervision(data, ownMac(device))
    sendHsr(kernel, device, new Frame(octets))
    announceIn(kernel, device, isAnnouncement ? announceInterval : lifeCheckInterval)
  })
}

function stopAnnouncing(kernel: Kernel, { announcer }: HsrData): void {
  kernel.timers.cancel(announcer.timer)
  announcer.timer = undefined
}

function leave(kernel: Kernel, device: Device, slave: Device): void {
  const data = device.hsr as HsrData
  if (data.slave1 === slave) data.slave1 = undefined
  if (data.slave2 === slave) data.slave2 = undefined
  if (data.interlink === slave) data.interlink = undefined
  dropEntry(slave.uppers, device)
  if (slave.removed) return
  setPromiscuity(kernel, slave, -1)
  kernel.tellLink(slave)
}

/** What HSR links do when something happens to them or to a slave (`hsr_netdev_notify`). */
export function hsrListener(kernel: Kernel, notice: Notice, slave: Device): void {
  if (slave.hsr !== undefined && (notice === 'up' || notice === 'change')) {
    if (slave.carrier) startAnnouncing(kernel, slave)
    else stopAnnouncing(kernel, slave.hsr)
  }
  for (const device of [...slave.uppers]) {
    const data = device.hsr
    if (data === undefined) continue
    if (notice === 'up' || notice === 'down' || notice === 'change') follow(kernel, device)
    else if (notice === 'mtu') device.mtu = mostOf(data)
    else if (notice === 'address' && data.slave1 === slave) {
      device.mac = slave.mac
      kernel.notify('address', device)
    } else if (notice === 'unregister') {
      leave(kernel, device, slave)
      if (slavesOf(device).length === 0) deleteLinks(kernel, [device])
    }
  }
}
