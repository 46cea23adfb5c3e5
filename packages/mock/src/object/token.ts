/** The host's half of addresses that routers give (`inet6_set_iftoken`). @module */
import { type CleanTokenSpec, formatIp, type Token, type TokenFilter, type TokenKey } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { linkLocalOf } from '../stack/group-report.js'
import { remove } from './address6.js'
import type { Device, Inet6 } from './device.js'
import { linkOf } from './lookup.js'
import { beginSoliciting } from './router-solicit.js'

/** Sets a token, and asks routers anew. Nobody that watches links is told. */
export function setToken(kernel: Kernel, namespace: Namespace, { link, token }: CleanTokenSpec): undefined {
  const { device, inet6 } = hearingLink(namespace, link)
  inet6.token = token.slice()
  const source = linkLocalOf(device)
  if (inet6.ready && source !== undefined) beginSoliciting(kernel, device, source)
  dropTokenised(kernel, device, inet6)
}

/** Takes it away. */
export function deleteToken(kernel: Kernel, namespace: Namespace, { link }: TokenKey): undefined {
  const { device, inet6 } = hearingLink(namespace, link)
  inet6.token = undefined
  dropTokenised(kernel, device, inet6)
}

/** The tokens of links that can have one, in the order of a dump. */
export function listTokens(namespace: Namespace, filter: TokenFilter): Token[] {
  const only = filter.link === undefined ? undefined : linkOf(namespace, filter.link)
  return namespace
    .sorted()
    .filter((device) => (only === undefined || device === only) && !device.loopback && !device.noArp)
    .flatMap(({ index, inet6 }) =>
      inet6 === undefined ? [] : [{ link: index, token: inet6.token === undefined ? '::' : formatIp(inet6.token) }],
    )
}

/** Addresses with the former token go at once. */
function dropTokenised(kernel: Kernel, device: Device, inet6: Inet6): void {
  for (const entry of [...inet6.addresses]) if (entry.tokenised) remove(kernel, device, entry)
}

/** A link that hears routers. */
function hearingLink(namespace: Namespace, link: TokenKey['link']): { device: Device; inet6: Inet6 } {
  const device = linkOf(namespace, link)
  const { inet6 } = device
  if (inet6 === undefined)
    refuse('EAFNOSUPPORT', undefined, { attribute: 'spec.link', hint: `${device.name} has no IPv6` })
  const no = (detail: string): never => refuse('EINVAL', detail, { attribute: 'spec.link' })
  if (device.loopback) no('ipv6: Device is loopback')
  if (device.noArp) no('ipv6: Device does not do neighbour discovery')
  if (inet6.conf.forwarding !== 0) no('ipv6: Router advertisement is disabled on device')
  return { device, inet6 }
}
