/** Teams and their ports (`drivers/net/team/team.c`). @module */
import { formatMac, type TeamMode } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import { type Device, isOperational } from '../object/device.js'
import { setMtu } from '../object/link-setting.js'
import { isAbove } from '../object/stacking.js'
import { changeFlags } from '../object/state.js'
import { randomMac } from '../random.js'
import { quietly, refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { refuseTaken } from './receive.js'

/** What a team keeps of a port. */
export interface TeamPort {
  readonly originalMtu: number
  enabled: boolean
  userLinkup: boolean
  userLinkupEnabled: boolean
  priority: number
  queueId: number
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
    }
  },
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
    refuseTaken(port, attribute)
    if (port.type !== 'ether') {
      refuse('EOPNOTSUPP', undefined, { attribute, hint: 'only Ethernet links are ports of a team here' })
    }
    port.teamPort = {
      originalMtu: port.mtu,
      enabled: true,
      userLinkup: false,
      userLinkupEnabled: false,
      priority: 0,
      queueId: 0,
    }
    if (port.mtu !== master.mtu) setMtu(kernel, port, master.mtu)
    changeFlags(kernel, port, { up: true })
    port.master = master
    kernel.tellLink(port)
    followPorts(kernel, master)
  },
  release,
  mtuChanged(kernel, device) {
    for (const port of portsOf(device)) setMtu(kernel, port, device.mtu)
  },
  dismantle(kernel, device) {
    for (const port of portsOf(device)) release(kernel, device, port)
    return [device]
  },
}

/** The ports of a team. */
export const portsOf = (master: Device): Device[] =>
  [...master.namespace.links.values()].filter((port) => port.master === master)

function release(kernel: Kernel, master: Device, port: Device): void {
  const { originalMtu } = port.teamPort as TeamPort
  port.master = undefined
  port.teamPort = undefined
  const data = master.team as TeamData
  if (data.activePort === port.index) data.activePort = 0
  followPorts(kernel, master)
  changeFlags(kernel, port, { up: false })
  if (port.removed) return
  quietly(() => setMtu(kernel, port, originalMtu))
  kernel.tellLink(port)
}

/** A team has carrier as long as one of its ports works (`__team_carrier_check`). */
export function followPorts(kernel: Kernel, master: Device): void {
  if (master.removed) return
  setCarrier(
    kernel,
    master,
    portsOf(master).some((port) => {
      const { userLinkupEnabled, userLinkup } = port.teamPort as TeamPort
      return userLinkupEnabled ? userLinkup : isWorking(port)
    }),
  )
}

/** Whether the link of a port says that it works. */
export const isWorking = (port: Device): boolean => port.up && port.carrier && isOperational(port)

/** What teams do when something happens to a port (`team_device_event`). */
export function teamListener(kernel: Kernel, notice: Notice, device: Device): void {
  const { master } = device
  if (master === undefined || device.teamPort === undefined) return
  if (notice === 'unregister') release(kernel, master, device)
  else if (notice === 'up' || notice === 'down' || notice === 'change') followPorts(kernel, master)
}
