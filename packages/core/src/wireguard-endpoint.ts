/** Where a WireGuard peer is reached, as `wg` writes it: address and UDP port. @module */
import { formatIp, parseIp } from './ip.js'
import type { WireguardEndpoint } from './wireguard.js'

/** Reads `192.0.2.1:51820` or `[2001:db8::1]:51820`, the latter with `%` and the index of a link; `undefined` for what is none. */
export function parseWireguardEndpoint(text: string): WireguardEndpoint | undefined {
  const match = /^(?:\[([\da-f:.]+)(?:%([1-9]\d{0,9}))?\]|([\d.]+)):([1-9]\d{0,4})$/i.exec(text)
  if (match === null) return undefined
  const [, six, zone, four, digits] = match
  const octets = parseIp(six ?? (four as string))
  const port = Number(digits)
  const scope = zone === undefined ? 0 : Number(zone)
  if (octets === undefined || (octets.length === 16) !== (six !== undefined)) return undefined
  return port > 0xffff || scope > 0x7fffffff ? undefined : { octets, port, scope }
}

/** An endpoint as text. */
export function formatWireguardEndpoint({ octets, port, scope }: WireguardEndpoint): string {
  const address = formatIp(octets)
  return octets.length === 4 ? `${address}:${port}` : `[${address}${scope === 0 ? '' : `%${scope}`}]:${port}`
}
