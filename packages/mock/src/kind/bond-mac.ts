/** MACs of bonds and their ports: all have one, or each its own, and the port in use that of the bond. @module */
import { formatMac, parseMac } from '@vnet/core'
import { macToNumber, setEtherTypeAt, setMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { Frame } from '../stack/frame.js'
import { transmit } from '../stack/transmit.js'
import { moveClients } from './bond-alb.js'
import { bondOf, canSend, isBalanced } from './bond-data.js'

/** EtherType of learning frames, which a switch learns a MAC from and nobody takes (`ETH_P_LOOPBACK`). */
const learning = 0x9000
/** Octets of the least frame, without a check sequence. */
const leastFrame = 60

/** Gives a bond or a port a MAC, and tells of it. */
export function takeMac(kernel: Kernel, device: Device, mac: string, set = device.macSet): void {
  device.mac = formatMac(parseMac(mac) as Uint8Array)
  device.macSet = set
  kernel.notify('address', device)
}

/** Sends a frame that is for nobody, so that a switch learns where a MAC is (`alb_send_lp_vid`). */
function sendLearning(kernel: Kernel, port: Device, mac: string): void {
  const octets = new Uint8Array(leastFrame)
  setMacAt(octets, 0, macToNumber(mac))
  setMacAt(octets, 6, macToNumber(mac))
  setEtherTypeAt(octets, 0, learning)
  transmit(kernel, port, new Frame(octets))
}

/** Each port says its MAC from time to time in modes balance-tlb and balance-alb; also after a snapshot was loaded. */
export function teachSwitches(kernel: Kernel, master: Device): void {
  const data = bondOf(master)
  kernel.timers.cancel(data.teacher.timer)
  data.teacher.timer = undefined
  if (!master.up || !isBalanced(data)) return
  data.teacher.timer = kernel.timers.at(kernel.now() + data.options.lpInterval, () => {
    for (const port of data.ports) if (port.up && port.carrier) sendLearning(kernel, port, port.mac as string)
    teachSwitches(kernel, master)
  })
}

/** In modes balance-tlb and balance-alb a new port has its own MAC, but that of the bond while nobody else has that. */
export function takeOwnMac(kernel: Kernel, master: Device, port: Device, own: string): void {
  const { ports } = bondOf(master)
  const others = ports.filter((other) => other !== port)
  if (own !== master.mac && others.some((other) => other.mac === own)) return
  if (own !== master.mac || others.length === 0) {
    setQuietly(kernel, master, port, own)
    return
  }
  // The bond has its MAC, and another port uses that: it takes one that lies idle.
  const idle = others.find((other) => !ports.some((one) => one !== port && one.mac === other.bondPort?.permanentMac))
  setQuietly(kernel, master, port, idle?.bondPort?.permanentMac ?? own)
}

/** A port in mode balance-tlb keeps its MAC to itself: only balance-alb is answered there (`alb_set_slave_mac_addr`). */
function setQuietly(kernel: Kernel, master: Device, port: Device, mac: string): void {
  if (port.mac === mac) return
  if (bondOf(master).options.mode === 'balance-tlb') port.mac = mac
  else takeMac(kernel, port, mac)
}

/** In modes balance-tlb and balance-alb the port in use has the MAC of the bond: it is swapped (`bond_alb_handle_active_change`). */
export function swapForActive(kernel: Kernel, master: Device, before: Device | undefined, port: Device): void {
  const holder = before ?? bondOf(master).ports.find((one) => one.mac === master.mac)
  if (holder === port) return
  if (holder === undefined) {
    setQuietly(kernel, master, port, master.mac as string)
    sendLearning(kernel, port, port.mac as string)
  } else swapMacs(kernel, master, holder, port)
}

/** Two ports swap their MACs, and the switches learn it (`alb_swap_mac_addr`, `alb_fasten_mac_swap`). */
export function swapMacs(kernel: Kernel, master: Device, one: Device, other: Device): void {
  const data = bondOf(master)
  const [mac, otherMac] = [one.mac as string, other.mac as string]
  setQuietly(kernel, master, one, otherMac)
  setQuietly(kernel, master, other, mac)
  for (const port of [one, other]) {
    if (!canSend(data, port)) continue
    sendLearning(kernel, port, port.mac as string)
    if (data.options.mode === 'balance-alb') moveClients(kernel, master, port)
  }
}

/** In mode active-backup the bond takes the MAC of the port in use, or that port takes the bond's (`bond_do_fail_over_mac`). */
export function followActive(kernel: Kernel, master: Device, before: Device | undefined, port: Device): void {
  const { options, ports } = bondOf(master)
  if (options.failOverMac === 'active') takeMac(kernel, master, port.mac as string)
  if (options.failOverMac !== 'follow') return
  const holder = before ?? ports.find((one) => one !== port && one.mac === master.mac)
  const own = port.mac as string
  takeMac(kernel, port, holder?.mac ?? (master.mac as string))
  if (holder !== undefined) takeMac(kernel, holder, own)
}
