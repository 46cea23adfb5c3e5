/** TUN and TAP as links: made by ioctl on `/dev/net/tun`, persistent, as `ip tuntap add` (`linux/if_tun.h`). @module */
import { type CleanLinkSpec, type Link, type Request, VnetError } from '@vnet/core'
import { systemError } from './error.js'
import type { Syscalls } from './syscalls.js'
import {
  IFF_MULTI_QUEUE,
  IFF_NO_PI,
  IFF_TAP,
  IFF_TUN,
  IFF_TUN_EXCL,
  IFF_VNET_HDR,
  TUNSETGROUP,
  TUNSETIFF,
  TUNSETIFINDEX,
  TUNSETOWNER,
  TUNSETPERSIST,
} from './tun/constants.js'
import { encodeIfreq, int } from './tun/ifreq.js'

const O_RDWR = 2

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
    syscalls.ioctl(fd, TUNSETIFF, encodeIfreq(link, flags))
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
