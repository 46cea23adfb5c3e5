/** The names that udev would give to a NIC, from where and what it is (systemd.net-naming-scheme(7)). Pure. @module */
import type { NicNamePolicy, NicPrefix } from './meaning.js'

/** A NIC's place on PCI. */
export interface PciPlace {
  /** 0–65535; nearly always 0. */
  readonly domain: number
  /** 0–255. */
  readonly bus: number
  /** Device on the bus, 0–31. */
  readonly device: number
  /** 0–7. */
  readonly function: number
  /** The device has several functions, so that names tell which. */
  readonly multifunction?: boolean
  /** Alternative routing ids (ARI): device and function are one number of 8 bits, which names tell as the function. */
  readonly ari?: boolean
  /** Number of its hot-plug slot, `/sys/bus/pci/slots/NUMBER`. */
  readonly hotplugSlot?: number
}

/** A NIC's place on USB, below the PCI device of the host controller, or on its own. */
export interface UsbPlace {
  /** Ports of the hubs on the way, 1 and up. */
  readonly ports: readonly number[]
  /** 1 nearly always. */
  readonly configuration: number
  /** 0 and up. */
  readonly interface: number
}

/** What a NIC is named for. */
export interface NicPlace {
  /** What it is. */
  readonly prefix: NicPrefix
  /** MAC that is its own (`addr_assign_type` 0), as text. */
  readonly mac?: string
  /** Place on PCI; of a virtual function, that of the physical function. */
  readonly pci?: PciPlace
  /** Place on USB. */
  readonly usb?: UsbPlace
  /** Number given by the firmware (ACPI `_DSM`, SMBIOS type 41), at most 65535. */
  readonly onboardIndex?: number
  /** Text given by the firmware. */
  readonly onboardLabel?: string
  /** Number of the alias `ethernetN` in the device tree. */
  readonly alias?: number
  /** Name of the port by its driver (`phys_port_name`). */
  readonly portName?: string
  /** Number of the port (`dev_port`), where it has no name. */
  readonly devPort?: number
  /** Core on the Broadcom bus. */
  readonly core?: number
  /** Number of the virtual function (SR-IOV). */
  readonly virtualFunction?: number
  /** Number of the virtual function that it stands for. */
  readonly representor?: number
  /** Slot of IBM PowerVM. */
  readonly vioSlot?: number
  /** Number of the Xen interface. */
  readonly vif?: number
  /** Channel of IBM Z: `0.0.f5f0`. */
  readonly channel?: string
  /** Vendor, model and instance of an ACPI device, `HISI00C2:00`. */
  readonly acpi?: { readonly vendor: string; readonly model: number; readonly instance: number }
  /** Number of a simulated device. */
  readonly netdevsim?: number
}

/** Names, by the policy that gives them; one that does not apply is absent. */
export type PredictableNames = { readonly [P in NicNamePolicy | 'label']?: string }

/** Longest name of a link, octets (`IFNAMSIZ` less its end). */
const longest = 15

/**
 * The names that each policy of udev gives to a NIC, as the properties `ID_NET_NAME_*` and `ID_NET_LABEL_ONBOARD` hold
 * them (naming scheme v257). A name longer than 15 octets is none.
 *
 * @example
 * predictableNames({ prefix: 'en', mac: '52:54:00:12:34:56', pci: { domain: 0, bus: 1, device: 0, function: 0 } })
 * // { path: 'enp1s0', mac: 'enx525400123456' }
 */
export function predictableNames(place: NicPlace): PredictableNames {
  const { prefix, mac, onboardLabel } = place
  const found: { -readonly [P in keyof PredictableNames]: string | undefined } = {
    onboard: onboardName(place),
    label: onboardLabel === '' ? undefined : onboardLabel,
    slot: slotName(place),
    path: pathName(place),
    mac: mac === undefined || mac.length !== 17 ? undefined : `x${mac.toLowerCase().replaceAll(':', '')}`,
  }
  const names: { -readonly [P in keyof PredictableNames]: string } = {}
  for (const [policy, name] of Object.entries(found) as [keyof PredictableNames, string | undefined][]) {
    if (name === undefined) continue
    const whole = policy === 'label' ? name : `${prefix}${name}`
    if (policy === 'label' || whole.length <= longest) names[policy] = whole
  }
  return names
}

/** The port of a device that has several. */
function port({ portName, devPort = 0 }: NicPlace): string {
  if (portName !== undefined && portName !== '') return `n${portName}`
  return devPort > 0 ? `d${devPort}` : ''
}

function onboardName(place: NicPlace): string | undefined {
  const { onboardIndex, alias } = place
  if (onboardIndex !== undefined && onboardIndex <= 65_535) return `o${onboardIndex}${port(place)}`
  return alias === undefined ? undefined : `d${alias}`
}

const domainOf = ({ domain }: PciPlace): string => (domain === 0 ? '' : `P${domain}`)

/** Function and port; a representor has no name of a port, as all of one device would have the same. */
function behind(place: NicPlace, pci: PciPlace): string | undefined {
  const number = pci.ari === true ? pci.device * 8 + pci.function : pci.function
  const which = number > 0 || pci.multifunction === true ? `f${number}` : ''
  const { representor, virtualFunction, core = 0, usb } = place
  if (representor !== undefined) return `${which}r${representor}`
  const base = `${which}${port(place)}`
  if (virtualFunction !== undefined) return `${base}v${virtualFunction}`
  if (core > 0) return `${base}b${core}`
  if (usb === undefined) return base
  return `${base}${usbName(usb)}`
}

function usbName({ ports, configuration, interface: number }: UsbPlace): string {
  const chain = ports.map((one) => `u${one}`).join('')
  return `${chain}${configuration === 1 ? '' : `c${configuration}`}${number === 0 ? '' : `i${number}`}`
}

function slotName(place: NicPlace): string | undefined {
  const { pci, vioSlot, vif } = place
  if (vioSlot !== undefined) return `v${vioSlot}`
  if (vif !== undefined) return `X${vif}`
  if (pci?.hotplugSlot === undefined) return undefined
  return `${domainOf(pci)}s${pci.hotplugSlot}${behind(place, pci)}`
}

function pathName(place: NicPlace): string | undefined {
  const { pci, usb, channel, acpi, netdevsim, portName } = place
  if (channel !== undefined) return `c${channel.replace(/^[0.]+/, '')}`
  if (acpi !== undefined) return `a${acpi.vendor.toLowerCase()}${acpi.model.toString(16)}i${acpi.instance}`
  if (netdevsim !== undefined) return portName === undefined ? undefined : `i${netdevsim}n${portName}`
  if (pci === undefined) return usb === undefined ? undefined : usbName(usb)
  return `${domainOf(pci)}p${pci.bus}s${pci.device}${behind(place, pci)}`
}
