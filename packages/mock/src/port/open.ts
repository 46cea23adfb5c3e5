/** Opens ports: makes or attaches to the link, sets it up, and takes everything back when a step fails. @module */
import {
  type Capability,
  type CleanLinkChange,
  type PortOffloads,
  type PortSpec,
  portOperation,
  type TunPort,
  VnetError,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { isTapLink, refuseForLink } from '../kind/tap-link.js'
import { attach, detach, openQueue } from '../kind/tun-attach.js'
import type { Namespace } from '../namespace.js'
import { stateChange } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { Refusal, refusedBy } from '../refusal.js'
import { unsupported } from '../supports.js'
import { MockPort, offloadsOf } from './port.js'
import { PortQueue } from './queue.js'

const offloadNames = ['checksum', 'tso4', 'tso6', 'uso'] as const
const noOffloads: PortOffloads = { checksum: false, tso4: false, tso6: false, uso: false }

/** Opens a port in a namespace. */
export function openPort(kernel: Kernel, namespace: Namespace, spec: PortSpec): TunPort {
  const operation = portOperation(spec.kind)
  const there = spec.create === 'never' && spec.name !== undefined ? namespace.byName.get(spec.name) : undefined
  if (isTapLink(there) && kernel.supports['tap device'] !== true) throw unsupported(operation, 'tap device')
  refuseForLink(spec, there)
  checkCapabilities(kernel, spec, operation)
  checkDescriptors(spec, operation)
  try {
    return kernel.perform(() => opened(kernel, namespace, spec))
  } catch (thrown) {
    if (thrown instanceof Refusal) throw refusedBy(thrown, operation, spec.name)
    if (!(thrown instanceof VnetError) || thrown.operation === operation) throw thrown
    const { code, detail, attribute, hint, errno } = thrown
    throw new VnetError({ code, operation, subject: spec.name, detail, attribute, hint, errno, cause: thrown })
  }
}

function opened(kernel: Kernel, namespace: Namespace, spec: PortSpec): MockPort {
  const queues: PortQueue[] = []
  let port: MockPort | undefined
  let device: Device | undefined
  const queue = () => {
    const one = new PortQueue(
      () => device,
      () => port?.arrived(),
      () => port?.lost(),
    )
    queues.push(one)
    return one
  }
  try {
    device = openQueue(kernel, namespace, spec, queue())
    while (queues.length < spec.queues) attach(kernel, device, queue())
    if (!isTapLink(device)) takeOffloads(kernel, device, spec)
    // What may be refused comes before what may not, and the link is not up before all of it holds.
    settle(kernel, namespace, device, { mtu: spec.mtu })
    control(kernel, device, spec)
    settle(kernel, namespace, device, { mac: spec.mac, up: spec.up })
    if (spec.persistent !== undefined) device.tun = { ...device.tun, persistent: spec.persistent }
    port = new MockPort({ kernel, namespace, device, spec }, queues)
    return port
  } catch (thrown) {
    if (device !== undefined) for (const one of queues) detach(kernel, device, one)
    throw thrown
  }
}

/** What its program takes (`TUNSETOFFLOAD`): it belongs to the link, and an earlier opener's is forgotten. */
function takeOffloads(kernel: Kernel, device: Device, { offloads }: PortSpec): void {
  const taken = offloadsOf(offloads) ?? noOffloads
  const before = device.tunOffloads ?? noOffloads
  device.tunOffloads = taken
  if (offloadNames.some((name) => before[name] !== taken[name])) kernel.tellLink(device)
}

/** What belongs to TUN and TAP alone. */
function control(kernel: Kernel, device: Device, { steering, filter, owner, ownerGroup }: PortSpec): void {
  const { tunQueues } = device
  // A link that was there keeps neither from an earlier port.
  if (steering !== undefined) tunQueues?.steer(steering === 'flow hash')
  if (filter !== undefined) tunQueues?.setFilter(filter)
  if (owner === undefined && ownerGroup === undefined) return
  device.tun = {
    ...device.tun,
    ...(owner === undefined ? {} : { owner }),
    ...(ownerGroup === undefined ? {} : { ownerGroup }),
  }
  stateChange(kernel, device)
}

type Setting = { readonly [S in 'mtu' | 'mac' | 'up']?: PortSpec[S] | undefined }

/** What any link has. */
function settle(kernel: Kernel, namespace: Namespace, device: Device, settings: Setting): void {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  if (given.length === 0) return
  const spec: CleanLinkChange = { link: device.index, ...Object.fromEntries(given) }
  kernel.apply(namespace, { operation: 'link set', spec })
}

function checkCapabilities(kernel: Kernel, spec: PortSpec, operation: string): void {
  const wanted: readonly (readonly [wants: boolean, capability: Capability])[] = [
    [true, 'tun port'],
    [spec.offloads !== undefined, 'tun offload'],
    [spec.napi === true || spec.napiFrags === true, 'tun napi'],
    [spec.carrier === false, 'tun no-carrier'],
  ]
  for (const [wants, capability] of wanted) {
    if (wants && kernel.supports[capability] !== true) throw unsupported(operation, capability)
  }
}

/** No descriptor is open in the mock, so every number is that of a closed one. */
function checkDescriptors({ name, fd, steering, frameFilter }: PortSpec, operation: string): void {
  if (fd === undefined && typeof steering !== 'object' && frameFilter === undefined) return
  throw new VnetError({
    code: 'EBADF',
    operation,
    subject: name,
    errno: 9,
    hint: 'the mock has no descriptors: leave fd, and programs by descriptor, out',
  })
}
