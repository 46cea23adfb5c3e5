/** Extension headers of IPv6 that come in (`net/ipv6/exthdrs.c`; RFC 8200 § 4). @module */
import { ipProtocols, ipv6HeaderSize, u16At } from '@vnet/wire'

const { hopByHop, destinationOptions, routing, fragment, authentication, noNextHeader } = ipProtocols

/** Codes of "parameter problem" (RFC 4443 § 3.4). */
export const problems = { field: 0, nextHeader: 1, option: 2 } as const

const routerAlert = 0x05

/** Options that are known, by header: router alert and jumbo payload, and the home address of Mobile IPv6. */
const knownOptions: { readonly [header: number]: readonly number[] } = {
  [hopByHop]: [routerAlert, 0xc2],
  [destinationOptions]: [0xc9],
}
/** Options that a header may have (`net.ipv6.max_hbh_opts_number`, `max_dst_opts_number`), and octets of padding at a stretch. */
const mostOptions = 8
const mostPadding = 7

/** What lies behind headers. */
export interface Behind {
  /** Number of the header that follows. */
  readonly protocol: number
  /** Where it begins, from the beginning of the packet. */
  readonly start: number
  /** Where its number stands. */
  readonly pointer: number
  /** Behind options that every router looks at: what their router alert says (RFC 2711). */
  readonly alert?: number | undefined
}

/** What to do with a packet: read on, or drop it, with a word about it to its sender or without. */
export type Verdict =
  | Behind
  | { readonly drop: true; readonly problem?: readonly [code: number, pointer: number]; readonly always?: true }

const inFront: Behind = { protocol: -1, start: ipv6HeaderSize, pointer: 6 }

/** What lies behind all extension headers, without looking into them (`ipv6_skip_exthdr`); in a later fragment, nothing. */
export function extensionsOf(packet: Uint8Array): Behind {
  let { start, pointer } = inFront
  let protocol = packet[pointer] as number
  while (isSkipped(protocol) && start + 8 <= packet.length) {
    if (protocol === fragment && (u16At(packet, start + 2) & 0xfff8) !== 0)
      return { protocol: noNextHeader, start, pointer }
    const units = packet[start + 1] as number
    const size = protocol === fragment ? 8 : protocol === authentication ? (units + 2) * 4 : (units + 1) * 8
    pointer = start
    protocol = packet[start] as number
    start += size
  }
  return { protocol, start, pointer }
}

const isSkipped = (protocol: number): boolean =>
  [hopByHop, destinationOptions, routing, fragment, authentication].includes(protocol as never)

/** Reads the header that every router looks at, which is the first one if there is one. `end` is the end of the packet. */
export function readHopByHop(packet: Uint8Array): Verdict {
  const first: Behind = { ...inFront, protocol: packet[inFront.pointer] as number }
  return first.protocol === hopByHop ? readOptions(packet, first) : first
}

/** Reads the headers for the host that a packet is for, up to a fragment header or the payload. */
export function readExtensions(packet: Uint8Array, behind: Behind, isUnicast: boolean): Verdict {
  let at: Verdict = behind
  while (!('drop' in at)) {
    if (at.protocol === destinationOptions) at = readOptions(packet, at)
    else if (at.protocol === routing) at = readRouting(packet, at, isUnicast)
    else return at
  }
  return at
}

function sizeAt(packet: Uint8Array, { start }: Behind): number | undefined {
  if (start + 8 > packet.length) return undefined
  const size = ((packet[start + 1] as number) + 1) * 8
  return start + size > packet.length ? undefined : size
}

const dropped: Verdict = { drop: true }

/** `ip6_parse_tlv`. */
function readOptions(packet: Uint8Array, behind: Behind): Verdict {
  const size = sizeAt(packet, behind)
  if (size === undefined) return dropped
  const end = behind.start + size
  let [padding, options] = [0, 0]
  let alert: number | undefined
  for (let at = behind.start + 2; at < end; ) {
    const type = packet[at] as number
    const length = type === 0 ? 1 : at + 1 < end ? 2 + (packet[at + 1] as number) : 2
    if (at + length > end) return dropped
    if (type <= 1) {
      padding += length
      if (padding > mostPadding || packet.subarray(at + 2, at + length).some((octet) => octet !== 0)) return dropped
    } else {
      padding = 0
      if (++options > mostOptions) return dropped
      // The two highest bits say what becomes of a packet with an option that nobody knows.
      const wish = type >> 6
      if (wish !== 0 && !knownOptions[behind.protocol]?.includes(type)) {
        if (wish === 1) return dropped
        const problem = [problems.option, at] as const
        return wish === 2 ? { drop: true, problem, always: true } : { drop: true, problem }
      }
      if (type === routerAlert && length === 4) alert = u16At(packet, at + 2)
    }
    at += length
  }
  return { protocol: packet[behind.start] as number, start: end, pointer: behind.start, alert }
}

/** Of a way that is at its end there is nothing to do; no other is gone (RFC 5095). */
function readRouting(packet: Uint8Array, behind: Behind, isUnicast: boolean): Verdict {
  const size = sizeAt(packet, behind)
  if (size === undefined || !isUnicast) return dropped
  const segmentsLeft = packet[behind.start + 3]
  if (segmentsLeft !== 0) return { drop: true, problem: [problems.field, behind.start + 2] }
  return { protocol: packet[behind.start] as number, start: behind.start + size, pointer: behind.start }
}
