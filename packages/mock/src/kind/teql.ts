/**
 * `teql0`: a link without frames that sends by several others in turn, those that have the discipline of its name at their
 * root (`net/sched/sch_teql.c`). Its module makes it, in the first namespace. @module
 */
import type { Kernel } from '../kernel.js'
import { Device } from '../object/device.js'
import { register } from '../object/registration.js'
import { refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { type Equalizer, forgetWaiting, isBusy, sendTeql, slavesFrom } from './teql-frame.js'

/** What `modprobe sch_teql` makes. */
export const teql: LinkKind = {
  name: 'teql',
  fromModule: true,
  fixedMac: 'it has none',
  noVlans: true,
  make() {},
  open(_kernel, device) {
    const slaves = slavesFrom(device)
    if (slaves.length === 0) {
      const hint = `nothing sends for it: put the discipline ${equalizerOf(device).kind} at the root of a link first`
      refuse('EUNATCH', undefined, { attribute: 'spec.up', hint })
    }
    device.mtu = Math.min(0xfffe, ...slaves.map(({ mtu }) => mtu))
    device.canBroadcast = slaves.every(({ canBroadcast }) => canBroadcast)
    device.pointToPoint = slaves.every(({ pointToPoint }) => pointToPoint)
  },
  stop: forgetWaiting,
  checkMtu(_kernel, device, mtu) {
    const least = slavesFrom(device).find((slave) => mtu > slave.mtu)
    if (least === undefined) return
    refuse('EINVAL', undefined, {
      attribute: 'spec.mtu',
      hint: `${least.name}, which sends for it, takes ${least.mtu}`,
    })
  },
  transmit: sendTeql,
  isBusy,
}

/** Loads the module: as many links in the first namespace. */
export function addEqualizers(kernel: Kernel, count: number): void {
  for (let number = 0; number < count; number++) {
    const device = new Device(kernel.namespaces.initial, teql)
    device.name = `teql${number}`
    device.type = 'void'
    device.noArp = true
    device.txQueueLength = 100
    device.tsoMaxSize = 65536
    device.teql = { kind: device.name, slaves: [], next: undefined }
    register(kernel, device)
    kernel.equalizers.set(device.name, { device })
  }
}

const equalizerOf = (device: Device): Equalizer => device.teql as Equalizer

/** Refuses a link that cannot send for a `teql0`, or enters it: a discipline of that name is put at a place of it. */
export function joinTeql(kernel: Kernel, device: Device, kind: string, isRoot: boolean): void {
  const master = kernel.equalizers.get(kind)?.device
  if (master === undefined) return
  if (!isRoot) refuse('EOPNOTSUPP', 'sch_teql: teql can only be used as root', { attribute: 'spec.parent' })
  if (master === device) refuse('ELOOP', undefined, { hint: `${device.name} does not send for itself` })
  const ring = equalizerOf(master)
  if (ring.next === undefined) {
    master.mtu = device.mtu
    master.canBroadcast = device.canBroadcast
    master.pointToPoint = device.pointToPoint
  } else if (master.up) refuseOther(master, device)
  else {
    master.canBroadcast &&= device.canBroadcast
    master.pointToPoint &&= device.pointToPoint
    master.multicast &&= device.multicast
    master.mtu = Math.min(master.mtu, device.mtu)
  }
  const at = ring.next === undefined ? 0 : ring.slaves.indexOf(ring.next) + 1
  master.teql = { ...ring, slaves: ring.slaves.toSpliced(at, 0, device), next: ring.next ?? device }
}

/** While it is up, all who send for it must be able to do what it can. */
function refuseOther(master: Device, device: Device): void {
  const lacks =
    (master.pointToPoint && !device.pointToPoint) ||
    (master.canBroadcast && !device.canBroadcast) ||
    (master.multicast && !device.multicast)
  if (!lacks && device.mtu >= master.mtu) return
  const hint = lacks ? 'it must be a link as the others are' : `its MTU must be ${master.mtu} at least`
  refuse('EINVAL', undefined, { attribute: 'spec.link', hint: `${master.name} is up: ${hint}` })
}

/** The discipline was taken from a link. */
export function leaveTeql(kernel: Kernel, device: Device, kind: string): void {
  const master = kernel.equalizers.get(kind)?.device
  if (master === undefined) return
  const ring = equalizerOf(master)
  const at = ring.slaves.indexOf(device)
  if (at < 0) return
  const slaves = ring.slaves.toSpliced(at, 1)
  const next = ring.next === device ? slaves[at % (slaves.length || 1)] : ring.next
  master.teql = { ...ring, slaves, next }
  if (next !== undefined) return
  master.traffic?.reset()
  forgetWaiting(kernel, master)
}
