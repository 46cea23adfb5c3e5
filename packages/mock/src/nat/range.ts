/** What a rule lets a connection become: addresses and ports (`nft_nat_eval`, `nf_nat_masquerade_ipv4`, `nf_nat_redirect_ipv4`). @module */
import type { CleanNatSpec } from '@vnet/core'
import { isLinkLocal, isZero } from '../bits.js'
import type { Device } from '../object/device.js'
import { scopeNumber } from '../object/scope.js'
import { source4, source6 } from '../object/source-address.js'
import type { Connection, Part } from './connection.js'
import type { NatRange } from './free-tuple.js'
import type { Place } from './match.js'
import type { Tuple } from './tuple.js'

const loopbacks = { 4: Uint8Array.of(127, 0, 0, 1), 6: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) }

/**
 * The range that a rule gives. `undefined` where the link has no address: then the packet is dropped.
 *
 * @param nextHop Whom the packet is sent to, where that is known: masquerading takes an address of its network.
 */
export function rangeOf(
  spec: CleanNatSpec,
  place: Place,
  tuple: Tuple,
  nextHop: Uint8Array | undefined,
): NatRange | undefined {
  const more = {
    ports: spec.ports,
    isRandom: spec.random === true || spec.fullyRandom === true,
    isPersistent: spec.persistent === true,
  }
  if (spec.kind === 'snat' || spec.kind === 'dnat')
    return { ...more, addresses: [spec.address, spec.lastAddress ?? spec.address] }
  const address =
    spec.kind === 'redirect' ? ownAddress(spec, place, tuple) : sourceBy(place.output as Device, tuple.to, nextHop)
  return address && { ...more, addresses: [address, address] }
}

/** The address that stands for a host at a link that packets leave by. */
function sourceBy(device: Device, to: Uint8Array, nextHop: Uint8Array | undefined): Uint8Array | undefined {
  if (to.length === 16) return source6(device.namespace, to, device)
  return source4(device, nextHop ?? to, scopeNumber('global'))
}

/** The address of this host that a packet is kept for. */
function ownAddress({ family, hook }: CleanNatSpec, { input }: Place, { to }: Tuple): Uint8Array | undefined {
  if (hook === 'output') return loopbacks[family]
  if (family === 4) return input?.addresses4[0]?.local
  return input?.inet6?.addresses.find(
    ({ tentative, optimistic, octets }) => (!tentative || optimistic) && isLinkLocal(octets) === isLinkLocal(to),
  )?.octets
}

/** What a connection is already: only a port may change, where it is taken (`nf_nat_alloc_null_binding`). */
export function sameRange({ reply }: Connection, part: Part): NatRange {
  const address = part === 'source' ? reply.to : reply.from
  return { addresses: [address, address] }
}

/** Whether masquerading leaves a packet alone: who has no address yet has nobody to answer to. */
export const isExempt = (spec: CleanNatSpec, { from }: Tuple): boolean =>
  spec.kind === 'masquerade' && from.length === 4 && isZero(from)
