/** Unicast filters beyond the link's own MAC (`dev_uc_add`). @module */
import { isGroupMac } from '@vnet/core'
import type { Device } from './device.js'

const isGroup = (mac: string): boolean => isGroupMac(Uint8Array.of(Number.parseInt(mac.slice(0, 2), 16)))

/**
 * A link whose driver cannot filter by several MACs goes promiscuous while it is up and has some
 * (`__dev_set_rx_mode`). Called whenever the filters change, and when it goes up; quiet, as in the kernel.
 */
export function syncUnicast(device: Device): void {
  if (!device.up || device.kind?.filtersUnicast) return
  const wanted = [...device.ownFilters, ...device.filters.keys()].some((mac) => !isGroup(mac))
  if (wanted === device.unicastPromiscuous) return
  device.unicastPromiscuous = wanted
  device.promiscuity += wanted ? 1 : -1
}
