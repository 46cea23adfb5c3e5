/** Mode balance-alb: others are told different MACs by ARP, so that they send to different ports (`rlb_*` of `drivers/net/bonding/bond_alb.c`). @module */
import { formatIp, parseIp } from '@vnet/core'
import {
  type Arp,
  arpOperations,
  encodeFrame,
  ethernetHeaderSize,
  etherTypeAt,
  etherTypes,
  macToNumber,
  setMacAt,
} from '@vnet/wire'
import { isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { readArp } from '../stack/arp.js'
import { Frame } from '../stack/frame.js'
import { ownMac } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'
import { type BondData, bondOf, canSend } from './bond-data.js'

/** Somebody who is told which port to send to (`struct rlb_client_info`). */
export interface Client {
  /** An address of this host, and that of the client. */
  source: string
  readonly address: string
  /** Its MAC; all zeros or ones while it is not known. */
  mac: string
  port: Device | undefined
  /** It is to be told. */
  isDue: boolean
}

/** Seconds between two looks at who is to be told (`BOND_ALB_TIMER_TICKS`), and after a question of this host (`RLB_UPDATE_DELAY`). */
const [look, delay] = [0.1, 2]
/** Answers that each is sent (`RLB_ARP_BURST_SIZE`). */
const burst = 2
/** Place of the sender's MAC in a frame with ARP. */
const senderMac = ethernetHeaderSize + 8

const hashOf = (address: string): number =>
  (parseIp(address) ?? new Uint8Array()).reduce((hash, octet) => hash ^ octet, 0)
const isKnown = (mac: string): boolean => (macToNumber(mac) & 1) === 0 && !/^(00:){5}00$|^(ff:){5}ff$/.test(mac)

/** An answer of this host says the MAC of the port that was chosen for who asked; a question leaves a place for who will answer. */
export function chooseForArp(
  kernel: Kernel,
  device: Device,
  octets: Uint8Array,
): { port: Device; octets: Uint8Array } | undefined {
  const arp = readArp(octets)
  const data = bondOf(device)
  if (arp === undefined || isProbe(arp) || macToNumber(arp.senderMac) !== ownMac(device)) return undefined
  const port = choose(kernel, device, data, arp)
  if (arp.operation === arpOperations.request) {
    // A question goes to all from the MAC in use, and everybody learns that: they are told again.
    for (const client of data.balance.clients.values())
      if (client.source === arp.senderIp && isKnown(client.mac)) client.isDue = true
    tellSoon(kernel, device, delay)
    return undefined
  }
  if (arp.operation !== arpOperations.reply || port === undefined) return undefined
  const answer = octets.slice()
  setMacAt(answer, senderMac, ownMac(port))
  return { port, octets: answer }
}

/** Nobody sends it, or it is about oneself: no client comes of it. */
const isProbe = ({ senderIp, targetIp }: Arp): boolean =>
  senderIp === targetIp || isZero(parseIp(senderIp) ?? new Uint8Array(4))

function choose(kernel: Kernel, device: Device, data: BondData, arp: Arp): Device | undefined {
  const { clients } = data.balance
  const hash = hashOf(arp.targetIp)
  const known = clients.get(hash)
  const isSame = known?.source === arp.senderIp && known.address === arp.targetIp
  if (known !== undefined && isSame) {
    if (isKnown(arp.targetMac)) known.mac = arp.targetMac
    if (known.port !== undefined && data.ports.includes(known.port)) return known.port
  }
  const port = nextPort(data)
  if (port === undefined) return undefined
  // Who had the place before goes back to the port in use.
  if (known !== undefined && !isSame && known.port !== data.active) {
    known.port = data.active
    tell(kernel, known)
  }
  const isDue = isKnown(arp.targetMac)
  clients.set(hash, { source: arp.senderIp, address: arp.targetIp, mac: arp.targetMac, port, isDue })
  if (isDue) tellSoon(kernel, device, look)
  return port
}

/** One port after the other. */
function nextPort(data: BondData): Device | undefined {
  const usable = data.ports.filter((port) => canSend(data, port))
  const port = usable.find((one) => data.ports.indexOf(one) >= data.balance.nextPort) ?? usable[0]
  data.balance.nextPort = port === undefined ? 0 : data.ports.indexOf(port) + 1
  return port
}

/** ARP came in: who answered is known from now on; who has an address of this host's past is told nothing of it any more (`rlb_arp_recv`). */
export function hearArp(kernel: Kernel, device: Device, octets: Uint8Array): void {
  if (etherTypeAt(octets, 0) !== etherTypes.arp) return
  const arp = readArp(octets)
  if (arp === undefined) return
  const { clients } = bondOf(device).balance
  for (const [hash, client] of clients) {
    if (client.source === arp.senderIp && macToNumber(arp.senderMac) !== ownMac(device)) clients.delete(hash)
  }
  if (arp.operation !== arpOperations.reply) return
  const client = clients.get(hashOf(arp.senderIp))
  const isIts = client?.source === arp.targetIp && client.address === arp.senderIp
  if (client === undefined || !isIts || client.mac === arp.senderMac) return
  client.mac = arp.senderMac
  client.isDue = true
  tellSoon(kernel, device, look)
}

/** A port is given up, or another is in use: its clients are told of others (`rlb_clear_slave`, `rlb_req_update_slave_clients`). */
export function moveClients(kernel: Kernel, device: Device, port: Device): void {
  const data = bondOf(device)
  const works = data.ports.includes(port) && canSend(data, port)
  for (const client of data.balance.clients.values()) {
    if (client.port !== port) continue
    if (!works) client.port = nextPort(data)
    client.isDue = isKnown(client.mac)
  }
  tellSoon(kernel, device, look)
}

/** Tells who is due after some seconds; also after a snapshot was loaded. */
export function tellSoon(kernel: Kernel, device: Device, seconds: number): void {
  const { clients } = bondOf(device).balance
  if (![...clients.values()].some(({ isDue }) => isDue)) return
  kernel.timers.at(kernel.now() + seconds, () => {
    if (device.removed || !device.up || bondOf(device).options.mode !== 'balance-alb') return
    for (const client of clients.values()) if (client.isDue) tell(kernel, client)
  })
}

/** Answers a question that nobody asked, by the port that is to be known. */
function tell(kernel: Kernel, client: Client): void {
  client.isDue = false
  const { port } = client
  if (port?.mac === undefined || port.removed || !isKnown(client.mac)) return
  const octets = encodeFrame([
    { layer: 'ethernet', destination: client.mac, source: port.mac },
    {
      layer: 'arp',
      operation: arpOperations.reply,
      senderMac: port.mac,
      senderIp: formatIp(parseIp(client.source) as Uint8Array),
      targetMac: client.mac,
      targetIp: client.address,
    },
  ])
  for (let i = 0; i < burst; i++) transmit(kernel, port, new Frame(octets))
}
