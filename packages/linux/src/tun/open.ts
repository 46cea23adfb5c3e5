/** Opens ports: makes or attaches to the link, verifies, sets it up, and takes everything back when a step fails. @module */
import { type Link, type PortSpec, portOperation, type Request, type TunPort, VnetError } from '@vnet/core'
import { systemError } from '../error.js'
import { identityOf } from '../namespace.js'
import type { SyscallError, Syscalls } from '../syscalls.js'
import { TUNSETCARRIER, TUNSETFILTEREBPF, TUNSETGROUP, TUNSETOWNER, TUNSETPERSIST, TUNSETSNDBUF } from './constants.js'
import { attach, otherFlags, setFilter, setOffloads, setSteering } from './device.js'
import { int } from './ifreq.js'
import { LinuxPort } from './port.js'
import { attachTapLink, isTapLink, refuseForLink, watchTapLink } from './tap-link.js'

/** Where a port is opened. */
export interface PortPlace {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace, open as long as this is needed; `undefined` for that of the process. */
  readonly namespaceFd: number | undefined
  /** Carries one request out in that namespace. */
  ask(request: Request): Promise<unknown>
  /** Gives up; nothing is left behind. */
  readonly signal?: AbortSignal | undefined
}

/** Opens a port. */
export async function openPort(place: PortPlace, spec: PortSpec): Promise<TunPort> {
  const { syscalls, namespaceFd, signal } = place
  const there = spec.create === 'never' && spec.name !== undefined ? await linkOf(place, spec, spec.name) : undefined
  if (spec.fd !== undefined) checkPlace(place, spec, spec.fd)
  refuseForLink(spec, there)
  const attachOne = (one: PortSpec) =>
    isTapLink(there) && one.fd === undefined ? attachTapLink(syscalls, one, there) : attach(syscalls, namespaceFd, one)
  const { fd, name } = attachOne(spec)
  const fds = [fd]
  try {
    const link = await linkOf(place, spec, name)
    if (there !== undefined && there.index !== link.index) {
      throw gone(spec, name, 'it was deleted, and made anew, meanwhile')
    }
    const information = link.tun?.packetInformation
    if (information !== undefined && information !== (spec.packetInformation ?? false)) {
      throw otherFlags(spec, `packetInformation is ${information ? 'on' : 'off'}`)
    }
    const sibling: PortSpec = { ...spec, name, create: 'auto', multiQueue: true, queues: 1 }
    delete (sibling as { fd?: number }).fd
    while (fds.length < spec.queues) fds.push(attachOne(sibling).fd)
    const offloads = setOffloads(syscalls, fd, spec)
    // What may be refused comes before what may not, and the link is not up before all of it holds.
    await settle(place, name, spec, ['mtu'])
    control(syscalls, fd, spec)
    await settle(place, name, spec, ['mac', 'up'])
    signal?.throwIfAborted()
    // Last of all: until now, closing the descriptor is the way back.
    if (spec.persistent !== undefined) syscalls.ioctl(fd, TUNSETPERSIST, spec.persistent ? 1 : 0)
    const addQueue = (first: number) =>
      isTapLink(link) ? attachTapLink(syscalls, sibling, link).fd : attachLater(syscalls, first, sibling)
    const watchLink = isTapLink(link) ? watchTapLink(syscalls, namespaceFd, fd, link.index) : undefined
    const parts = { syscalls, spec, name, index: link.index, mtu: spec.mtu ?? link.mtu, offloads, addQueue }
    return new LinuxPort({ ...parts, ...(watchLink === undefined ? {} : { watchLink }) }, fds)
  } catch (error) {
    for (const own of fds) if (own !== spec.fd) syscalls.close(own)
    if (signal?.aborted) throw signal.reason
    throw explained(error, spec, name)
  }
}

/** `TUNGETDEVNETNS`: a descriptor of the namespace that the device is in (Linux 5.2). */
const TUNGETDEVNETNS = 0x54e3
/** `SIOCGSKNS`: of the namespace that a device would be made in. */
const SIOCGSKNS = 0x894c

/** Refuses a descriptor whose device is elsewhere, or would be: a link of its name may be here as well. */
function checkPlace({ syscalls, namespaceFd }: PortPlace, spec: PortSpec, fd: number): void {
  const its = namespaceOf(syscalls, fd)
  if (its === undefined) return
  try {
    if (identityOf(its) !== identityOf(namespaceFd)) throw gone(spec, spec.name, ELSEWHERE)
  } finally {
    syscalls.close(its)
  }
}

/** `undefined` where the kernel does not tell: it is older, or the caller lacks CAP_NET_ADMIN, or it is no such descriptor. */
function namespaceOf(syscalls: Syscalls, fd: number): number | undefined {
  for (const request of [TUNGETDEVNETNS, SIOCGSKNS]) {
    try {
      return syscalls.ioctl(fd, request, 0)
    } catch (error) {
      if ((error as SyscallError).code !== 'EBADFD') return undefined
    }
  }
  return undefined
}

const ELSEWHERE = 'the link of the descriptor is in another namespace: open the port there'

/** Attaches one more queue when the connection may be closed already: in the namespace of the device. */
function attachLater(syscalls: Syscalls, first: number, sibling: PortSpec): number {
  let namespace: number
  try {
    namespace = syscalls.ioctl(first, TUNGETDEVNETNS, 0)
  } catch (error) {
    throw systemError(error, 'port add queue', sibling.name, {
      hint: 'the device tells its namespace since Linux 5.2, and only with CAP_NET_ADMIN: give queues when it is opened',
    })
  }
  try {
    return attach(syscalls, namespace, sibling).fd
  } finally {
    syscalls.close(namespace)
  }
}

/** What is set through the descriptor; what the kernel may refuse first. */
function control(syscalls: Syscalls, fd: number, spec: PortSpec): void {
  const { owner, ownerGroup, sendBuffer, filter, steering, frameFilter, carrier } = spec
  if (steering !== undefined) setSteering(syscalls, fd, spec.kind, steering)
  if (frameFilter !== undefined) syscalls.ioctl(fd, TUNSETFILTEREBPF, int(frameFilter.fd))
  if (owner !== undefined) syscalls.ioctl(fd, TUNSETOWNER, owner)
  if (ownerGroup !== undefined) syscalls.ioctl(fd, TUNSETGROUP, ownerGroup)
  if (sendBuffer !== undefined) syscalls.ioctl(fd, TUNSETSNDBUF, int(sendBuffer))
  if (filter !== undefined) setFilter(syscalls, fd, filter)
  // A link that was there keeps the carrier it had.
  if (carrier !== undefined) syscalls.ioctl(fd, TUNSETCARRIER, int(carrier ? 1 : 0))
}

/** Sets what can be set of any link. */
async function settle(
  place: PortPlace,
  link: string,
  spec: PortSpec,
  settings: readonly ('up' | 'mtu' | 'mac')[],
): Promise<void> {
  const change = settings.flatMap((setting) => (spec[setting] === undefined ? [] : [[setting, spec[setting]]]))
  if (change.length === 0) return
  await place.ask({ operation: 'link set', spec: { link, ...Object.fromEntries(change) } })
}

async function linkOf(place: PortPlace, spec: PortSpec, name: string): Promise<Link> {
  const link = (await place.ask({ operation: 'link get', spec: { link: name } })) as Link | undefined
  if (link !== undefined) return link
  throw gone(spec, name, spec.fd === undefined ? 'there is no such link; leave create out to have it made' : ELSEWHERE)
}

function gone(spec: PortSpec, name: string | undefined, hint: string): VnetError {
  return new VnetError({ code: 'ENODEV', operation: portOperation(spec.kind), subject: name, errno: 19, hint })
}

function explained(error: unknown, spec: PortSpec, name: string): Error {
  const operation = portOperation(spec.kind)
  if (error instanceof VnetError && error.operation !== operation) {
    const { code, detail, attribute, hint, errno, syscall } = error
    return new VnetError({ code, operation, subject: name, detail, attribute, hint, errno, syscall, cause: error })
  }
  return systemError(error, operation, name)
}
