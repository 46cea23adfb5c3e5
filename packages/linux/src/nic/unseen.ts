/** Network devices that have no link in a namespace: their link is in another one, or no driver has made it. @module */
import {
  type Link,
  type NamespaceInfo,
  type NamespaceRef,
  type Nic,
  type NicDevice,
  physicalOf,
  VnetError,
} from '@vnet/core'
import { identityOf } from '../namespace.js'
import type { NicCarrier } from './carrier.js'
import { type FoundDevice, found } from './device.js'
import { namesIn, numberOf, realPathOf, targetOf } from './sysfs.js'

/** The class of PCI devices for networks, in the upper octet (PCI Code and ID Assignment § 1.2). */
const NETWORK = 0x02
/** The id of network devices on virtio (Virtual I/O Device 1.2 § 5). */
const VIRTIO_NET = 1

/** The devices, each with where its link is, if we find it. `here` are the NICs that have theirs here. */
export async function unseenNics(run: NicCarrier, here: readonly Nic[]): Promise<Nic[]> {
  const seen = new Set(here.flatMap(({ device }) => (device === undefined ? [] : [keyOf(device)])))
  const nics: Nic[] = []
  for (const { links: there, name: namespace } of await namespacesElsewhere(run)) {
    for (const link of there) {
      const { parentBus: bus, parentDevice: device, name, index, altNames, type, mac, permanentMac } = link
      if (bus === undefined || device === undefined) continue
      const one = found(device, bus, realPathOf(`/sys/bus/${bus}/devices/${device}`))
      const { because, ...whole } = unseen(one)
      const place = namespace === undefined ? 'another namespace' : `namespace ${namespace}`
      seen.add(keyOf(one.device))
      nics.push({
        ...whole,
        because: `${because}; its link is ${name} in ${place}`,
        altNames,
        type,
        ...(mac === undefined ? {} : { mac }),
        ...(permanentMac === undefined ? {} : { permanentMac }),
        elsewhere: { name, index, ...(namespace === undefined ? {} : { namespace }) },
      })
    }
  }
  for (const one of networkDevices()) {
    const { device, driver } = one
    if (seen.has(keyOf(device))) continue
    const { because, ...whole } = unseen(one)
    const why = driver === undefined ? 'no driver is bound to it' : 'its link is in a namespace that we cannot see'
    nics.push({ ...whole, because: `${because}; ${why}` })
  }
  return nics
}

const keyOf = ({ bus, name }: NicDevice): string => `${bus} ${name}`

function unseen({ device, driver }: FoundDevice): Nic {
  return {
    altNames: [],
    ...physicalOf({ type: 'ether', device }),
    wireless: false,
    device,
    ...(driver === undefined ? {} : { driver }),
  }
}

/** Devices that are network cards by their class. One of PCI that offers virtio is seen on that bus. */
function networkDevices(root = '/sys/bus'): FoundDevice[] {
  const on = (bus: string, wanted: (folder: string) => boolean) =>
    namesIn(`${root}/${bus}/devices`).flatMap((name) => {
      const folder = realPathOf(`${root}/${bus}/devices/${name}`)
      return folder !== undefined && wanted(folder) ? [found(name, bus, folder)] : []
    })
  return [
    ...on('pci', (folder) => (numberOf(`${folder}/class`) ?? 0) >>> 16 === NETWORK && !isVirtio(folder)),
    ...on('virtio', (folder) => numberOf(`${folder}/device`) === VIRTIO_NET),
  ]
}

const isVirtio = (folder: string): boolean => targetOf(`${folder}/driver`) === 'virtio-pci'

/** Links of one namespace, which may have a name. */
interface Elsewhere {
  readonly name?: string
  readonly links: readonly Link[]
}

/** The namespaces that we can enter, each once, without this one: those with a name, that of the process, that of the first. */
async function namespacesElsewhere(run: NicCarrier): Promise<Elsewhere[]> {
  const named = (await run.value({ operation: 'namespace list', spec: {} })) as readonly NamespaceInfo[]
  const refs: readonly (NamespaceRef | undefined)[] = [...named.map(({ name }) => ({ name })), undefined, { pid: 1 }]
  const known = new Set([identityOf(run.ownFd)])
  const places: Elsewhere[] = []
  for (const ref of refs) {
    try {
      const fd = ref === undefined ? undefined : run.namespaceFd(ref)
      const identity = identityOf(fd)
      if (known.has(identity)) continue
      known.add(identity)
      const [links] = (await run.in(fd, [{ operation: 'link list', spec: {} }])) as (readonly Link[])[]
      places.push({ ...(ref !== undefined && 'name' in ref ? { name: ref.name } : {}), links: links ?? [] })
    } catch (error) {
      if (!isShut(error)) throw error
    }
  }
  return places
}

/** Whether an error says that a namespace was deleted meanwhile, or is not ours to enter. */
export const isShut = (error: unknown): boolean =>
  error instanceof VnetError && ['ENOENT', 'EPERM', 'EACCES', 'EINVAL', 'ESRCH'].includes(error.code)
