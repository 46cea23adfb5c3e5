/** The places of a packet's way where its connection is found and its addresses are translated (`nf_nat_inet_fn`, `nf_confirm`). @module */
import type { IpFamily } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { next } from '../random.js'
import type { DropCause } from '../stack/drop.js'
import type { Connection, Part, Tracked } from './connection.js'
import { freeTuple, type NatRange, sameTuple } from './free-tuple.js'
import { isMeant, type Place } from './match.js'
import { isExempt, rangeOf, sameRange } from './range.js'
import { track, type WholePacket } from './track.js'
import { translate } from './translate.js'
import { inverse, tupleAt } from './tuple.js'

/** What is known of a packet now, or why it is dropped. */
export type Outcome = Tracked | undefined | DropCause

/** Whether packets of a version of IP are tracked: there is a rule for them. */
export const isTracking = ({ nat }: Namespace, family: IpFamily): boolean => nat.tables[family].rules.length > 0

/** A packet came in by a link. `known` is what is known of one that left by `lo`. */
export function beforeRouting(kernel: Kernel, input: Device, packet: WholePacket, known: Tracked | undefined): Outcome {
  const { namespace } = input
  const tracked = known ?? look(kernel, namespace, packet, true)
  return tracked && (act(kernel, { hook: 'prerouting', namespace, input }, packet, tracked) ?? tracked)
}

/** A packet is about to be delivered to this host. */
export function beforeDelivery(kernel: Kernel, input: Device, packet: WholePacket, tracked: Tracked): Outcome {
  const { namespace } = input
  return act(kernel, { hook: 'input', namespace, input }, packet, tracked) ?? confirm(kernel, namespace, tracked)
}

/** This host made a packet. `known` is what is known of an error about one. */
export function afterMaking(kernel: Kernel, output: Device, packet: WholePacket, known: Tracked | undefined): Outcome {
  const { namespace } = output
  const tracked = known ?? look(kernel, namespace, packet, false)
  return tracked && (act(kernel, { hook: 'output', namespace, output }, packet, tracked) ?? tracked)
}

/** A packet is about to leave by a link. */
export function beforeLeaving(
  kernel: Kernel,
  {
    output,
    input,
    nextHop,
  }: { readonly output: Device; readonly input?: Device | undefined; readonly nextHop: Uint8Array },
  packet: WholePacket,
  tracked: Tracked,
): Outcome {
  const { namespace } = output
  // What leaves by a VRF itself leaves by a port of it in the end (`in_vrf_postrouting`).
  if (output.vrfTable !== undefined) return tracked
  const place: Place = { hook: 'postrouting', namespace, input, output }
  return act(kernel, place, packet, tracked, nextHop) ?? confirm(kernel, namespace, tracked)
}

function look(kernel: Kernel, { nat, sysctls }: Namespace, packet: WholePacket, isFromOutside: boolean) {
  return track({ connections: nat.connections, sysctls, now: kernel.now() }, packet, isFromOutside)
}

/** A connection is remembered once its first packet gets through. */
function confirm(kernel: Kernel, { nat }: Namespace, tracked: Tracked): Outcome {
  const { connection, direction, isRelated } = tracked
  if (isRelated || connection.isConfirmed || direction === 'reply') return tracked
  return nat.connections.enter(connection, kernel.now()) ? tracked : 'not-translated'
}

const parts: { readonly [H in Place['hook']]: Part } = {
  prerouting: 'destination',
  input: 'source',
  output: 'destination',
  postrouting: 'source',
}

/** Decides what becomes of a connection, by its first packet, and translates. Gives why the packet is dropped. */
function act(
  kernel: Kernel,
  place: Place,
  packet: WholePacket,
  tracked: Tracked,
  nextHop?: Uint8Array,
): DropCause | undefined {
  const part = parts[place.hook]
  const { connection, direction, isRelated } = tracked
  if (!isRelated) {
    const { masqueradedBy } = connection
    const hasMoved = masqueradedBy !== undefined && masqueradedBy !== place.output?.index
    if (place.hook === 'postrouting' && direction === 'original' && hasMoved) {
      place.namespace.nat.connections.remove(connection)
      return 'not-translated'
    }
    if (!connection.decided[part] && !connection.isConfirmed) {
      const range = chooseRange(connection, place, packet, part, nextHop)
      if (range === undefined) return 'not-translated'
      decide(kernel, place.namespace, connection, part, range)
    }
  }
  return translate(packet, tracked, part) ? undefined : 'not-translated'
}

/** What the first rule that is meant gives; `undefined` where it can give nothing. */
function chooseRange(
  connection: Connection,
  place: Place,
  packet: WholePacket,
  part: Part,
  nextHop: Uint8Array | undefined,
): NatRange | undefined {
  const tuple = tupleAt(packet.octets, packet.ip, packet.end)?.tuple
  const family = connection.original.to.length === 4 ? 4 : 6
  const rule = tuple && place.namespace.nat.tables[family].rules.find(({ spec }) => isMeant(spec, place, tuple))
  if (tuple === undefined || rule === undefined) return sameRange(connection, part)
  rule.packets++
  rule.bytes += packet.end - packet.ip
  if (isExempt(rule.spec, tuple)) return sameRange(connection, part)
  if (rule.spec.kind === 'masquerade') connection.masqueradedBy = place.output?.index
  return rangeOf(rule.spec, place, tuple, nextHop)
}

/** Fixes what a part becomes (`nf_nat_setup_info`). */
function decide(kernel: Kernel, { nat }: Namespace, connection: Connection, part: Part, range: NatRange): void {
  const chooser = { connections: nat.connections, now: kernel.now(), random: () => next(kernel.random) & 0xffff }
  const before = inverse(connection.reply)
  const after = freeTuple(chooser, before, part, range)
  connection.decided[part] = true
  if (sameTuple(before, after)) return
  connection.reply = inverse(after)
  connection.changed[part] = true
}
