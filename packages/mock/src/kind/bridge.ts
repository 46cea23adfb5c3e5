/** Bridges (`net/bridge/br_device.c`, `br_if.c`). @module */
import { type BridgeState, type CleanLinkSpec, formatMac } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { emptyList, emptyMap } from '../object/empty.js'
import { randomMac } from '../random.js'
import { type BridgeData, bridgeId, secondsLeft } from './bridge-data.js'
import { sendBridge, takeFromPort } from './bridge-forward.js'
import { setJoined } from './bridge-group.js'
import { changeId } from './bridge-identity.js'
import { learnedCount } from './bridge-learn.js'
import { changeBridge, defaultOptions } from './bridge-option.js'
import { changeBridgePort, describeBridgePort, enslave, release } from './bridge-port.js'
import { startQuerier, stopQuerier } from './bridge-querier.js'
import { describeQueriers } from './bridge-querier-data.js'
import { receiveBpdu } from './bridge-received.js'
import { listenAsSnooper } from './bridge-snooper.js'
import { disablePort, enablePort, isLive, setTopologyChange, startHello } from './bridge-stp.js'
import { ageRecord, forgetPort, holdTime } from './bridge-table.js'
import { leaveVlans } from './bridge-vlan.js'
import type { LinkKind } from './kind.js'

/** `ip link add … type bridge`. */
export const bridge: LinkKind = {
  name: 'bridge',
  immutable: true,
  make(kernel, device) {
    device.canBroadcast = true
    device.multicast = true
    device.noQueue = true
    device.tsoMaxSize = 65536
    device.mac ??= formatMac(randomMac(kernel.random))
    const filtering = kernel.has('bridge vlan-filtering')
    device.bridge = {
      options: defaultOptions(filtering),
      maxAge: 20,
      helloTime: 2,
      forwardDelay: 15,
      ageingTime: 300,
      mac: '00:00:00:00:00:00',
      designatedRoot: '8000.00:00:00:00:00:00',
      rootPort: 0,
      rootPathCost: 0,
      topologyChange: false,
      topologyChangeDetected: false,
      mtuSet: false,
      ports: emptyList,
      vlans: emptyMap,
      pvid: 0,
      vlanOptions: emptyMap,
      fdb: emptyMap,
      groups: emptyMap,
      queriers: emptyMap,
      queries: emptyMap,
      hasIpv6Querier: false,
      helloSince: undefined,
      gcSince: undefined,
      topologyChangeEnds: undefined,
    }
  },
  registered(kernel: Kernel, device: Device, spec: CleanLinkSpec) {
    if (device.macSet) changeId(kernel, device, device.mac as string)
    if (spec.kind === 'bridge' && 'bridge' in spec && spec.bridge !== undefined)
      changeBridge(kernel, device, spec.bridge)
  },
  change(kernel, device, change) {
    if (change.bridge === undefined) return false
    changeBridge(kernel, device, change.bridge)
    return true
  },
  describe: (device, now) => ({ bridge: describeBridge(device, now) }),
  describePort: describeBridgePort,
  enslave,
  release,
  changePort: changeBridgePort,
  transmit: sendBridge,
  takeFrom: takeFromPort,
  receiveBpdu,
  open(kernel, device) {
    const data = device.bridge as BridgeData
    const now = kernel.now()
    if (data.options.stp) startHello(kernel, device)
    // The first collection comes a tenth of a second later (`br_stp_enable_bridge`).
    data.gcSince = now + 0.1
    for (const member of data.ports) if (isLive(member)) enablePort(kernel, device, member)
    for (const record of data.fdb.values()) ageRecord(kernel, device, record)
    listenAsSnooper(kernel, device, data.options.multicastSnooping ?? false)
    // It is not up yet, and asks once it is.
    kernel.timers.at(now, () => startQuerier(kernel, device))
  },
  stop(kernel, device) {
    const data = device.bridge as BridgeData
    for (const member of data.ports) if (member.port?.state !== 'disabled') disablePort(kernel, device, member)
    setTopologyChange(data, false)
    data.topologyChangeDetected = false
    data.topologyChangeEnds = undefined
    data.helloSince = undefined
    data.topologyToldAgain = undefined
    data.gcSince = undefined
    listenAsSnooper(kernel, device, false)
    stopQuerier(device)
  },
  setMac(kernel, device, mac) {
    if (mac !== device.mac) changeId(kernel, device, mac)
  },
  mtuChanged(_kernel, device) {
    const data = device.bridge as BridgeData
    data.mtuSet = true
  },
  dismantle(kernel, device) {
    const data = device.bridge as BridgeData
    for (const member of [...data.ports]) release(kernel, device, member, true)
    leaveVlans(kernel, device)
    forgetPort(kernel, device, undefined, true)
    for (const record of [...data.groups.values()]) if (record.joined) setJoined(kernel, device, record, false)
    return [device]
  },
}

/** Seconds left of a timer that starts again by itself each `period`. */
function left(since: number | undefined, period: number, now: number): number {
  if (since === undefined || period <= 0) return 0
  const time = since > now ? since - now : period - ((now - since) % period)
  return Math.floor(time * 100) / 100
}

function describeBridge(device: Device, now: number): BridgeState {
  const data = device.bridge as BridgeData
  const options: BridgeState & { [option: string]: unknown } = {}
  for (const [name, value] of Object.entries(data.options)) if (value !== undefined) options[name] = value
  return {
    ...(options as BridgeState),
    // What is in force, as the kernel tells it: the root's times.
    forwardDelay: data.forwardDelay,
    helloTime: data.helloTime,
    maxAge: data.maxAge,
    ageingTime: data.ageingTime,
    rootId: data.designatedRoot,
    bridgeId: bridgeId(data),
    rootPort: data.rootPort,
    rootPathCost: data.rootPathCost,
    topologyChange: data.topologyChange,
    topologyChangeDetected: data.topologyChangeDetected,
    helloTimer: left(data.options.stp ? data.helloSince : undefined, data.helloTime, now),
    tcnTimer: secondsLeft(data.topologyToldAgain, now),
    topologyChangeTimer: secondsLeft(data.topologyChangeEnds, now),
    gcTimer: left(data.gcSince, holdTime(device), now),
    ...describeQueriers(device, 0, now),
    fdbLearned: learnedCount(data),
  }
}
