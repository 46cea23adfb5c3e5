/** What udev would name a NIC for: read from the folder of its device in sysfs. @module */
import type { Link, NicPlace, NicPrefix, PciPlace, UsbPlace } from '@vnet/core'
import type { FoundDevice } from './device.js'
import { lineOf, namesIn, numberOf, octetsOf, targetOf } from './sysfs.js'

const pciName = /^([0-9a-f]{4,}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/

type Known = { -readonly [P in keyof NicPlace]?: NicPlace[P] | undefined }

/** The place of a NIC; `undefined` for a device that udev has no names for. */
export function placeOf(link: Link, found: FoundDevice, root = '/sys'): NicPlace | undefined {
  const prefix = prefixOf(link, found)
  if (prefix === undefined || found.folder === undefined) return undefined
  const { device, folder } = found
  const netFolder = `${folder}/net/${link.name}`
  const place: Known = {
    // A MAC that is not the hardware's own names nothing.
    mac: numberOf(`${netFolder}/addr_assign_type`) === 0 && link.type === 'ether' ? link.mac : undefined,
    portName: lineOf(`${netFolder}/phys_port_name`),
    devPort: numberOf(`${netFolder}/dev_port`),
    ...busPlace(device.bus, device.name, folder, root),
  }
  const known = Object.entries(place).filter(([, value]) => value !== undefined && value !== '')
  return { prefix, ...Object.fromEntries(known) } as NicPlace
}

function prefixOf({ type, name }: Link, { folder }: FoundDevice): NicPrefix | undefined {
  if (type === 'infiniband') return 'ib'
  if (type === 'slip') return 'sl'
  if (type !== 'ether') return undefined
  const devtype = /^DEVTYPE=(.+)$/m.exec(lineOf(`${folder}/net/${name}/uevent`) ?? '')?.[1]
  return devtype === 'wlan' ? 'wl' : devtype === 'wwan' ? 'ww' : 'en'
}

function busPlace(bus: string, name: string, folder: string, root: string): Known {
  if (bus === 'pci') return pciAt(folder, root)
  const above = folder.slice(0, folder.lastIndexOf('/'))
  if (bus === 'virtio') return pciName.test(lastOf(above)) ? pciAt(above, root) : {}
  if (bus === 'usb') {
    const usb = usbOf(name)
    const [pci] = pciAbove(folder)
    return usb === undefined ? {} : { usb, ...(pci === undefined ? {} : pciAt(pci, root)), ...notOnboard }
  }
  if (bus === 'bcma') {
    const [pci] = pciAbove(folder)
    const core = /:([0-9]+)$/.exec(name)?.[1]
    return core === undefined || pci === undefined ? {} : { core: Number(core), ...pciAt(pci, root), ...notOnboard }
  }
  if (bus === 'ccwgroup' || bus === 'ccw') return { channel: name }
  if (bus === 'xen') {
    const vif = /^vif-([0-9]+)$/.exec(name)?.[1]
    return vif === undefined ? {} : { vif: Number(vif) }
  }
  if (bus === 'vio') return { vioSlot: Number.parseInt(name, 16) & 0xffff }
  if (bus === 'netdevsim') {
    const number = /([0-9]+)$/.exec(name)?.[1]
    return number === undefined ? {} : { netdevsim: Number(number) }
  }
  if (bus === 'platform') return platformPlace(name, folder, root)
  return {}
}

/** The firmware counts devices of PCI, not what hangs on them. */
const notOnboard = { onboardIndex: undefined, onboardLabel: undefined }

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Folders of PCI devices on the way to a device, the nearest first. */
function pciAbove(folder: string): string[] {
  const parts = folder.split('/')
  const paths = parts.map((_, at) => parts.slice(0, at + 1).join('/'))
  return paths.filter((path) => pciName.test(lastOf(path))).reverse()
}

/** A PCI device; a virtual function is named for the physical one. */
function pciAt(folder: string, root: string): Known {
  const physical = targetOf(`${folder}/physfn`)
  if (physical === undefined) return { ...pciPlace(folder, root), ...onboardAt(folder) }
  const name = lastOf(folder)
  const whole = `${root}/bus/pci/devices/${physical}`
  const link = namesIn(whole).find((one) => one.startsWith('virtfn') && targetOf(`${whole}/${one}`) === name)
  if (link === undefined) return {}
  return { ...pciPlace(folder, root, physical, whole), virtualFunction: Number(link.slice(6)) }
}

function pciPlace(folder: string, root: string, name = lastOf(folder), from = folder): Known {
  const parts = pciName
    .exec(name)
    ?.slice(1)
    .map((digits) => Number.parseInt(digits, 16))
  if (parts === undefined) return {}
  const [domain = 0, bus = 0, device = 0, fn = 0] = parts
  // The header type has a bit for several functions (PCI Local Bus 3.0 § 6.2.1).
  const header = octetsOf(`${from}/config`)?.[0x0e] ?? 0
  const hotplugSlot = slotOf(name, root)
  const pci: PciPlace = {
    domain,
    bus,
    device,
    function: fn,
    multifunction: (header & 0x80) !== 0,
    ari: lineOf(`${from}/ari_enabled`) === '1',
    ...(hotplugSlot === undefined ? {} : { hotplugSlot }),
  }
  return { pci }
}

/** A slot has an address without a function: `0000:01:00`. */
function slotOf(name: string, root: string): number | undefined {
  const folder = `${root}/bus/pci/slots`
  const address = name.slice(0, name.lastIndexOf('.'))
  const slot = namesIn(folder).find(
    (one) => /^[1-9][0-9]*$/.test(one) && lineOf(`${folder}/${one}/address`) === address,
  )
  return slot === undefined ? undefined : Number(slot)
}

/** ACPI first, then SMBIOS. */
const onboardAt = (folder: string): Known => ({
  onboardIndex: numberOf(`${folder}/acpi_index`) ?? numberOf(`${folder}/index`),
  onboardLabel: lineOf(`${folder}/label`),
})

/** `2-1.4:1.6`: bus, ports, configuration, interface. */
function usbOf(name: string): UsbPlace | undefined {
  const found = /^[0-9]+-([0-9.]+):([0-9]+)\.([0-9]+)$/.exec(name)
  if (found === null) return undefined
  const [, ports = '', configuration = '', number = ''] = found
  return { ports: ports.split('.').map(Number), configuration: Number(configuration), interface: Number(number) }
}

/** An ACPI device, `HISI00C2:00`; else one of the device tree, which may have an alias. */
function platformPlace(name: string, folder: string, root: string): Known {
  const found = /^([A-Z]{3}|[A-Z0-9]{4})([0-9A-F]{4}):([0-9]+)$/.exec(name)
  if (found !== null) {
    const [, vendor = '', model = '', instance = ''] = found
    return { acpi: { vendor, model: Number.parseInt(model, 16), instance: Number.parseInt(instance, 16) } }
  }
  const node = targetOf(`${folder}/of_node`)
  const aliases = `${root}/firmware/devicetree/base/aliases`
  if (node === undefined) return {}
  const alias = namesIn(aliases).find(
    (one) => /^ethernet[0-9]+$/.test(one) && lastOf(lineOf(`${aliases}/${one}`)?.replace(/\0$/, '') ?? '') === node,
  )
  return alias === undefined ? {} : { alias: Number(alias.slice(8)) }
}
