/** Bits of a VXLAN header that drop a packet (`vxlan_nl2conf`, `drivers/net/vxlan/vxlan_core.c`; RFC 7348 § 5). @module */
import { refuse } from '../refusal.js'
import type { Settings } from './vxlan-option.js'

type Words = readonly [number, number]

/** The bits that a link uses: the identifier and its mark, and those of its extensions (`linux/vxlan.h`). */
function usedBits({ gbp, gpe, remoteChecksumRx }: Settings): Words {
  let [first, second] = [0x0800_0000, 0xffff_ff00]
  // The mark of group policy, and its three octets.
  if (gbp) first |= 0x80ff_ffff
  // Version, next protocol and its mark, and that of messages about the tunnel.
  if (gpe) first |= 0x3500_00ff
  // The mark of an open checksum, and where it begins.
  if (remoteChecksumRx) {
    first |= 0x0020_0000
    second = 0xffff_ffff
  }
  return [first >>> 0, second >>> 0]
}

/** The bits that drop a packet: those given, or all that the link does not use. */
export function reservedBits(options: Settings, given: Words | undefined): Words {
  const used = usedBits(options)
  if (given === undefined) return [~used[0] >>> 0, ~used[1] >>> 0]
  if ((given[0] & used[0]) === 0 && (given[1] & used[1]) === 0) return given
  const text = used.map((word) => word.toString(16).padStart(8, '0')).join('')
  return refuse('EINVAL', `Used bits 0x${text} cannot overlap reserved bits`, { attribute: 'spec.vxlan.reservedBits' })
}
