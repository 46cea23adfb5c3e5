/** Teams and their ports (`drivers/net/team/team.c`). @module */
import { formatMac, type TeamMode } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { setMtu } from '../object/link-setting.js'
import { isAbove } from '../object/stacking.js'
import { changeFlags } from '../object/state.js'
import { randomMac } from '../random.js'
import { quietly, refuse } from '../refusal.js'
import { announceAddresses } from '../stack/announce.js'
import type { Timer } from '../timers.js'
import type { LinkKind } from './kind.js'
import { refuseReceiver } from './receive.js'
import { type Balancing, forgetPort, newBalancing } from './team-balancing.js'
import { isUp, sendTeam, takeForTeam } from './team-frame.js'
import { stopLooking } from './team-statistics.js'

/** What a team keeps of a port. */
export interface TeamPort {
  readonly originalMtu: number
  readonly originalMac: string
  enabled: boolean
  userLinkup: boolean
  userLinkupEnabled: boolean
  priority: number
  queueId: number
  /** Octets that were sent by it in mode loadbalance, and as many as are told. */
  sent: number
  told: number
}

/** What a team keeps. */
export interface TeamData {
  /** `undefined` while nobody chose one. */
  mode: TeamMode | undefined
  notifyPeersCount: number
  notifyPeersInterval: number
  mcastRejoinCount: number
  mcastRejoinInterval: number
  /** Index of the port that carries the frames in mode activebackup; 0 for none. */
  activePort: number
  /** Ports, in the order in which they came. */
  readonly ports: Device[]
  /** Those that are enabled, in the order in which they were. */
  readonly enabled: Device[]
  /** Frames that were sent in mode roundrobin. */
  sent: number
  /** Announcements that are still to be made, and what wakes for the next. */
  readonly notices: { left: number; timer: Timer | undefined }
  /** What mode loadbalance has. */
  balancing: Balancing
}

/** Queues that the driver gives a team (`TEAM_DEFAULT_NUM_TX_QUEUES`). */
const queues = 16

/** `ip link add … type team`. */
export const team: LinkKind = {
  name: 'team',
  immutable: true,
  filtersUnicast: true,
  make(kernel, device) {
    device.canBroadcast = true
    device.multicast = true
    device.noQueue = true
    device.txQueues = queues
    device.rxQueues = queues
    device.tsoMaxSize = 65536
    device.mac ??= formatMac(randomMac(kernel.random))
    device.carrier = false
    device.team = {
      mode: undefined,
      notifyPeersCount: 0,
      notifyPeersInterval: 0,
      mcastRejoinCount: 0,
      mcastRejoinInterval: 0,
      activePort: 0,
      ports: [],
      enabled: [],
      sent: 0,
      notices: { left: 0, timer: undefined },
      balancing: newBalancing(),
    }
  },
  transmit: sendTeam,
  takeFrom: takeForTeam,
  enslave(kernel, master, port) {
    const attribute = 'spec.master'
    if (port.loopback) {
      refuse('EINVAL', "Loopback device can't be added as a team port", { attribute, hint: 'lo cannot be a port' })
    }
    if (port === master) {
      refuse('EINVAL', 'Cannot enslave team device to itself', { attribute, hint: 'give another link' })
    }
    if (isAbove(port, master)) {
      refuse('EBUSY', 'Device is already an upper device of the team interface', { attribute, hint: 'no rings' })
    }
    if (port.up) {
      refuse('EBUSY', 'Device is up. Set it down before adding it as a team port', {
        attribute,
        hint: `set ${port.name} down first`,
      })
    }
    refuseReceiver(port, attribute)
    if (port.type !== 'ether') {
      refuse('EOPNOTSUPP', undefined, { attribute, hint: 'only Ethernet links are ports of a team here' })
    }
    port.teamPort = {
      originalMtu: port.mtu,
      originalMac: port.mac as string,
      enabled: false,
      userLinkup: false,
      userLinkupEnabled: false,
      priority: 0,
      queueId: 0,
      sent: 0,
      told: 0,
    }
    if (port.mtu !== master.mtu) setMtu(kernel, port, master.mtu)
    const data = master.team as TeamData
    if (hasOneMac(data)) takeMac(kernel, port, master.mac as string)
    changeFlags(kernel, port, { up: true })
    port.master = master
    data.ports.push(port)
    enablePort(kernel, master, port, true)
    kernel.tellLink(port)
    followPorts(kernel, master)
  },
  release,
  setMac(kernel, device, mac) {
    const data = device.team as TeamData
    device.mac = mac
    if (hasOneMac(data)) for (const port of data.ports) takeMac(kernel, port, mac)
  },
  stop(kernel, device) {
    const { notices } = device.team as TeamData
    kernel.timers.cancel(notices.timer)
    notices.left = 0
  },
  mtuChanged(kernel, device) {
    for (const port of portsOf(device)) setMtu(kernel, port, device.mtu)
  },
  dismantle(kernel, device) {
    for (const port of portsOf(device)) release(kernel, device, port)
    stopLooking(kernel, (device.team as TeamData).balancing)
    return [device]
  },
}

/** The ports of a team, in the order in which they came. */
export const portsOf = (master: Device): Device[] => [...(master.team as TeamData).ports]

/** Whether all ports have the MAC of the team, by its mode (`team_modeop_port_enter`). */
const hasOneMac = ({ mode }: TeamData): boolean => mode === 'broadcast' || mode === 'roundrobin' || mode === 'random'

function takeMac(kernel: Kernel, port: Device, mac: string): void {
  if (port.mac === mac) return
  port.mac = mac
  kernel.notify('address', port)
}

/** Takes a port into use, or out of it; neighbours may be told (`team_port_enable`, `team_port_disable`). */
export function enablePort(kernel: Kernel, master: Device, port: Device, on: boolean): void {
  const data = master.team as TeamData
  const state = port.teamPort as TeamPort
  if (state.enabled === on) return
  state.enabled = on
  if (on) data.enabled.push(port)
  else data.enabled.splice(data.enabled.indexOf(port), 1)
  if (data.notifyPeersCount === 0 || !master.up) return
  data.notices.left += data.notifyPeersCount
  announceSoon(kernel, master, 0)
}

/** Announces the team's addresses after some seconds, as often as is left; also after a snapshot was loaded (`team_notify_peers_work`). */
export function announceSoon(kernel: Kernel, master: Device, seconds: number): void {
  const { notices, notifyPeersInterval } = master.team as TeamData
  kernel.timers.cancel(notices.timer)
  if (notices.left === 0) return
  notices.timer = kernel.timers.at(kernel.now() + seconds, () => {
    notices.left--
    announceAddresses(kernel, master)
    announceSoon(kernel, master, notifyPeersInterval / 1000)
  })
}

function release(kernel: Kernel, master: Device, port: Device): void {
  const { originalMtu, originalMac } = port.teamPort as TeamPort
  const data = master.team as TeamData
  enablePort(kernel, master, port, false)
  data.ports.splice(data.ports.indexOf(port), 1)
  port.master = undefined
  port.teamPort = undefined
  if (data.activePort === port.index) data.activePort = 0
  forgetPort(data.balancing, port.index)
  followPorts(kernel, master)
  changeFlags(kernel, port, { up: false })
  if (port.removed) return
  takeMac(kernel, port, originalMac)
  quietly(() => setMtu(kernel, port, originalMtu))
  kernel.tellLink(port)
}

/** A team has carrier as long as one of its ports works (`__team_carrier_check`). */
export function followPorts(kernel: Kernel, master: Device): void {
  if (master.removed) return
  setCarrier(kernel, master, portsOf(master).some(isUp))
}

/** What teams do when something happens to a port (`team_device_event`). */
export function teamListener(kernel: Kernel, notice: Notice, device: Device): void {
  const { master } = device
  if (master === undefined || device.teamPort === undefined) return
  if (notice === 'unregister') release(kernel, master, device)
  else if (notice === 'up' || notice === 'down' || notice === 'change') followPorts(kernel, master)
}
