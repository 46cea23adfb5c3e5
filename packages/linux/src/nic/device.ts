/** The device behind a NIC, from sysfs. Devices are the same in every namespace; only `/sys/class/net` is not. @module */
import type { Link, NicDevice } from '@vnet/core'
import { lineOf, numberOf, realPathOf, targetOf } from './sysfs.js'

/** A device and where its folder is. */
export interface FoundDevice {
  readonly device: NicDevice
  /** Its folder, without symbolic links; absent where there is no sysfs. */
  readonly folder?: string
  /** The driver bound to it. */
  readonly driver?: string
}

/** The device of a link: as the kernel tells it (Linux 5.14), or as the folder of the link says. */
export function deviceOf(link: Link, own: boolean, root = '/sys'): FoundDevice | undefined {
  const { parentBus: bus, parentDevice: name } = link
  if (bus !== undefined && name !== undefined) {
    return found(name, bus, realPathOf(`${root}/bus/${bus}/devices/${name}`))
  }
  // That folder shows the links of whoever mounted it: it is taken only where it is about this very link.
  const folder = `${root}/class/net/${link.name}`
  if (!own || numberOf(`${folder}/ifindex`) !== link.index || lineOf(`${folder}/address`) !== link.mac) return undefined
  const path = realPathOf(`${folder}/device`)
  const subsystem = path === undefined ? undefined : targetOf(`${path}/subsystem`)
  if (path === undefined || subsystem === undefined) return undefined
  return found(path.slice(path.lastIndexOf('/') + 1), subsystem, path)
}

/** A device by name and bus. */
export function found(name: string, bus: string, folder: string | undefined): FoundDevice {
  const id = folder === undefined ? undefined : idOf(bus, folder)
  const driver = folder === undefined ? undefined : targetOf(`${folder}/driver`)
  return {
    device: { name, bus, ...(id === undefined ? {} : { id }) },
    ...(folder === undefined ? {} : { folder }),
    ...(driver === undefined ? {} : { driver }),
  }
}

/** Vendor and device in four hexadecimal digits each; of a USB interface those of its device. */
function idOf(bus: string, folder: string): string | undefined {
  if (bus === 'usb') {
    const device = folder.slice(0, folder.lastIndexOf('/'))
    const [vendor, product] = [lineOf(`${device}/idVendor`), lineOf(`${device}/idProduct`)]
    return vendor === undefined || product === undefined ? undefined : `${vendor}:${product}`
  }
  const [vendor, device] = [numberOf(`${folder}/vendor`), numberOf(`${folder}/device`)]
  if (vendor === undefined || device === undefined) return undefined
  return [vendor, device].map((number) => number.toString(16).padStart(4, '0')).join(':')
}
