/** TUN and TAP as links: made by ioctl on `/dev/net/tun`, persistent, as `ip tuntap add` (`linux/if_tun.h`). @module */
import { type CleanLinkSpec, type Link, type Request, VnetError } from '@vnet/core'
import { systemError } from './error.js'
import { littleEndian } from './netlink/octets.js'
import type { Syscalls } from './syscalls.js'

const O_RDWR = 2
const IFREQ = 40
const TUNSETIFF = 0x400454ca
const TUNSETPERSIST = 0x400454cb
const TUNSETOWNER = 0x400454cc
const TUNSETGROUP = 0x400454ce
const TUNSETIFINDEX = 0x400454da
const IFF_TUN = 0x0001
const IFF_TAP = 0x0002
const IFF_MULTI_QUEUE = 0x0100
const IFF_NO_PI = 0x1000
const IFF_VNET_HDR = 0x4000
const IFF_TUN_EXCL = 0x8000

type TunSpec = Extract<CleanLinkSpec, { kind: 'tun' | 'tap' }>

/**
 * Makes a persistent TUN or TAP link in a namespace, then gives it its settings through `execute` (requests in that
 * namespace; it throws at the first that fails). Leaves nothing behind when it fails. `read` asks once more when it is made.
 */
export async function addTun(
  syscalls: Syscalls,
  namespace: number | undefined,
  spec: CleanLinkSpec,
  execute: (requests: readonly Request[]) => Promise<unknown[]>,
  read: (request: Request) => Promise<unknown[]>,
): Promise<Link> {
  const {
    kind,
    name,
    tun = {},
    txQueues,
    rxQueues,
    parent,
    index,
    namespace: _,
    port: __,
    ...settings
  } = spec as TunSpec
  if (txQueues !== undefined || rxQueues !== undefined || parent !== undefined) {
    const attribute = parent !== undefined ? 'spec.parent' : txQueues !== undefined ? 'spec.txQueues' : 'spec.rxQueues'
    throw refused(
      'EINVAL',
      22,
      name,
      `a ${kind} link does not take it`,
      attribute,
      'use tun.multiQueue for several queues',
    )
  }
  const link = name as string
  const fd = openDevice(syscalls, namespace, name)
  try {
    if (index !== undefined) syscalls.ioctl(fd, TUNSETIFINDEX, int(index))
    const flags =
      (kind === 'tun' ? IFF_TUN : IFF_TAP) |
      IFF_TUN_EXCL |
      (tun.packetInformation ? 0 : IFF_NO_PI) |
      (tun.vnetHeader ? IFF_VNET_HDR : 0) |
      (tun.multiQueue ? IFF_MULTI_QUEUE : 0)
    syscalls.ioctl(fd, TUNSETIFF, ifreq(link, flags))
    if (tun.owner !== undefined) syscalls.ioctl(fd, TUNSETOWNER, tun.owner)
    if (tun.ownerGroup !== undefined) syscalls.ioctl(fd, TUNSETGROUP, tun.ownerGroup)
    // Not persistent yet: closing the descriptor is the way back.
    if (Object.keys(settings).length > 0) await execute([{ operation: 'link set', spec: { link, ...settings } }])
    syscalls.ioctl(fd, TUNSETPERSIST, 1)
  } catch (error) {
    throw failure(error, name)
  } finally {
    syscalls.close(fd)
  }
  // Read when nobody is attached any more: without carrier and queue, as everybody will find it.
  const [made] = await read({ operation: 'link get', spec: { link } })
  if (made === undefined) throw refused('ENODEV', 19, name, undefined, undefined, 'it was made, and removed at once')
  return made as Link
}

function openDevice(syscalls: Syscalls, namespace: number | undefined, name: string | undefined): number {
  try {
    return syscalls.open('/dev/net/tun', O_RDWR, namespace)
  } catch (error) {
    const code = (error as { code?: string }).code
    throw systemError(error, 'link add', name, {
      detail: '/dev/net/tun cannot be opened',
      hint:
        code === 'EACCES' || code === 'EPERM'
          ? 'its mode lets only root in here: run as root, or have it made 0666, as most distributions do'
          : 'load the module tun (CONFIG_TUN); in a container: mknod /dev/net/tun c 10 200',
    })
  }
}

function failure(error: unknown, name: string | undefined): unknown {
  const code = (error as { code?: string }).code
  // IFF_TUN_EXCL answers EBUSY where the name is a TUN or TAP, EINVAL where it is another link.
  if (code === 'EBUSY') return refused('EEXIST', 17, name, undefined, undefined, 'choose another name')
  if (code === 'EPERM') {
    return systemError(error, 'link add', name, {
      hint: 'it needs CAP_NET_ADMIN over the namespace: run as root or in a user namespace',
    })
  }
  return systemError(error, 'link add', name)
}

function refused(
  code: 'EEXIST' | 'EINVAL' | 'ENODEV',
  errno: number,
  subject: string | undefined,
  detail?: string,
  attribute?: string,
  hint?: string,
) {
  return new VnetError({ code, operation: 'link add', subject, errno, detail, attribute, hint })
}

/** `struct ifreq` with name and flags. */
function ifreq(name: string, flags: number): Uint8Array {
  const octets = new Uint8Array(IFREQ)
  octets.set(new TextEncoder().encode(name))
  new DataView(octets.buffer).setUint16(16, flags, littleEndian)
  return octets
}

const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)
