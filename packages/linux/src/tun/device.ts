/** Descriptors of TUN and TAP devices: attached, verified, controlled (`drivers/net/tun.c`). @module */
import {
  type Capability,
  type ErrorDetails,
  type PortOffloads,
  type PortSpec,
  portOperation,
  remedyOf,
  type Steering,
  VnetError,
} from '@vnet/core'
import { systemError } from '../error.js'
import type { SyscallError, Syscalls } from '../syscalls.js'
import * as tun from './constants.js'
import { decodeIfreq, encodeIfreq, int } from './ifreq.js'
import { flowHash } from './steering.js'

const O_RDWR = 2
const O_NONBLOCK = 0o4000
const FIONBIO = 0x5421
const DEVICE = '/dev/net/tun'
/**
 * The flags that tell what a frame on the descriptor looks like, and which `TUNGETIFF` tells back. Not IFF_NO_PI: its bit is
 * also IFF_NOFILTER there, which is set for any descriptor without a filter; netlink tells the truth about that one.
 */
const TOLD = tun.IFF_TUN | tun.IFF_TAP | tun.IFF_VNET_HDR | tun.IFF_MULTI_QUEUE | tun.IFF_NAPI | tun.IFF_NAPI_FRAGS

/** A descriptor that is attached. */
export interface Attached {
  readonly fd: number
  readonly name: string
}

/** The flags that a port asks for. */
export function flagsOf(spec: PortSpec): number {
  return (
    (spec.kind === 'tun' ? tun.IFF_TUN : tun.IFF_TAP) |
    (spec.packetInformation ? 0 : tun.IFF_NO_PI) |
    (spec.offloads === undefined ? 0 : tun.IFF_VNET_HDR) |
    (spec.multiQueue ? tun.IFF_MULTI_QUEUE : 0) |
    (spec.napi ? tun.IFF_NAPI : 0) |
    (spec.napiFrags ? tun.IFF_NAPI_FRAGS : 0)
  )
}

/** Opens the device in a namespace and attaches it. Closes it again when that fails. */
export function attach(syscalls: Syscalls, namespace: number | undefined, spec: PortSpec): Attached {
  const fd = spec.fd ?? openDevice(syscalls, namespace, spec)
  try {
    if (spec.fd !== undefined) {
      const there = told(syscalls, fd)
      const attached = there === undefined ? undefined : verified(spec, fd, there)
      syscalls.ioctl(fd, FIONBIO, int(1))
      if (attached !== undefined) return attached
    }
    const request = encodeIfreq(spec.name ?? '', checkedFlags(syscalls, fd, spec))
    syscalls.ioctl(fd, tun.TUNSETIFF, request)
    const there = told(syscalls, fd)
    if (there === undefined) throw failure(spec, 'ENODEV', { errno: 19, hint: 'it was deleted at once' })
    return verified(spec, fd, there)
  } catch (error) {
    if (spec.fd === undefined) syscalls.close(fd)
    throw explained(error, spec)
  }
}

/** What `TUNGETIFF` says; `undefined` for a descriptor that is not attached. */
export function told(syscalls: Syscalls, fd: number): { readonly name: string; readonly flags: number } | undefined {
  const answer = encodeIfreq('', 0)
  try {
    syscalls.ioctl(fd, tun.TUNGETIFF, answer)
  } catch (error) {
    if ((error as SyscallError).code === 'EBADFD') return undefined
    throw error
  }
  return decodeIfreq(answer)
}

/** The kernel attaches to a link that is there with the flags that the link has, whatever was asked for. */
export function verified(
  spec: PortSpec,
  fd: number,
  there: { readonly name: string; readonly flags: number },
): Attached {
  const asked = flagsOf(spec)
  if (spec.name !== undefined && spec.name !== there.name) {
    throw failure(spec, 'EINVAL', { errno: 22, detail: `the descriptor is attached to ${there.name}` })
  }
  const wrong = (asked ^ there.flags) & TOLD
  if (wrong === 0) return { fd, name: there.name }
  throw otherFlags(spec, words(wrong, there.flags))
}

/** The error for flags that the kernel did not take from us. */
export function otherFlags(spec: PortSpec, which: string): VnetError {
  return failure(spec, 'EINVAL', {
    errno: 22,
    detail: `the link has other flags than were asked for, and the kernel keeps those: ${which}`,
    hint: 'ask for the same, or delete the link and make it anew',
  })
}

const flagWords: readonly (readonly [flag: number, word: string])[] = [
  [tun.IFF_TUN, 'tun'],
  [tun.IFF_TAP, 'tap'],
  [tun.IFF_VNET_HDR, 'offloads (virtio header)'],
  [tun.IFF_MULTI_QUEUE, 'multiQueue'],
  [tun.IFF_NAPI, 'napi'],
  [tun.IFF_NAPI_FRAGS, 'napiFrags'],
]

function words(wrong: number, there: number): string {
  return flagWords
    .filter(([flag]) => wrong & flag)
    .map(([flag, word]) => `${word} is ${there & flag ? 'on' : 'off'}`)
    .join(', ')
}

/** What the kernel's TUN driver can do (`TUNGETFEATURES`). */
export function features(syscalls: Syscalls, fd: number): number {
  const answer = int(0)
  syscalls.ioctl(fd, tun.TUNGETFEATURES, answer)
  return new Uint32Array(answer.buffer)[0] as number
}

function checkedFlags(syscalls: Syscalls, fd: number, spec: PortSpec): number {
  const has = features(syscalls, fd)
  const flags = flagsOf(spec) | (spec.carrier === false ? tun.IFF_NO_CARRIER : 0)
  const needs: readonly (readonly [flag: number, capability: Capability])[] = [
    [tun.IFF_VNET_HDR, 'tun offload'],
    [tun.IFF_NAPI | tun.IFF_NAPI_FRAGS, 'tun napi'],
    [tun.IFF_NO_CARRIER, 'tun no-carrier'],
    [tun.IFF_MULTI_QUEUE, 'tun port'],
  ]
  for (const [flag, capability] of needs) {
    if (flags & flag & ~has) {
      throw new VnetError({
        code: 'VNET_UNSUPPORTED',
        operation: portOperation(spec.kind),
        subject: spec.name,
        detail: `this kernel lacks ${capability}`,
        hint: remedyOf(capability),
      })
    }
  }
  return flags | (spec.create === 'always' ? tun.IFF_TUN_EXCL : 0)
}

/** Switches offloads on, as many as asked for, and off what an earlier opener left on: they belong to the device. */
export function setOffloads(syscalls: Syscalls, fd: number, spec: PortSpec): PortOffloads | undefined {
  const { offloads } = spec
  if (offloads === undefined) {
    syscalls.ioctl(fd, tun.TUNSETOFFLOAD, 0)
    return undefined
  }
  syscalls.ioctl(fd, tun.TUNSETVNETHDRSZ, int(spec.headerSize))
  const whole = { checksum: true, tso4: true, tso6: true, uso: true }
  const tries = offloads === 'all' ? [whole, { ...whole, uso: false }] : [offloads]
  let refused: unknown
  for (const set of tries) {
    try {
      syscalls.ioctl(fd, tun.TUNSETOFFLOAD, offloadBits(set))
      return set
    } catch (error) {
      refused = error
    }
  }
  if ((refused as SyscallError).code !== 'EINVAL') throw refused
  throw new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation: portOperation(spec.kind),
    subject: spec.name,
    detail: 'this kernel lacks one of the offloads asked for',
    attribute: 'options.offloads',
    hint: 'uso needs Linux 6.2; offloads: true takes what there is',
    errno: 22,
    syscall: 'ioctl',
    cause: refused,
  })
}

function offloadBits({ checksum, tso4, tso6, uso }: PortOffloads): number {
  return (
    (checksum ? tun.TUN_F_CSUM : 0) |
    (tso4 ? tun.TUN_F_TSO4 : 0) |
    (tso6 ? tun.TUN_F_TSO6 : 0) |
    (uso ? tun.TUN_F_USO4 | tun.TUN_F_USO6 : 0)
  )
}

/** Attaches or detaches a queue (`TUNSETQUEUE`). */
export function setQueue(syscalls: Syscalls, fd: number, attached: boolean): void {
  syscalls.ioctl(fd, tun.TUNSETQUEUE, encodeIfreq('', attached ? tun.IFF_ATTACH_QUEUE : tun.IFF_DETACH_QUEUE))
}

/** No frame is addressed to it: stands in a filter that would have no entry, which the kernel takes for no filter. */
const NOBODY = new Uint8Array(6)

/** Sets the destinations that a TAP takes (`struct tun_filter`: flags, count, MACs). */
export function setFilter(syscalls: Syscalls, fd: number, filter: PortSpec['filter']): void {
  const macs = filter?.macs.length === 0 ? [NOBODY] : (filter?.macs ?? [])
  const octets = new Uint8Array(4 + 6 * macs.length)
  new Uint16Array(octets.buffer, 0, 2).set([filter?.allMulticast ? tun.TUN_FLT_ALLMULTI : 0, macs.length])
  macs.forEach((mac, index) => {
    octets.set(mac, 4 + 6 * index)
  })
  syscalls.ioctl(fd, tun.TUNSETTXFILTER, octets)
}

/** Sets or removes the program that chooses queues. */
export function setSteering(syscalls: Syscalls, fd: number, kind: 'tun' | 'tap', steering: Steering | undefined): void {
  if (steering !== 'flow hash') {
    syscalls.ioctl(fd, tun.TUNSETSTEERINGEBPF, int(steering?.fd ?? -1))
    return
  }
  // The device holds the program once it is set.
  const program = syscalls.loadProgram(flowHash(kind), 'MIT')
  try {
    syscalls.ioctl(fd, tun.TUNSETSTEERINGEBPF, int(program))
  } finally {
    syscalls.close(program)
  }
}

/** Opens `/dev/net/tun`, which belongs to the opener's namespace. */
export function openDevice(syscalls: Syscalls, namespace: number | undefined, spec: PortSpec): number {
  try {
    return syscalls.open(DEVICE, O_RDWR | O_NONBLOCK, namespace)
  } catch (error) {
    const { code } = error as SyscallError
    throw systemError(error, portOperation(spec.kind), spec.name, {
      detail: `${DEVICE} cannot be opened`,
      hint:
        code === 'EACCES' || code === 'EPERM'
          ? 'its mode lets only root in here: run as root, or have it made 0666, as most distributions do'
          : 'load the module tun (CONFIG_TUN); in a container: mknod /dev/net/tun c 10 200',
    })
  }
}

function explained(error: unknown, spec: PortSpec): Error {
  if (error instanceof VnetError) return error
  const { code } = error as SyscallError
  if (code === 'EBUSY' && spec.create === 'always') {
    return failure(spec, 'EEXIST', { errno: 17, hint: 'choose another name, or attach to it with create: auto' })
  }
  const hints: { readonly [code: string]: string | undefined } = {
    EBUSY: 'another program holds its only queue: close that, or make the link with multiQueue',
    EINVAL:
      'the name is that of a link which is no TUN or TAP (a macvtap wants create: never), of the other mode, or has another multiQueue',
    EPERM:
      'it needs CAP_NET_ADMIN over the namespace, or to be the owner of a persistent link: run as root or in a user namespace',
    E2BIG: 'a link has at most 256 queues',
    ENOTTY: 'the descriptor is none of /dev/net/tun',
    EBADF: 'the descriptor is not open',
  }
  return systemError(error, portOperation(spec.kind), spec.name, { hint: hints[code] })
}

function failure(spec: PortSpec, code: 'EEXIST' | 'EINVAL' | 'ENODEV', more: Partial<ErrorDetails>): VnetError {
  return new VnetError({ code, operation: portOperation(spec.kind), subject: spec.name, ...more })
}
