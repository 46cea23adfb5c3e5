/** Addresses in the shape of `ip -j address show` (iproute2 6.1): links, each with its addresses. @module */
import type { Address, Link } from '@vnet/core'
import type { Names } from '../../names.js'
import { type AddressLinkDetail, addressLinkJson } from './link.js'
import { type JsonObject, ordered } from './object.js'

/** An address as it stands in `addr_info`. */
export function addressJson(address: Address, names: Names): JsonObject {
  const shown = ['secondary', 'temporary', 'nodad', 'optimistic', 'dadfailed', 'home', 'deprecated', 'tentative']
  const later = ['mngtmpaddr', 'noprefixroute', 'autojoin', 'stable-privacy']
  const flag = (name: string) => address.flags.includes(name) && ([name, true] as const)
  return ordered([
    ['family', address.family === 4 ? 'inet' : 'inet6'],
    ['local', address.address],
    ['address', address.peer],
    ['prefixlen', address.prefixLength],
    ['metric', address.metric],
    ['broadcast', address.broadcast],
    ['anycast', address.anycast],
    ['scope', names.scope(address.scope)],
    ...shown.map(flag),
    !address.flags.includes('permanent') && ['dynamic', true],
    ...later.map(flag),
    ['label', address.label],
    ['valid_life_time', lifetime(address.validLifetime)],
    ['preferred_life_time', lifetime(address.preferredLifetime)],
  ])
}

/** Links with their addresses, as `ip -j address show` writes them. */
export function addressListJson(
  links: readonly Link[],
  addresses: readonly Address[],
  names: Names,
  detail: AddressLinkDetail = {},
): readonly JsonObject[] {
  return links.map((link) => ({
    ...addressLinkJson(link, names, detail),
    addr_info: addresses.filter((address) => address.link === link.index).map((address) => addressJson(address, names)),
  }))
}

/** For ever is the largest number of 32 bits. */
function lifetime(seconds: number): number {
  return seconds === Number.POSITIVE_INFINITY ? 0xffffffff : seconds
}
