/** Requests about teams (`drivers/net/team/team.c`, `team_mode_*.c`). @module */
import {
  encodeBpf,
  type TeamChange,
  type TeamDevice,
  type TeamMethod,
  type TeamMode,
  type TeamOption,
  type TeamOptionType,
  type TeamPortState,
  type TeamQuery,
  type TeamSetting,
  teamDevice,
  teamHint,
  teamSettings,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { enablePort, followPorts, portsOf, type TeamData, type TeamPort } from '../kind/team.js'
import { type Balancing, forgetPort, newBalancing, takeProgram } from '../kind/team-balancing.js'
import { isWorking } from '../kind/team-frame.js'
import { setLooks, stopLooking } from '../kind/team-statistics.js'
import type { Namespace } from '../namespace.js'
import { speedOf } from '../nic/line.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { linkOf } from './lookup.js'

/** Reads a team; `undefined` where there is no such link. */
export function getTeam(kernel: Kernel, namespace: Namespace, query: TeamQuery): TeamDevice | undefined {
  const device = namespace.find(query.link)
  if (device === undefined) return undefined
  refuseRootless(kernel)
  if (device.team === undefined) refuseAt('EINVAL', 'spec.link')
  const ports = portsOf(device)
  return teamDevice(device.index, optionsOf(device.team, ports), ports.map(describePort), [])
}

/** Changes a team, an option after another; what was done before a refusal stays. */
export function setTeam(kernel: Kernel, namespace: Namespace, change: TeamChange): undefined {
  const device = typeof change.link === 'string' ? linkOf(namespace, change.link) : namespace.find(change.link)
  const settings = teamSettings(change)
  // Names are looked up before anything is changed.
  for (const { port, valueLink } of settings) {
    for (const name of [port, valueLink]) if (typeof name === 'string') linkOf(namespace, name)
  }
  refuseRootless(kernel)
  if (device?.team === undefined) refuseAt('EINVAL', 'spec.link')
  for (const setting of settings) {
    if (setting.port === undefined) setOption(kernel, namespace, device, setting)
    else setPortOption(kernel, namespace, device, setting)
  }
}

/** The kernel speaks about teams with nobody in a user namespace. */
function refuseRootless(kernel: Kernel): void {
  if (!kernel.has('team options')) refuse('EPERM', undefined, { hint: teamHint('EPERM', 'spec.link') })
}

function refuseAt(code: 'EINVAL' | 'EBUSY' | 'ENOENT' | 'ENODEV', attribute: string): never {
  refuse(code, undefined, { attribute, hint: teamHint(code, attribute) })
}

function setOption(kernel: Kernel, namespace: Namespace, device: Device, setting: TeamSetting): void {
  const { name, attribute } = setting
  const data = device.team as TeamData
  const value = setting.value as number
  switch (name) {
    case 'mode':
      if (portsOf(device).length > 0) refuseAt('EBUSY', attribute)
      if (data.mode === setting.value) refuseAt('EINVAL', attribute)
      data.mode = setting.value as TeamMode
      data.activePort = 0
      data.sent = 0
      stopLooking(kernel, data.balancing)
      data.balancing = newBalancing()
      break
    case 'notify_peers_count':
      data.notifyPeersCount = value
      break
    case 'notify_peers_interval':
      data.notifyPeersInterval = value
      break
    case 'mcast_rejoin_count':
      data.mcastRejoinCount = value
      break
    case 'mcast_rejoin_interval':
      data.mcastRejoinInterval = value
      break
    case 'activeport': {
      const port = portOf(namespace, device, setting.valueLink)
      if (data.mode !== 'activebackup' || port === undefined) refuseAt('ENOENT', attribute)
      data.activePort = port.index
      break
    }
    default:
      if (data.mode !== 'loadbalance') refuseAt('ENOENT', attribute)
      setBalancing(kernel, namespace, device, setting)
  }
}

function setBalancing(kernel: Kernel, namespace: Namespace, device: Device, setting: TeamSetting): void {
  const { name, value, attribute, arrayIndex = 0 } = setting
  const data = device.team as TeamData
  const { balancing } = data
  switch (name) {
    case 'lb_tx_method':
      balancing.method = value as TeamMethod
      break
    case 'bpf_hash_func':
      if (!takeProgram(balancing, value as Uint8Array)) refuseAt('EINVAL', attribute)
      break
    case 'lb_stats_refresh_interval':
      setLooks(kernel, data, value as number)
      break
    default: {
      const port = portOf(namespace, device, setting.valueLink)
      if (port?.teamPort?.enabled !== true) refuseAt('ENODEV', attribute)
      balancing.ports = balancing.ports.with(arrayIndex, port.index)
    }
  }
}

function setPortOption(kernel: Kernel, namespace: Namespace, device: Device, setting: TeamSetting): void {
  const { name, attribute } = setting
  const port = portOf(namespace, device, setting.port)
  if (port === undefined) refuseAt('ENOENT', attribute)
  const state = port.teamPort as TeamPort
  switch (name) {
    case 'enabled':
      enablePort(kernel, device, port, setting.value as boolean)
      if (!state.enabled) forgetPort((device.team as TeamData).balancing, port.index)
      break
    case 'user_linkup':
      state.userLinkup = setting.value as boolean
      followPorts(kernel, device)
      break
    case 'user_linkup_enabled':
      state.userLinkupEnabled = setting.value as boolean
      followPorts(kernel, device)
      break
    case 'priority':
      state.priority = setting.value as number
      break
    default:
      if ((setting.value as number) >= device.txQueues) refuseAt('EINVAL', attribute)
      state.queueId = setting.value as number
  }
}

function portOf(namespace: Namespace, device: Device, ref: TeamSetting['port']): Device | undefined {
  const found = ref === undefined ? undefined : namespace.find(ref)
  return found?.master === device ? found : undefined
}

/** The options in the kernel's order: those of every team, those of its mode, those of each port. */
function optionsOf(data: TeamData, ports: readonly Device[]): readonly TeamOption[] {
  return [
    option('mode', 'string', data.mode ?? '*NOMODE*'),
    option('notify_peers_count', 'u32', data.notifyPeersCount),
    option('notify_peers_interval', 'u32', data.notifyPeersInterval),
    option('mcast_rejoin_count', 'u32', data.mcastRejoinCount),
    option('mcast_rejoin_interval', 'u32', data.mcastRejoinInterval),
    ...(data.mode === 'activebackup' ? [option('activeport', 'u32', data.activePort)] : []),
    ...(data.mode === 'loadbalance' ? balancingOptions(data.balancing) : []),
    ...ports.flatMap(({ index, teamPort }) => portOptions(index, teamPort as TeamPort, data.mode)),
  ]
}

const option = (name: string, type: TeamOptionType, value: TeamOption['value'], more: object = {}): TeamOption => ({
  name,
  type,
  value,
  ...more,
  other: [],
})

/** Octets that were sent, as the kernel tells them (`struct lb_stats`): 64 bits in the machine's order. */
const statistics = (octets: number) => new Uint8Array(BigUint64Array.of(BigInt(octets)).buffer)

const balancingOptions = ({ method, program, ports, statisticsInterval, told }: Balancing): readonly TeamOption[] => [
  option('bpf_hash_func', 'binary', encodeBpf(program)),
  option('lb_tx_method', 'string', method),
  ...ports.map((port, arrayIndex) => option('lb_tx_hash_to_port_mapping', 'u32', port, { arrayIndex })),
  ...ports.map((_, arrayIndex) =>
    option('lb_hash_stats', 'binary', statistics(told.get(arrayIndex) ?? 0), { arrayIndex }),
  ),
  option('lb_stats_refresh_interval', 'u32', statisticsInterval),
]

function portOptions(port: number, state: TeamPort, mode: TeamMode | undefined): readonly TeamOption[] {
  return [
    option('enabled', 'bool', state.enabled, { port }),
    option('user_linkup', 'bool', state.userLinkup, { port }),
    option('user_linkup_enabled', 'bool', state.userLinkupEnabled, { port }),
    option('priority', 's32', state.priority, { port }),
    option('queue_id', 'u32', state.queueId, { port }),
    ...(mode === 'loadbalance' ? [option('lb_port_stats', 'binary', statistics(state.told), { port })] : []),
  ]
}

function describePort(port: Device): TeamPortState {
  const linkUp = isWorking(port)
  const speed = linkUp ? speedOf(port) : undefined
  return { link: port.index, linkUp, ...(speed === undefined ? {} : { speed, duplex: 'full' }), other: [] }
}
