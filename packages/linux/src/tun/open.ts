/** Opens ports: makes or attaches to the link, verifies, sets it up, and takes everything back when a step fails. @module */
import { type Link, type PortSpec, portOperation, type Request, type TunPort, VnetError } from '@vnet/core'
import { systemError } from '../error.js'
import type { Syscalls } from '../syscalls.js'
import { TUNSETCARRIER, TUNSETFILTEREBPF, TUNSETGROUP, TUNSETOWNER, TUNSETPERSIST, TUNSETSNDBUF } from './constants.js'
import { attach, otherFlags, setFilter, setOffloads, setSteering } from './device.js'
import { int } from './ifreq.js'
import { LinuxPort } from './port.js'

/** Where a port is opened. */
export interface PortPlace {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace, open as long as this is needed; `undefined` for that of the process. */
  readonly namespaceFd: number | undefined
  /** Carries one request out in that namespace. */
  ask(request: Request): Promise<unknown>
}

/** Opens a port. */
export async function openPort(place: PortPlace, spec: PortSpec): Promise<TunPort> {
  const { syscalls, namespaceFd } = place
  const there = spec.create === 'never' && spec.name !== undefined ? await linkOf(place, spec, spec.name) : undefined
  const { fd, name } = attach(syscalls, namespaceFd, spec)
  let port: LinuxPort | undefined
  let isOpening = true
  try {
    const offloads = setOffloads(syscalls, fd, spec)
    control(syscalls, fd, spec)
    await settle(place, spec, name)
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
    port = new LinuxPort(
      {
        syscalls,
        spec,
        name,
        index: link.index,
        mtu: link.mtu,
        offloads,
        addQueue: () => addQueue(syscalls, isOpening ? namespaceFd : (port as LinuxPort), sibling),
      },
      fd,
    )
    for (let queue = 1; queue < spec.queues; queue++) port.addQueue()
    isOpening = false
    // Last of all: until now, closing the descriptor is the way back.
    if (spec.persistent !== undefined) syscalls.ioctl(fd, TUNSETPERSIST, spec.persistent ? 1 : 0)
    return port
  } catch (error) {
    if (port !== undefined && spec.fd === undefined) await port.close()
    else if (spec.fd === undefined) syscalls.close(fd)
    throw explained(error, spec, name)
  }
}

/** Opens one more queue: in the namespace, or later, when the connection may be closed, in that of the device. */
function addQueue(syscalls: Syscalls, where: number | undefined | LinuxPort, spec: PortSpec): number {
  if (typeof where !== 'object') return attach(syscalls, where, spec).fd
  let namespace: number
  try {
    namespace = syscalls.ioctl(where.descriptor('add queue'), TUNGETDEVNETNS, 0)
  } catch (error) {
    throw systemError(error, 'port add queue', spec.name, {
      hint: 'the device tells its namespace since Linux 5.2, and only with CAP_NET_ADMIN: give queues when it is opened',
    })
  }
  try {
    return attach(syscalls, namespace, spec).fd
  } finally {
    syscalls.close(namespace)
  }
}

/** `TUNGETDEVNETNS`: a descriptor of the namespace that the device is in (Linux 5.2). */
const TUNGETDEVNETNS = 0x54e3

/** What is set through the descriptor. */
function control(syscalls: Syscalls, fd: number, spec: PortSpec): void {
  const { owner, ownerGroup, sendBuffer, filter, steering, frameFilter, carrier } = spec
  if (owner !== undefined) syscalls.ioctl(fd, TUNSETOWNER, owner)
  if (ownerGroup !== undefined) syscalls.ioctl(fd, TUNSETGROUP, ownerGroup)
  if (sendBuffer !== undefined) syscalls.ioctl(fd, TUNSETSNDBUF, int(sendBuffer))
  if (filter !== undefined) setFilter(syscalls, fd, filter)
  if (steering !== undefined) setSteering(syscalls, fd, spec.kind, steering)
  if (frameFilter !== undefined) syscalls.ioctl(fd, TUNSETFILTEREBPF, int(frameFilter.fd))
  // A link that was there keeps the carrier it had.
  if (carrier !== undefined) syscalls.ioctl(fd, TUNSETCARRIER, int(carrier ? 1 : 0))
}

/** What is set as on any link. */
async function settle(place: PortPlace, spec: PortSpec, link: string): Promise<void> {
  const { up, mtu, mac } = spec
  const change = {
    ...(up === undefined ? {} : { up }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(mac === undefined ? {} : { mac }),
  }
  if (Object.keys(change).length === 0) return
  await place.ask({ operation: 'link set', spec: { link, ...change } })
}

async function linkOf(place: PortPlace, spec: PortSpec, name: string): Promise<Link> {
  const link = (await place.ask({ operation: 'link get', spec: { link: name } })) as Link | undefined
  if (link !== undefined) return link
  throw gone(
    spec,
    name,
    spec.fd === undefined
      ? 'there is no such link; leave create out to have it made'
      : 'the link of the descriptor is in another namespace: open the port there',
  )
}

function gone(spec: PortSpec, name: string, hint: string): VnetError {
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
