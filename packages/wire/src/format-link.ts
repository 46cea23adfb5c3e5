/** Tags, LLC, BPDUs, PPPoE and GRE in a line. @module */
import type { Bpdu } from './bpdu.js'
import { etherTypeName } from './ether-type-name.js'
import { largestLength } from './ethernet.js'
import { hex } from './format-transport.js'
import type { Gre } from './gre.js'
import type { Llc } from './llc.js'
import { type PppoeDiscovery, type PppoeTag, pppoeCodes, pppoeTags } from './pppoe.js'
import type { Vlan } from './vlan.js'

const named = (type: number) => `ethertype ${etherTypeName(type)} (0x${hex(type, 4)})`

/** A tag, and the type of what follows. */
export function formatVlan({ id, priority, dropEligible, type }: Vlan): string {
  const tag = `vlan ${id}, p ${priority}${dropEligible ? ', DEI' : ''}`
  return type <= largestLength ? `${tag}, length ${type}: ` : `${tag}, ${named(type)}, `
}

const sapNames = new Map([
  [0x42, 'STP'],
  [0xaa, 'SNAP'],
  [0xfe, 'ISO NLPID'],
])

/** An LLC header before `length` octets. */
export function formatLlc({ destinationSap, sourceSap, control, snap }: Llc, length: number): string {
  const sap = (value: number) => `${sapNames.get(value & 0xfe) ?? 'Unknown'} (0x${hex(value & 0xfe, 2)})`
  const destination = `dsap ${sap(destinationSap)} ${destinationSap & 1 ? 'Group' : 'Individual'}`
  const source = `ssap ${sap(sourceSap)} ${sourceSap & 1 ? 'Response' : 'Command'}`
  const text = `LLC, ${destination}, ${source}, ctrl 0x${hex(control, control > 0xff ? 4 : 2)}: `
  if (snap === undefined) return text
  const oui = `oui ${snap.oui === 0 ? 'Ethernet' : 'Unknown'} (0x${hex(snap.oui, 6)})`
  return `${text}${oui}, ${snap.oui === 0 ? named(snap.protocol) : `pid 0x${hex(snap.protocol, 4)}`}, length ${length}: `
}

/** A BPDU of `length` octets. */
export function formatBpdu(bpdu: Bpdu, length: number): string {
  if (bpdu.kind === 'topology-change') return 'STP 802.1d, Topology Change'
  const flags = [
    bpdu.topologyChange && 'Topology change',
    bpdu.proposal && 'Proposal',
    bpdu.learning && 'Learn',
    bpdu.forwarding && 'Forward',
    bpdu.agreement && 'Agreement',
    bpdu.topologyChangeAcknowledged && 'Topology change ACK',
  ].filter((flag) => flag !== false)
  const kind = bpdu.kind === 'rapid' ? `${bpdu.version === 3 ? '802.1s' : '802.1w'}, Rapid STP` : '802.1d, Config'
  const bridge = `${hex(bpdu.bridge.priority, 4)}.${bpdu.bridge.mac}.${hex(bpdu.port, 4)}`
  return `STP ${kind}, Flags [${flags.join(', ') || 'none'}], bridge-id ${bridge}, length ${length}`
}

const codes = new Map<number, string>([
  [pppoeCodes.initiation, 'PADI'],
  [pppoeCodes.offer, 'PADO'],
  [pppoeCodes.request, 'PADR'],
  [pppoeCodes.confirmation, 'PADS'],
  [pppoeCodes.termination, 'PADT'],
])

const tagNames = new Map<number, string>([
  [pppoeTags.endOfList, 'EOL'],
  [pppoeTags.serviceName, 'Service-Name'],
  [pppoeTags.acName, 'AC-Name'],
  [pppoeTags.hostUniq, 'Host-Uniq'],
  [pppoeTags.acCookie, 'AC-Cookie'],
  [pppoeTags.vendor, 'Vendor-Specific'],
  [pppoeTags.relaySession, 'Relay-Session-ID'],
  [pppoeTags.maxPayload, 'PPP-Max-Payload'],
  [pppoeTags.serviceNameError, 'Service-Name-Error'],
  [pppoeTags.acSystemError, 'AC-System-Error'],
  [pppoeTags.genericError, 'Generic-Error'],
])

/** A packet of PPPoE's discovery stage. */
export function formatDiscovery({ code, session, tags }: PppoeDiscovery): string {
  const name = codes.get(code) ?? `PAD-#${code}`
  return `PPPoE ${name}${session === 0 ? '' : ` [ses 0x${hex(session)}]`}${tags.map(formatTag).join('')}`
}

function formatTag({ type, bytes }: PppoeTag): string {
  const name = tagNames.get(type) ?? `UTAG-0x${hex(type)}`
  if (bytes.length === 0) return ` [${name}]`
  const printable = bytes.every((octet) => octet >= 0x20 && octet < 0x7f)
  if (printable) return ` [${name} "${String.fromCharCode(...bytes)}"]`
  return ` [${name} 0x${Array.from(bytes, (octet) => hex(octet, 2)).join('')}]`
}

/** A GRE header with `length` octets from it on. */
export function formatGre({ checksum, key, sequence, protocol }: Gre, length: number, linkLevel: boolean): string {
  const parts = ['GREv0']
  if (checksum !== undefined) parts.push(`off 0x${hex(checksum.reserved)}`)
  if (key !== undefined) parts.push(`key=0x${hex(key)}`)
  if (sequence !== undefined) parts.push(`seq ${sequence}`)
  if (linkLevel) parts.push(`proto ${etherTypeName(protocol)} (0x${hex(protocol, 4)})`)
  return `${parts.join(', ')}, length ${length}: `
}
