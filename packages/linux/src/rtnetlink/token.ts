/** Tokens of links: an attribute of a link in the view of IPv6 (RTM_SETLINK, RTM_GETLINK of family AF_INET6; `net/ipv6/addrconf.c`). @module */
import { DecodeError, type Token, type TokenFilter } from '@vnet/core'
import { forEachAttribute, readAttribute } from '../netlink/attribute-run.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import { IFF_LOOPBACK, IFF_NOARP, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK } from './constants.js'
import { AF_INET6 } from './constants-ip.js'
import { addressFamilyAttributes, ifinfomsg, inet6Attributes, linkAttributes } from './link-attributes.js'

/** The view of a family of addresses, in a message of that family. */
const IFLA_PROTINFO = 12

function encodeHeader(to: MessageWriter, index: number): void {
  to.u8(AF_INET6)
  to.zeros(3)
  to.u32(index)
  to.zeros(ifinfomsg.size - 8)
}

function encodeToken(to: MessageWriter, link: number, token: Uint8Array): void {
  to.begin(RTM_SETLINK, NLM_F_REQUEST)
  encodeHeader(to, link)
  const families = to.nestPlain(linkAttributes.addressFamilies.type)
  const inet6 = to.nestPlain(addressFamilyAttributes.inet6.type)
  to.octetsAttribute(inet6Attributes.token.type, token)
  to.endNest(inet6)
  to.endNest(families)
  to.end()
}

/** Reads the token of a link; none of links that can have none, as `ip token list`. */
export function decodeToken(from: Octets, start: number, end: number): Token | undefined {
  if (end - start < ifinfomsg.size)
    throw new DecodeError('token', start, `${end - start} octets, needs ${ifinfomsg.size}`)
  if (from.bytes[start] !== AF_INET6 || (from.u32(start + 8) & (IFF_LOOPBACK | IFF_NOARP)) !== 0) return undefined
  let token: string | undefined
  forEachAttribute(from, start + ifinfomsg.size, end, 'token', (type, at, stop) => {
    if (type === IFLA_PROTINFO) token = readAttribute(inet6Attributes.token, from, at, stop, 'token')
  })
  return token === undefined ? undefined : { link: from.u32(start + 4), token }
}

/** Links are left to us: the kernel tells those of all. */
function filter({ link }: TokenFilter, context: EncodeContext): ((entry: Token) => boolean) | undefined {
  const index = link === undefined ? undefined : context.linkIndex(link)
  return index === undefined ? undefined : (entry) => entry.link === index
}

const none = new Uint8Array(16)

/** The codecs. */
export const tokenCodecs: {
  readonly 'token set': OperationCodec<'token set'>
  readonly 'token delete': OperationCodec<'token delete'>
  readonly 'token list': OperationCodec<'token list'>
} = {
  'token set': { encode: (to, { link, token }, at) => encodeToken(to, at.linkIndex(link), token), answer: 'ack' },
  'token delete': { encode: (to, { link }, at) => encodeToken(to, at.linkIndex(link), none), answer: 'ack' },
  'token list': {
    encode(to) {
      to.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP)
      encodeHeader(to, 0)
      to.end()
    },
    answer: 'dump',
    decode: (from, start, end, type) => (type === RTM_NEWLINK ? decodeToken(from, start, end) : undefined),
    filter,
  },
}
