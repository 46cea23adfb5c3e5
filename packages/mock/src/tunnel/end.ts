/** A tunnel over IP as packets meet it: its ends as octets, what it has sent, and how it is found (`struct ip_tunnel`, `struct ip6_tnl`). @module */
import { parseIp } from '@vnet/core'
import type { TunnelData } from '../kind/tunnel.js'
import type { TunnelSettings } from '../kind/tunnel-option.js'
import type { Device } from '../object/device.js'

/** Seconds for which an error about a tunnel's packets is told to who sends through it (`IPTUNNEL_ERR_TIMEO`). */
const errorTime = 30

/** What a tunnel keeps. */
export const tunnelOf = (device: Device): TunnelData => device.tunnel as TunnelData

/** The near or the far end; `undefined` for any. */
export function endOf(options: TunnelSettings, which: 'local' | 'remote'): Uint8Array | undefined {
  const text = options[which]
  return typeof text === 'string' ? parseIp(text) : undefined
}

/** The link that a tunnel was told to go by. */
export function chosenLink({ home, options }: TunnelData): Device | undefined {
  const { link } = options
  return typeof link === 'number' ? home.links.get(link) : undefined
}

/** A number among the options; 0 where there is none. */
export const numberOf = (options: TunnelSettings, name: string): number => (options[name] as number | undefined) ?? 0

/** The next sequence number: the first one is 0. */
export function nextSequence(data: TunnelData): number {
  const sequence = data.sent ?? 0
  data.sent = (sequence + 1) >>> 0
  return sequence
}

/** Whether a packet of this number comes when it should: not before one that was there already. */
export function isInOrder(data: TunnelData, sequence: number | undefined): boolean {
  const expected = data.expected ?? 0
  if (sequence === undefined || (expected !== 0 && ((sequence - expected) | 0) < 0)) return false
  data.expected = (sequence + 1) >>> 0
  return true
}

/** An error about a tunnel's packet came in. */
export function noteError(data: TunnelData, now: number): void {
  const { errors } = data
  data.errors = { count: errors !== undefined && now < errors.at + errorTime ? errors.count + 1 : 1, at: now }
}

/** Whether an error waits to be told to who sends through the tunnel; it is told once. */
export function takeError(data: TunnelData, now: number): boolean {
  const { errors } = data
  if (errors === undefined || errors.count === 0) return false
  const isFresh = now < errors.at + errorTime
  data.errors = { ...errors, count: isFresh ? errors.count - 1 : 0 }
  return isFresh
}
