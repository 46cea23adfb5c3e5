/** ERSPAN headers: who mirrored what, in front of a frame (`include/net/erspan.h`; draft-foschiano-erspan). @module */
import { encodeErspan, etherTypeAt, etherTypes, vlanIdAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { numberOf, tunnelOf } from './end.js'

/** Least and largest Ethernet frame without its checksum: what lies outside is marked in version 2. */
const [leastFrame, largestFrame] = [60, 1514]
/** Marks of frames that are shorter and longer than they may be. */
const sizeMark = { right: 0, short: 1, long: 2 } as const
/** "The frame has its own tag", in version 1. */
const ownTag = 3
/** Clock ticks of version 2 in a second: 100 microseconds each. */
const ticks = 10_000

/** The header of a tunnel with the frame behind; `isCut` where the frame is not whole. */
export function erspanOf(
  kernel: Kernel,
  device: Device,
  frame: Uint8Array,
  isCut: boolean,
  serviceClass: number,
): Uint8Array {
  const { options } = tunnelOf(device)
  const isTagged = etherTypeAt(frame, 0) === etherTypes.vlan
  const common = {
    vlan: isTagged ? vlanIdAt(frame, 0) : 0,
    serviceClass,
    truncated: isCut,
    session: numberOf(options, 'okey') & 0x3ff,
  }
  if (options.erspanVersion !== 2) {
    const index = numberOf(options, 'erspanIndex')
    return encodeErspan({ version: 1, ...common, encapsulation: isTagged ? ownTag : 0, index }, frame)
  }
  const { short, long, right } = sizeMark
  return encodeErspan(
    {
      version: 2,
      ...common,
      encapsulation: frame.length < leastFrame ? short : frame.length > largestFrame ? long : right,
      timestamp: Math.floor(kernel.now() * ticks) % 0x1_0000_0000,
      hardware: numberOf(options, 'erspanHwid'),
      direction: options.erspanDir === 'egress' ? 1 : 0,
    },
    frame,
  )
}
