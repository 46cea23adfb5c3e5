/** The program that the kernel runs for each frame: direction, the filter for the link's type, octets to keep. @module */
import type { BpfInstruction, CaptureFormat, CaptureSpec } from '@vnet/core'
import { ancillary, Builder } from './bpf.js'
import {
  ARPHRD_LOOPBACK,
  PACKET_OUTGOING,
  SKF_AD_HATYPE,
  SKF_AD_PKTTYPE,
  SKF_AD_VLAN_TAG_PRESENT,
} from './constants.js'
import { formatTypes } from './format.js'
import { cooked, packetOnly, tagged, takingAtMost } from './translate.js'

/** A filter, compiled for frames of each format that can occur. */
export type Programs = ReadonlyMap<CaptureFormat, readonly BpfInstruction[]>

/**
 * The program, 8 octets an instruction.
 *
 * @param programs Absent: all frames.
 * @throws Untranslatable, RangeError a filter that cannot be carried out, or is too long
 */
export function captureProgram(
  { direction, snapLength }: Pick<CaptureSpec, 'direction' | 'snapLength'>,
  programs?: Programs,
): Uint8Array {
  const builder = new Builder()
  const packetType = ancillary(SKF_AD_PKTTYPE)
  const linkType = ancillary(SKF_AD_HATYPE)
  if (direction === 'out') builder.add(packetType).jumpUnless(PACKET_OUTGOING, 'drop')
  else {
    builder.add(packetType).jumpUnless(PACKET_OUTGOING, 'wanted')
    if (direction === 'in') builder.give(0)
    // What leaves by lo comes in again at once: once is enough.
    else builder.add(linkType).jumpIf(ARPHRD_LOOPBACK, 'drop')
    builder.label('wanted')
  }
  if (programs === undefined) return builder.give(snapLength).label('drop').give(0).build()

  builder.add(linkType)
  for (const [type, format] of formatTypes) if (programs.has(format)) builder.jumpIf(type, format)
  builder.jump(programs.has('cooked') ? 'cooked' : 'drop')
  for (const [format, program] of programs) {
    builder.label(format)
    if (format === 'ethernet') {
      builder.add(ancillary(SKF_AD_VLAN_TAG_PRESENT)).jumpUnless(0, 'tagged')
      builder.part(program, takingAtMost(snapLength)).label('tagged').part(program, takingAtMost(snapLength, tagged))
    } else builder.part(program, takingAtMost(snapLength, format === 'ip' ? packetOnly : cooked))
  }
  return builder.label('drop').give(0).build()
}
