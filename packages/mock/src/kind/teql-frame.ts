/** What `teql0` does with a packet: the next of its links sends it that knows the neighbour (`teql_master_xmit`). @module */
import { ethernetHeaderSize, etherTypes, macToNumber, setEtherTypeAt, setMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { type Device, hasMac } from '../object/device.js'
import { askFor, macOf, neighbourFor } from '../object/neighbour.js'
import { countSent } from '../stack/counters.js'
import { Frame } from '../stack/frame.js'
import { sourceAt } from '../stack/packet.js'
import { ownMac } from '../stack/packet-type.js'
import { handOverUnseen } from '../stack/transmit.js'

/** What a link keeps that is a `teql0` (`struct teql_master`). Plain data: it goes into snapshots as it is. */
export interface Equalizer {
  /** The word of its discipline: the name that the link was made with. */
  readonly kind: string
  /** The links that send for it: a ring. */
  readonly slaves: readonly Device[]
  /** Whose turn it is. */
  readonly next: Device | undefined
}

/** The same at work. */
export interface EqualizerAtWork {
  readonly device: Device
  /** What waits because none of its links is up. */
  waiting?: readonly Frame[] | undefined
}

const workOf = (kernel: Kernel, { teql }: Device): EqualizerAtWork =>
  kernel.equalizers.get((teql as Equalizer).kind) as EqualizerAtWork

/** Links that send for it, from the one whose turn it is. */
export function slavesFrom({ teql }: Device): readonly Device[] {
  if (teql?.next === undefined) return []
  const at = teql.slaves.indexOf(teql.next)
  return [...teql.slaves.slice(at), ...teql.slaves.slice(0, at)]
}

/** The turn goes to a link, or to the one behind it. */
function turnTo(master: Device, slave: Device, behind: 0 | 1): void {
  const { teql } = master
  const at = teql?.slaves.indexOf(slave) ?? -1
  if (teql === undefined || at < 0) return
  master.teql = { ...teql, next: teql.slaves[(at + behind) % teql.slaves.length] }
}

/** `teql_master_xmit`: twice around, the second time to wait for a neighbour. */
export function sendTeql(kernel: Kernel, master: Device, frame: Frame): boolean {
  const { counters } = master
  const slaves = slavesFrom(master)
  if (isBusy(kernel, master)) return wait(kernel, master, frame)
  let isUnknown = false
  let isStopped = false
  for (const waits of [false, true]) {
    for (const slave of slaves) {
      if (!slave.up) {
        isStopped = true
        continue
      }
      const way = slave.active ? resolve(kernel, slave, frame) : undefined
      if (way !== undefined) {
        handOverUnseen(kernel, slave, way)
        turnTo(master, slave, 1)
        countSent(master, frame.octets.length)
        return true
      }
      if (waits && slave.active) {
        waitForNeighbour(kernel, master, slave, frame)
        turnTo(master, slave, 1)
        return true
      }
      isUnknown = true
    }
    if (!isUnknown) break
  }
  if (isStopped) return wait(kernel, master, frame)
  if (slaves.length > 0) counters.txErrors++
  counters.txDropped++
  kernel.dropped(master, frame.octets, 'link-down')
  return true
}

/** The frame as a link sends it; `undefined` while the MAC of its neighbour there is asked for (`teql_resolve`). */
function resolve(kernel: Kernel, slave: Device, { octets, priority, nextHop }: Frame): Frame | undefined {
  // What a program writes goes as it is, as what has no header on that link.
  if (!hasMac(slave) || nextHop === undefined) return new Frame(octets, priority, nextHop)
  const entry = neighbourFor(slave, nextHop)
  const mac = macOf(kernel, slave, entry)
  if (mac === undefined) {
    askFor(kernel, slave, entry)
    return undefined
  }
  const whole = behindHeader(octets)
  setMacAt(whole, 0, macToNumber(mac))
  setMacAt(whole, 6, ownMac(slave))
  return new Frame(whole, priority, nextHop)
}

/** A packet behind an Ethernet header that has its type already. */
function behindHeader(packet: Uint8Array): Uint8Array {
  const whole = new Uint8Array(ethernetHeaderSize + packet.length)
  whole.set(packet, ethernetHeaderSize)
  setEtherTypeAt(whole, 0, (packet[0] as number) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4)
  return whole
}

/** Once the MAC is there, the packet begins anew: another link may send it. */
function waitForNeighbour(kernel: Kernel, master: Device, slave: Device, frame: Frame): void {
  const nextHop = frame.nextHop as Uint8Array
  const entry = neighbourFor(slave, nextHop)
  const octets = behindHeader(frame.octets)
  const from = sourceAt(octets, ethernetHeaderSize)
  const most = slave.neighbourConf[entry.family].unres_qlen
  const packet = { octets, from, nextHop, failed: undefined, through: master }
  const displaced = kernel.unresolved.add(entry, packet, most)
  if (displaced !== undefined) kernel.dropped(slave, displaced.octets, 'neighbour-queue-full')
  askFor(kernel, slave, entry)
}

/** No link of it is up: what leaves by it waits until one has something to send (`netif_stop_queue`). */
function wait(kernel: Kernel, master: Device, frame: Frame): boolean {
  const work = workOf(kernel, master)
  const waiting = work.waiting ?? []
  if (waiting.length >= master.txQueueLength) {
    kernel.dropped(master, frame.octets, 'discipline')
    return false
  }
  work.waiting = [...waiting, frame]
  return true
}

/** Whether it takes nothing more from the discipline that somebody put on it. */
export const isBusy = (kernel: Kernel, master: Device): boolean => workOf(kernel, master).waiting !== undefined

/** What waits is dropped. */
export function forgetWaiting(kernel: Kernel, master: Device): void {
  const work = workOf(kernel, master)
  const waiting = work.waiting ?? []
  work.waiting = undefined
  for (const { octets } of waiting) kernel.dropped(master, octets, 'link-down')
}

/** A link has sent all that was its own: it is its turn, and what waits goes on (`teql_dequeue`). */
export function slaveIdle(kernel: Kernel, slave: Device, kind: string): void {
  const work = kernel.equalizers.get(kind)
  if (work === undefined || !work.device.up) return
  const { device: master, waiting } = work
  turnTo(master, slave, 0)
  if (waiting === undefined) return
  work.waiting = undefined
  for (const frame of waiting) sendTeql(kernel, master, frame)
  master.traffic?.run()
}
