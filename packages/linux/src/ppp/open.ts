/** Opens sessions of PPPoE in the kernel: a socket for the session, and its channel of `/dev/ppp`. @module */
import { type Link, type PppoeSpec, type Request, VnetError } from '@vnet/core'
import { systemError } from '../error.js'
import { littleEndian } from '../netlink/octets.js'
import type { Syscalls } from '../syscalls.js'
import { int } from '../tun/ifreq.js'
import { LinuxPppoe } from './channel.js'
import { AF_PPPOX, PPPIOCATTCHAN, PPPIOCGCHAN, PX_PROTO_OE } from './constants.js'
import { openPpp } from './device.js'

const SOCK_STREAM = 1

/** Where a session is opened. */
export interface PppoePlace {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace; `undefined` for that of the process. The session has one of its own. */
  readonly namespaceFd: number | undefined
  /** Carries one request out in that namespace. */
  ask(request: Request): Promise<unknown>
}

const operation = 'pppoe open'

const hints: { readonly [code: string]: string | undefined } = {
  EAFNOSUPPORT: 'this kernel has no PPPoE: it needs CONFIG_PPPOE, module pppoe; or have the session on a TUN',
  EPROTONOSUPPORT: 'this kernel has no PPPoE: it needs CONFIG_PPPOE, module pppoe; or have the session on a TUN',
  ENOENT: '/dev/ppp is not there: it needs CONFIG_PPP, module ppp_generic, and mknod /dev/ppp c 108 0',
  ENXIO: 'nothing is behind /dev/ppp: it needs CONFIG_PPP, module ppp_generic',
  ENODEV: 'nothing is behind /dev/ppp: it needs CONFIG_PPP, module ppp_generic',
  EPERM: 'it needs CAP_NET_ADMIN: run as root',
  EACCES: 'this user may not open /dev/ppp: run as root',
  EALREADY: 'the kernel has this session already: another program has opened it',
  ENETDOWN: 'the link is down: set it up',
}

/** Opens a session. What was opened before a step that fails is closed again. */
export async function openPppoe(place: PppoePlace, spec: PppoeSpec): Promise<LinuxPppoe> {
  const { syscalls, namespaceFd } = place
  const subject = String(spec.link)
  const link = (await place.ask({ operation: 'link get', spec: { link: spec.link } })) as Link | undefined
  if (link === undefined) {
    const hint = 'there is no such link; `vnet link list` shows those that are there'
    throw new VnetError({ code: 'ENODEV', operation, subject, errno: 19, hint })
  }
  // The kernel says ENODEV of both.
  if (!link.up) throw new VnetError({ code: 'ENETDOWN', operation, subject, errno: 100, hint: hints.ENETDOWN })
  const fds: number[] = []
  try {
    const socket = syscalls.socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_OE, namespaceFd)
    fds.push(socket)
    syscalls.connect(socket, addressOf(spec, link.name))
    const number = int(0)
    syscalls.ioctl(socket, PPPIOCGCHAN, number)
    const channel = openPpp(syscalls, namespaceFd)
    fds.push(channel)
    // Channels have numbers of their own in each namespace.
    syscalls.ioctl(channel, PPPIOCATTCHAN, number, namespaceFd)
    // A unit is made later, and perhaps by then nobody else holds the namespace.
    const home = syscalls.open(
      namespaceFd === undefined ? '/proc/thread-self/ns/net' : `/proc/self/fd/${namespaceFd}`,
      0,
    )
    fds.push(home)
    return new LinuxPppoe(syscalls, { subject: link.name, socket, channel, home })
  } catch (error) {
    for (const fd of fds) syscalls.close(fd)
    const { code = '' } = error as { code?: string }
    throw systemError(error, operation, subject, { hint: hints[code] })
  }
}

/** `struct sockaddr_pppox`, which is packed: the number of the session, the other side, and the link by its name. */
function addressOf({ session, mac }: PppoeSpec, link: string): Uint8Array {
  const octets = new Uint8Array(30)
  const view = new DataView(octets.buffer)
  view.setUint16(0, AF_PPPOX, littleEndian)
  view.setUint32(2, PX_PROTO_OE, littleEndian)
  view.setUint16(6, session)
  octets.set(mac, 8)
  octets.set(new TextEncoder().encode(link), 14)
  return octets
}
