/** Packets of the discovery stage as their senders mean them: tags by name, and their frames (RFC 2516, RFC 4638). @module */
import { DecodeError } from '@vnet/core'
import {
  decodePppoeDiscovery,
  encodePppoeDiscovery,
  etherTypes,
  type PppoeTag,
  pppoeCodes,
  pppoeTags,
  setU16At,
  u16At,
} from '@vnet/wire'
import { type Framed, framed, unframed } from './frame.js'

/** A discovery packet by name. */
export type DiscoveryKind = 'PADI' | 'PADO' | 'PADR' | 'PADS' | 'PADT'

/** The codes behind the names. */
const codes: Readonly<Record<DiscoveryKind, number>> = {
  PADI: pppoeCodes.initiation,
  PADO: pppoeCodes.offer,
  PADR: pppoeCodes.request,
  PADS: pppoeCodes.confirmation,
  PADT: pppoeCodes.termination,
}

/** Why a concentrator refuses, by its tag. */
export type DiscoveryFault = 'service-name' | 'system' | 'generic'

const faultTags: Readonly<Record<DiscoveryFault, number>> = {
  'service-name': pppoeTags.serviceNameError,
  system: pppoeTags.acSystemError,
  generic: pppoeTags.genericError,
}

/** What a discovery packet says. Absent tags are absent properties. */
export interface DiscoveryContent {
  /** Which packet. */
  readonly kind: DiscoveryKind
  /** Number of the session, 16 bits: 0 but in PADS and PADT. */
  readonly session: number
  /** Services that are asked for or offered; an empty text is any, or the only one. */
  readonly services: readonly string[]
  /** Name of the concentrator. */
  readonly concentrator?: string
  /** Octets of the client by which it knows its own answers. */
  readonly hostUniq?: Uint8Array
  /** Octets of the concentrator that come back in PADR: who sent it has got the PADO. */
  readonly cookie?: Uint8Array
  /** Octets of a relay between the two, which come back as well. */
  readonly relay?: Uint8Array
  /** Largest PPP payload beyond 1492 that the sender can do, octets (RFC 4638). */
  readonly maxPayload?: number
  /** Values of Vendor-Specific tags: four octets of a number of IANA, and what the vendor likes. */
  readonly vendors?: readonly Uint8Array[]
  /** Why it was refused, with what the concentrator says. */
  readonly fault?: { readonly kind: DiscoveryFault; readonly text: string }
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Decodes the packet of a frame, from the Ethernet header on. @throws DecodeError what is cut, or tags that overrun */
export function decodeDiscovery(frame: Uint8Array): Framed<DiscoveryContent> {
  const { source, destination, type, start, end } = unframed(frame)
  if (type !== etherTypes.pppoeDiscovery)
    throw new DecodeError('ethernet.type', 12, `0x${type.toString(16)} is not 0x8863`)
  const { version, type: form, code, session, tags } = decodePppoeDiscovery(frame, start, end)
  if (version !== 1 || form !== 1) {
    throw new DecodeError('pppoe-discovery.version', start, `version ${version} and type ${form}, both must be 1`)
  }
  const kind = (Object.keys(codes) as DiscoveryKind[]).find((one) => codes[one] === code)
  if (kind === undefined) throw new DecodeError('pppoe-discovery.code', start + 1, `there is no code ${code}`)
  // What stands behind End-Of-List is not looked at (RFC 2516 appendix A).
  const last = tags.findIndex(({ type }) => type === pppoeTags.endOfList)
  return { source, destination, value: contentOf(kind, session, last === -1 ? tags : tags.slice(0, last), start) }
}

function contentOf(kind: DiscoveryKind, session: number, tags: readonly PppoeTag[], at: number): DiscoveryContent {
  const first = (type: number) => tags.find((tag) => tag.type === type)?.bytes
  const all = (type: number) => tags.filter((tag) => tag.type === type).map(({ bytes }) => bytes)
  const name = first(pppoeTags.acName)
  const hostUniq = first(pppoeTags.hostUniq)
  const cookie = first(pppoeTags.acCookie)
  const relay = first(pppoeTags.relaySession)
  const payload = first(pppoeTags.maxPayload)
  if (payload !== undefined && payload.length !== 2) {
    throw new DecodeError('pppoe-discovery.tags.maxPayload', at, `${payload.length} octets, must be 2`)
  }
  const vendors = all(pppoeTags.vendor)
  const faultKind = (Object.keys(faultTags) as DiscoveryFault[]).find((one) => first(faultTags[one]) !== undefined)
  return {
    kind,
    session,
    services: all(pppoeTags.serviceName).map((bytes) => decoder.decode(bytes)),
    ...(name === undefined ? {} : { concentrator: decoder.decode(name) }),
    ...(hostUniq === undefined ? {} : { hostUniq }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(relay === undefined ? {} : { relay }),
    ...(payload === undefined ? {} : { maxPayload: u16At(payload, 0) }),
    ...(vendors.length === 0 ? {} : { vendors }),
    ...(faultKind === undefined
      ? {}
      : { fault: { kind: faultKind, text: decoder.decode(first(faultTags[faultKind])) } }),
  }
}

/** Encodes a packet as a frame, from the Ethernet header on. @throws RangeError · TypeError what does not fit, no MAC */
export function encodeDiscovery({ source, destination, value }: Framed<DiscoveryContent>): Uint8Array {
  const tags: PppoeTag[] = []
  const add = (type: number, bytes: Uint8Array | undefined) => bytes !== undefined && tags.push({ type, bytes })
  for (const service of value.services) add(pppoeTags.serviceName, encoder.encode(service))
  if (value.concentrator !== undefined) add(pppoeTags.acName, encoder.encode(value.concentrator))
  add(pppoeTags.hostUniq, value.hostUniq)
  add(pppoeTags.acCookie, value.cookie)
  add(pppoeTags.relaySession, value.relay)
  if (value.maxPayload !== undefined) {
    const bytes = new Uint8Array(2)
    setU16At(bytes, 0, value.maxPayload)
    add(pppoeTags.maxPayload, bytes)
  }
  for (const vendor of value.vendors ?? []) add(pppoeTags.vendor, vendor)
  if (value.fault !== undefined) add(faultTags[value.fault.kind], encoder.encode(value.fault.text))
  const packet = encodePppoeDiscovery({ code: codes[value.kind], session: value.session, tags })
  return framed(destination, source, etherTypes.pppoeDiscovery, packet)
}
