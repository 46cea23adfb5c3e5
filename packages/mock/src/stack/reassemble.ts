/** Fragments for this host: kept until all are there, or until their time is over (`net/ipv4/ip_fragment.c`, `net/ipv6/reassembly.c`). @module */
import { ethernetHeaderSize, isFragment, type Whole } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { addressType4 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { reports4, reports6, sendError4, sendError6 } from './icmp-error.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'

/** Takes a fragment, and gives the packet when it was the last that was missing. */
export function reassemble(
  kernel: Kernel,
  device: Device,
  frame: Uint8Array,
  type: PacketTypeNumber,
): Whole | undefined {
  const { reassembly, sysctls } = device.namespace
  const isIpv4 = (frame[ethernetHeaderSize] as number) >> 4 === 4
  const life = sysctls.globals[isIpv4 ? 'ipv4.ipfrag_time' : 'ipv6.ip6frag_time']
  const began = reassembly.waiting(frame)
  const whole = reassembly.add(frame)
  const now = reassembly.waiting(frame)
  // It overlaps, or does not fit one packet with those before it, which go with it.
  if (whole === undefined && now === undefined) kernel.dropped(device, frame, 'malformed')
  if (began === undefined && now !== undefined) {
    kernel.timers.at(kernel.now() + life, () => {
      // Put together since, discarded, or the fragments of another packet of the same number.
      if (reassembly.waiting(frame) !== now) return
      const first = reassembly.discard(frame)
      kernel.dropped(device, first ?? frame, 'fragment-timeout')
      // Who lacks the first one cannot tell whose they were.
      if (first === undefined || device.removed) return
      // Who puts together what is for others does not tell its sender.
      const to = first.slice(ethernetHeaderSize + 16, ethernetHeaderSize + 20)
      if (isIpv4 && addressType4(device.namespace, to, device) === 'unicast') return
      const faulty = { device, packet: first.subarray(ethernetHeaderSize), isForHost: type === packetType.host }
      if (isIpv4) sendError4(kernel, faulty, reports4.fragments)
      else sendError6(kernel, faulty, reports6.fragments)
    })
  }
  if (whole === undefined) return undefined
  if (!isFragment(whole.frame)) return whole
  kernel.dropped(device, whole.frame, 'malformed')
  return undefined
}
