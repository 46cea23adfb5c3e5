/** From the name of a host to its address. @module */
import { parseIp, splitZone } from '../ip.js'
import { misuse } from './fault.js'

/** Finds the address of a host, as `dns.lookup` does. */
export type DatagramLookup = (
  hostname: string,
  options: { readonly family: 4 | 6 },
  callback: (error: Error | null, address: string, family: number) => void,
) => void

/** The address of a host: itself, the loopback for nobody and `localhost`, or what `lookup` finds. */
export async function addressOf(
  host: string | undefined,
  family: 4 | 6,
  lookup: DatagramLookup | undefined,
): Promise<string> {
  if (host === undefined || host === '' || host === 'localhost') return family === 4 ? '127.0.0.1' : '::1'
  if (parseIp(splitScope(host).address) !== undefined) return host
  if (lookup === undefined) throw misuse('ENOTFOUND')
  return new Promise((resolve, reject) => {
    lookup(host, { family }, (error, address) => (error === null ? resolve(address) : reject(error)))
  })
}

/** An address of IPv6 with its link behind a `%`: `fe80::1%eth0`. */
export function splitScope(text: string): { readonly address: string; readonly link?: string | number } {
  const { address, zone } = splitZone(text)
  if (zone === undefined) return { address }
  return { address, link: /^\d+$/.test(zone) ? Number(zone) : zone }
}
