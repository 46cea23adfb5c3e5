/** GRE headers as tunnels read and write them (`gre_parse_header`, `gre_build_header`; RFC 2784, RFC 2890). @module */
import { checksumOf, decodeGre, encodeGre, etherTypes, type GreSpec, isDecodeError, isGreAt } from '@vnet/wire'
import type { TunnelData } from '../kind/tunnel.js'
import { nextSequence } from './end.js'

/** A GRE header that came in. */
export interface GreArrival {
  readonly protocol: number
  readonly isSummed: boolean
  readonly key: number | undefined
  readonly sequence: number | undefined
  /** Octets of the header. */
  readonly size: number
}

/** Reads a header and checks its sum; `undefined` for what is not understood. An error message quotes less than all: no sum then. */
export function readGre(octets: Uint8Array, start: number, end: number, isQuoted = false): GreArrival | undefined {
  if (end - start < 4 || !isGreAt(octets, start)) return undefined
  try {
    const { value, start: payload } = decodeGre(octets, start, end)
    if (value.checksum !== undefined && !isQuoted && checksumOf(octets, start, end) !== 0) return undefined
    return {
      protocol: value.protocol,
      isSummed: value.checksum !== undefined,
      key: value.key,
      sequence: value.sequence,
      size: payload - start,
    }
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/** What a GRE header may have: a checksum, a key, a sequence number. */
interface GreFields {
  readonly ocsum?: boolean
  readonly okey?: number
  readonly oseq?: boolean
}

/** The GRE header of a tunnel with what it carries behind; with what its options say, unless something else is given. */
export function greOf(
  data: TunnelData,
  protocol: number,
  payload: Uint8Array,
  { ocsum, okey, oseq }: GreFields = data.options,
): Uint8Array {
  const spec: GreSpec & { protocol: number } = {
    protocol,
    ...(ocsum === true ? { checksum: true as const } : {}),
    ...(okey === undefined ? {} : { key: okey }),
    ...(oseq === true ? { sequence: nextSequence(data) } : {}),
  }
  return encodeGre(spec, payload)
}

/** The EtherType of a packet by its version of IP, as the payload of GRE. */
export function packetProtocol(octets: Uint8Array): number | undefined {
  const version = (octets[0] as number) >> 4
  return version === 4 ? etherTypes.ipv4 : version === 6 ? etherTypes.ipv6 : undefined
}
