/** Opens captures: a packet socket that hears nothing until filter and ring are in place. @module */
import { compileCaptureFilter, filterRefusal } from '@vnet/bpf'
import { type Capture, type CaptureSpec, type Link, type Request, VnetError } from '@vnet/core'
import { encodeLink } from '../datagram/address.js'
import { SOCK_RAW } from '../datagram/constants.js'
import { systemError } from '../error.js'
import { littleEndian } from '../netlink/octets.js'
import type { SyscallError, Syscalls } from '../syscalls.js'
import { int } from '../tun/ifreq.js'
import { LinuxCapture, pendingError } from './capture.js'
import * as packet from './constants.js'
import { captureProgram, type Programs } from './filter.js'
import { formatOf } from './format.js'
import { BLOCK, ringRequest } from './ring.js'
import { Untranslatable } from './translate.js'

const WHOLE = 262_144

/** Where a capture is opened. */
export interface CapturePlace {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace, open as long as this is needed; `undefined` for that of the process. */
  readonly namespaceFd: number | undefined
  /** Carries one request out in that namespace. */
  ask(request: Request): Promise<unknown>
}

/** Opens a capture. */
export async function openCapture(place: CapturePlace, spec: CaptureSpec): Promise<Capture> {
  const { syscalls } = place
  const link = spec.link === undefined ? undefined : await linkOf(place, spec.link)
  const name = link?.name ?? 'any'
  let fd: number | undefined
  let memory: Uint8Array | undefined
  try {
    // Without a protocol nothing arrives, so there is nothing from before the filter that would have to be thrown away.
    fd = syscalls.socket(packet.AF_PACKET, SOCK_RAW, 0, place.namespaceFd)
    const type = link === undefined ? undefined : typeOf(syscalls, fd, link.index)
    const format = type === undefined ? undefined : formatOf(type)
    const programs = spec.filter === undefined ? undefined : compileCaptureFilter(spec.filter, format, name)
    attach(syscalls, fd, spec, programs, name)
    syscalls.setOption(fd, packet.SOL_PACKET, packet.PACKET_VERSION, int(packet.TPACKET_V3))
    const blocks = spec.buffer / BLOCK
    syscalls.setOption(fd, packet.SOL_PACKET, packet.PACKET_RX_RING, ringRequest(blocks))
    memory = syscalls.map(fd, spec.buffer)
    if (link !== undefined && spec.promiscuous) {
      syscalls.setOption(fd, packet.SOL_PACKET, packet.PACKET_ADD_MEMBERSHIP, promiscuous(link.index))
    }
    syscalls.bind(fd, encodeLink(packet.ETH_P_ALL, link?.index ?? 0))
    const errno = pendingError(syscalls, fd)
    if (errno !== 0) throw down(name, errno)
    return new LinuxCapture({ syscalls, spec, name, index: link?.index, format, fd, memory })
  } catch (error) {
    if (memory !== undefined) syscalls.unmap(memory)
    if (fd !== undefined) syscalls.close(fd)
    throw explained(error, name)
  }
}

/** The type of a link (`ARPHRD_*`), as the socket that is bound to it tells. */
function typeOf(syscalls: Syscalls, fd: number, index: number): number {
  syscalls.bind(fd, encodeLink(0, index))
  const octets = syscalls.socketName(fd)
  const type = new DataView(octets.buffer, octets.byteOffset).getUint16(8, littleEndian)
  // A link that is down is told as an error, which must not be taken for one of later.
  pendingError(syscalls, fd)
  return type
}

function attach(syscalls: Syscalls, fd: number, spec: CaptureSpec, programs: Programs | undefined, name: string): void {
  if (
    programs === undefined &&
    spec.snapLength === WHOLE &&
    spec.direction === 'both' &&
    name !== 'lo' &&
    name !== 'any'
  ) {
    return
  }
  try {
    syscalls.attachFilter(fd, captureProgram(spec, programs))
  } catch (error) {
    if (error instanceof Untranslatable || error instanceof RangeError) {
      throw filterRefusal(name, `the kernel cannot carry it out: ${error.message}`, error)
    }
    throw error
  }
}

async function linkOf(place: CapturePlace, ref: string | number): Promise<Link> {
  const link = (await place.ask({ operation: 'link get', spec: { link: ref } })) as Link | undefined
  if (link !== undefined) return link
  throw new VnetError({
    code: 'ENODEV',
    operation: 'capture open',
    subject: typeof ref === 'number' ? `#${ref}` : ref,
    errno: 19,
    hint: 'there is no such link in this namespace; `vnet link list` shows those that are there',
  })
}

/** `struct packet_mreq`. */
function promiscuous(index: number): Uint8Array {
  const octets = new Uint8Array(16)
  const view = new DataView(octets.buffer)
  view.setInt32(0, index, littleEndian)
  view.setUint16(4, packet.PACKET_MR_PROMISC, littleEndian)
  return octets
}

function down(name: string, errno: number): VnetError {
  return new VnetError({
    code: 'ENETDOWN',
    operation: 'capture open',
    subject: name,
    errno,
    hint: `nothing passes a link that is down: vnet link set ${name} --up`,
  })
}

function explained(error: unknown, name: string): Error {
  const hints: { readonly [code: string]: string | undefined } = {
    EPERM: 'packet sockets need CAP_NET_RAW over the namespace: run as root or in a user namespace',
    EAFNOSUPPORT: 'this kernel lacks packet sockets: CONFIG_PACKET, module af_packet',
    ENOPROTOOPT: 'this kernel has no rings of packets (TPACKET_V3): Linux 3.2 or later',
    EINVAL: 'this kernel has no rings of packets (TPACKET_V3): Linux 3.2 or later',
    ENOMEM: 'the kernel has no memory for a buffer of this size: ask for a smaller one',
    ENODEV: 'the link was deleted meanwhile',
    ENXIO: 'the link was deleted meanwhile',
  }
  return systemError(error, 'capture open', name, { hint: hints[(error as SyscallError).code] })
}
