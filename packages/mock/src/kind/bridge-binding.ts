/** VLANs on a bridge that have carrier as the ports in them have: their flag `bridgeBinding` (`br_vlan_set_vlan_dev_state`, `net/bridge/br_vlan.c`). @module */
import type { Kernel, Notice } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import { type Device, isOperational } from '../object/device.js'

const works = (port: Device): boolean => port.up && isOperational(port)

/** Whether a link is such a VLAN. */
export const isBound = ({ vlan }: Device): boolean => vlan?.bridgeBinding === true

/** A VLAN has carrier where the bridge has, and a port that works is in it. */
export function followPorts(kernel: Kernel, bridge: Device, link: Device): void {
  const ports = bridge.bridge?.ports ?? []
  const vlan = link.vlan?.id as number
  setCarrier(kernel, link, bridge.carrier && ports.some((port) => works(port) && port.port?.vlans.has(vlan)))
}

/** The same for the one of a number, once a port came into it or left it. */
export function followVlan(kernel: Kernel, bridge: Device, vlan: number): void {
  for (const link of boundOf(bridge)) if (link.vlan?.id === vlan) followPorts(kernel, bridge, link)
}

/** The state of a port changed (`br_vlan_port_event`). */
export function bindingListener(kernel: Kernel, notice: Notice, port: Device): void {
  const bridge = port.master
  if (port.port === undefined || bridge === undefined || bridge.uppers.size === 0) return
  if (notice !== 'change' && notice !== 'up' && notice !== 'down') return
  for (const link of boundOf(bridge)) {
    if (!port.port.vlans.has(link.vlan?.id as number)) continue
    if (!works(port)) followPorts(kernel, bridge, link)
    else if (bridge.carrier) setCarrier(kernel, link, true)
  }
}

const boundOf = ({ uppers }: Device): readonly Device[] => (uppers.size === 0 ? [] : [...uppers].filter(isBound))
