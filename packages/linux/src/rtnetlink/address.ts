/** Addresses: RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR (`linux/if_addr.h`). @module */
import {
  type Address,
  type AddressFilter,
  type CleanAddressKey,
  type CleanAddressSpec,
  DecodeError,
  formatIp,
  type RawAttribute,
} from '@vnet/core'
import { attributes, custom, ip, s32, text, u8, u32 } from '../netlink/attribute.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import * as k from './constants-ip.js'
import { familyNumber, flagWords, noOther, scopeNumber, scopeWord } from './ip-word.js'

const FOREVER = 0xffffffff
/** Size of `struct ifaddrmsg`. */
export const IFADDRMSG = 8

/** Attributes of an address, enum IFA_*. */
export const addressAttributes = attributes({
  address: ip(1, 'IFA_ADDRESS'),
  local: ip(2, 'IFA_LOCAL'),
  label: text(3, 'IFA_LABEL'),
  broadcast: ip(4, 'IFA_BROADCAST'),
  anycast: ip(5, 'IFA_ANYCAST'),
  lifetimes: custom<{ preferred: number; valid: number }>(
    6,
    'IFA_CACHEINFO',
    'struct',
    16,
    (to, { preferred, valid }) => {
      const octets = new Uint8Array(new Uint32Array([preferred, valid, 0, 0]).buffer)
      to.octetsAttribute(6, octets)
    },
    (from, at) => ({ preferred: from.u32(at), valid: from.u32(at + 4) }),
  ),
  multicast: ip(7, 'IFA_MULTICAST'),
  flags: u32(8, 'IFA_FLAGS'),
  metric: u32(9, 'IFA_RT_PRIORITY'),
  targetNamespaceId: s32(10, 'IFA_TARGET_NETNSID'),
  protocol: u8(11, 'IFA_PROTO'),
})
const IFA_ADDRESS = addressAttributes.address.type
const IFA_LOCAL = addressAttributes.local.type
const IFA_LABEL = addressAttributes.label.type
const IFA_BROADCAST = addressAttributes.broadcast.type
const IFA_ANYCAST = addressAttributes.anycast.type
const IFA_CACHEINFO = addressAttributes.lifetimes.type
const IFA_MULTICAST = addressAttributes.multicast.type
const IFA_FLAGS = addressAttributes.flags.type
const IFA_RT_PRIORITY = addressAttributes.metric.type
const IFA_TARGET_NETNSID = addressAttributes.targetNamespaceId.type
const IFA_PROTO = addressAttributes.protocol.type

// The order in which `ip address` prints them; the first bit reads otherwise for IPv6.
const rest = [
  [k.IFA_F_NODAD, 'nodad'],
  [k.IFA_F_OPTIMISTIC, 'optimistic'],
  [k.IFA_F_DADFAILED, 'dadfailed'],
  [k.IFA_F_HOMEADDRESS, 'home'],
  [k.IFA_F_DEPRECATED, 'deprecated'],
  [k.IFA_F_TENTATIVE, 'tentative'],
  [k.IFA_F_PERMANENT, 'permanent'],
  [k.IFA_F_MANAGETEMPADDR, 'mngtmpaddr'],
  [k.IFA_F_NOPREFIXROUTE, 'noprefixroute'],
  [k.IFA_F_MCAUTOJOIN, 'autojoin'],
  [k.IFA_F_STABLE_PRIVACY, 'stable-privacy'],
] as const
const flags4 = flagWords([[k.IFA_F_SECONDARY, 'secondary'], ...rest])
const flags6 = flagWords([[k.IFA_F_SECONDARY, 'temporary'], ...rest])

const makers: { readonly [number: number]: string } = { 1: 'kernel_lo', 2: 'kernel_ra', 3: 'kernel_ll' }

function flagsOf(spec: CleanAddressSpec): number {
  return (
    (spec.noDad ? k.IFA_F_NODAD : 0) |
    (spec.optimistic ? k.IFA_F_OPTIMISTIC : 0) |
    (spec.homeAddress ? k.IFA_F_HOMEADDRESS : 0) |
    (spec.manageTemporary ? k.IFA_F_MANAGETEMPADDR : 0) |
    (spec.noPrefixRoute ? k.IFA_F_NOPREFIXROUTE : 0) |
    (spec.autoJoin ? k.IFA_F_MCAUTOJOIN : 0)
  )
}

/** `struct ifaddrmsg`. */
function header(to: MessageWriter, family: number, length: number, flags: number, scope: number, index: number): void {
  to.u8(family)
  to.u8(length)
  // More than 8 bits go into IFA_FLAGS, all of them.
  to.u8(flags > 0xff ? 0 : flags)
  to.u8(scope)
  to.u32(index)
}

const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: CleanAddressSpec, context: EncodeContext): void => {
    const index = context.linkIndex(spec.link)
    const { octets } = spec.address
    const network = spec.peer ?? spec.address
    const addressFlags = flagsOf(spec)
    const loopback = octets.length === 4 && octets[0] === 127
    const scope =
      spec.scope === undefined ? (loopback ? k.RT_SCOPE_HOST : k.RT_SCOPE_UNIVERSE) : scopeNumber(spec.scope)
    to.begin(k.RTM_NEWADDR, NLM_F_REQUEST | flags)
    header(to, octets.length === 4 ? k.AF_INET : k.AF_INET6, network.length, addressFlags, scope, index)
    to.octetsAttribute(IFA_LOCAL, octets)
    to.octetsAttribute(IFA_ADDRESS, network.octets)
    if (spec.broadcast !== undefined) to.octetsAttribute(IFA_BROADCAST, spec.broadcast)
    if (spec.label !== undefined) to.textAttribute(IFA_LABEL, spec.label)
    if (addressFlags > 0xff) to.u32Attribute(IFA_FLAGS, addressFlags)
    if (spec.metric !== undefined) to.u32Attribute(IFA_RT_PRIORITY, spec.metric)
    const { validLifetime, preferredLifetime } = spec
    if (validLifetime !== undefined || preferredLifetime !== undefined) {
      const valid = lifetime(validLifetime)
      addressAttributes.lifetimes.write(to, { valid, preferred: Math.min(lifetime(preferredLifetime), valid) })
    }
    to.end()
  }

const lifetime = (seconds: number | undefined): number =>
  seconds === undefined || seconds === Number.POSITIVE_INFINITY ? FOREVER : Math.round(seconds)

function encodeDelete(to: MessageWriter, spec: CleanAddressKey, context: EncodeContext): void {
  const index = context.linkIndex(spec.link)
  const { octets } = spec.address
  const network = spec.peer ?? spec.address
  to.begin(k.RTM_DELADDR, NLM_F_REQUEST)
  header(to, octets.length === 4 ? k.AF_INET : k.AF_INET6, network.length, 0, 0, index)
  to.octetsAttribute(IFA_LOCAL, octets)
  to.octetsAttribute(IFA_ADDRESS, network.octets)
  if (spec.label !== undefined) to.textAttribute(IFA_LABEL, spec.label)
  to.end()
}

function encodeList(to: MessageWriter, spec: AddressFilter, context: EncodeContext): void {
  const index = spec.link === undefined ? 0 : context.linkIndex(spec.link)
  to.begin(k.RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP)
  header(to, familyNumber(spec.family), 0, 0, 0, index)
  to.end()
}

type Draft = { -readonly [K in keyof Address]: Address[K] }

/** Reads an address from the payload of RTM_NEWADDR or RTM_DELADDR. */
export function decodeAddress(from: Octets, start: number, end: number): Address | undefined {
  if (end - start < IFADDRMSG) throw new DecodeError('address', start, `${end - start} octets, needs ${IFADDRMSG}`)
  const { bytes } = from
  const family = bytes[start]
  if (family !== k.AF_INET && family !== k.AF_INET6) return undefined
  let flags = bytes[start + 2] as number
  let local: string | undefined
  let network = ''
  let other: RawAttribute[] | undefined
  const draft: Draft = {
    link: from.u32(start + 4),
    family: family === k.AF_INET ? 4 : 6,
    address: '',
    prefixLength: bytes[start + 1] as number,
    scope: scopeWord(bytes[start + 3] as number),
    flags: noFlagsYet,
    validLifetime: Number.POSITIVE_INFINITY,
    preferredLifetime: Number.POSITIVE_INFINITY,
    other: noOther,
  }
  for (let at = start + IFADDRMSG; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end)
      throw new DecodeError('address', at, `attribute of ${length} octets in ${end - at}`)
    const value = at + 4
    const size = length - 4
    const type = from.u16(at + 2) & 0x3fff
    switch (type) {
      case IFA_ADDRESS:
        network = ipText(from, value, size)
        break
      case IFA_LOCAL:
        local = ipText(from, value, size)
        break
      case IFA_LABEL:
        draft.label = from.text(value, value + size)
        break
      case IFA_BROADCAST:
        draft.broadcast = ipText(from, value, size)
        break
      case IFA_ANYCAST:
        draft.anycast = ipText(from, value, size)
        break
      case IFA_CACHEINFO:
        need(value, size, 8)
        draft.preferredLifetime = seconds(from.u32(value))
        draft.validLifetime = seconds(from.u32(value + 4))
        break
      case IFA_FLAGS:
        need(value, size, 4)
        flags = from.u32(value)
        break
      case IFA_RT_PRIORITY:
        need(value, size, 4)
        if (from.u32(value) !== 0) draft.metric = from.u32(value)
        break
      case IFA_PROTO:
        need(value, size, 1)
        if (bytes[value] !== 0) draft.protocol = makers[bytes[value] as number] ?? (bytes[value] as number)
        break
      case IFA_MULTICAST:
      case IFA_TARGET_NETNSID:
        break
      default:
        other ??= []
        other.push({ type, bytes: from.copy(value, value + size) })
    }
    at += (length + 3) & ~3
  }
  draft.address = local ?? network
  if (local !== undefined && local !== network && network !== '') draft.peer = network
  draft.flags = draft.family === 4 ? flags4(flags) : flags6(flags)
  if (other !== undefined) draft.other = other
  return draft
}

const noFlagsYet: readonly string[] = []
const seconds = (value: number): number => (value === FOREVER ? Number.POSITIVE_INFINITY : value)

function ipText(from: Octets, at: number, size: number): string {
  if (size !== 4 && size !== 16) throw new DecodeError('address', at, `an IP address of ${size} octets`)
  return formatIp(from.bytes, at, size)
}

function need(at: number, size: number, least: number): void {
  if (size < least) throw new DecodeError('address', at, `${size} octets, needs ${least}`)
}

function filter(spec: AddressFilter, context: EncodeContext): ((address: Address) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  return (address) =>
    (link === undefined || address.link === link) &&
    (spec.family === undefined || address.family === spec.family) &&
    (spec.scope === undefined || scopeNumber(address.scope) === scopeNumber(spec.scope)) &&
    (spec.label === undefined || address.label === spec.label)
}

/** The codecs of the four operations. */
export const addressCodecs: {
  readonly 'address add': OperationCodec<'address add'>
  readonly 'address set': OperationCodec<'address set'>
  readonly 'address delete': OperationCodec<'address delete'>
  readonly 'address list': OperationCodec<'address list'>
} = {
  'address add': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_EXCL) },
  'address set': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_REPLACE) },
  'address delete': { answer: 'ack', encode: encodeDelete },
  'address list': { answer: 'dump', encode: encodeList, decode: decodeAddress, filter: filter as never },
}
