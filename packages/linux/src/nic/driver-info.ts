/** Who drives a NIC: what ethtool's netlink lacks, by `ioctl` (SIOCETHTOOL; `linux/ethtool.h`). @module */
import { formatMac } from '@vnet/core'
import { littleEndian } from '../netlink/octets.js'
import type { Syscalls } from '../syscalls.js'
import { encodeIfreq } from '../tun/ifreq.js'
import {
  AF_INET,
  drvinfo,
  ETHTOOL_GDRVINFO,
  ETHTOOL_GPERMADDR,
  IFR_DATA,
  SIOCETHTOOL,
  SOCK_DGRAM,
} from './constants.js'

/** What the driver calls itself and its device. */
export interface DriverInfo {
  readonly driver?: string
  readonly version?: string
  readonly firmware?: string
  readonly busAddress?: string
  readonly permanentMac?: string
}

/** What most addresses have at most, octets (`MAX_ADDR_LEN`). */
const longestAddress = 32

/** Asks by name, on a socket of the namespace. What the driver refuses is absent. */
export function driverInfo(syscalls: Syscalls, namespaceFd: number | undefined, name: string): DriverInfo {
  const fd = syscalls.socket(AF_INET, SOCK_DGRAM, 0, namespaceFd)
  try {
    const told = ask(syscalls, fd, name, ETHTOOL_GDRVINFO, drvinfo.size)
    const field = (offset: number): string => {
      const octets = told?.subarray(offset, offset + 32) ?? new Uint8Array(0)
      const end = octets.indexOf(0)
      return new TextDecoder().decode(end < 0 ? octets : octets.subarray(0, end))
    }
    const words = {
      driver: field(drvinfo.fields.driver.offset),
      version: field(drvinfo.fields.version.offset),
      firmware: field(drvinfo.fields.firmware.offset),
      busAddress: field(drvinfo.fields.bus.offset),
    }
    // `N/A` is what drivers say that have none.
    const known = Object.entries(words).filter(([, text]) => text !== '' && text !== 'N/A')
    const permanentMac = permanentMacOf(ask(syscalls, fd, name, ETHTOOL_GPERMADDR, 8 + longestAddress, longestAddress))
    return { ...Object.fromEntries(known), ...(permanentMac === undefined ? {} : { permanentMac }) }
  } finally {
    syscalls.close(fd)
  }
}

/** A structure that begins with the command, and perhaps how long what follows may be. */
function ask(syscalls: Syscalls, fd: number, name: string, command: number, size: number, room = 0) {
  const octets = new Uint8Array(size)
  const view = new DataView(octets.buffer)
  view.setUint32(0, command, littleEndian)
  if (room > 0) view.setUint32(4, room, littleEndian)
  try {
    syscalls.ioctlPointing(fd, SIOCETHTOOL, encodeIfreq(name, 0), IFR_DATA, octets)
    return octets
  } catch (error) {
    // EOPNOTSUPP: no driver, or one that does not tell. ENODEV: gone, which is looked at in the end.
    if (['EOPNOTSUPP', 'ENODEV', 'EINVAL', 'EPERM'].includes((error as { code?: string }).code ?? '')) return undefined
    throw error
  }
}

/** `struct ethtool_perm_addr`: command, length, address. All zero is none. */
function permanentMacOf(octets: Uint8Array | undefined): string | undefined {
  if (octets === undefined) return undefined
  const length = new DataView(octets.buffer).getUint32(4, littleEndian)
  const address = octets.subarray(8, 8 + Math.min(length, longestAddress))
  return address.some((octet) => octet !== 0) ? formatMac(address) : undefined
}
