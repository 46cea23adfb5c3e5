/** Numbers of `linux/ethtool.h` and of the call that takes them (`linux/sockios.h`). @module */
import { field, struct } from '../rtnetlink/struct.js'

/** Asks a driver; `ifr_data` points at what and for what. */
export const SIOCETHTOOL = 0x8946
/** Asks for name and version of driver and firmware. */
export const ETHTOOL_GDRVINFO = 3
/** Asks for the MAC that the hardware was made with. */
export const ETHTOOL_GPERMADDR = 0x20
/** Any socket will do. */
export const AF_INET = 2
/** Of any type. */
export const SOCK_DGRAM = 2
/** Where the pointer lies in a `struct ifreq`. */
export const IFR_DATA = 16

/** What a driver calls itself: texts of 32 octets. */
export const drvinfo = struct('struct ethtool_drvinfo', 196, {
  command: field('cmd', 0, 'u32'),
  driver: field('driver', 4, 'bytes'),
  version: field('version', 36, 'bytes'),
  firmware: field('fw_version', 68, 'bytes'),
  bus: field('bus_info', 100, 'bytes'),
})
