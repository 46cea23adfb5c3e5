/** Datagrams as lines: who sent it and what it says. @module */
import type { Datagram } from '@vnet/core'

/** One line; of `--json` an object. */
export function datagramLine(datagram: Datagram, json: boolean): string {
  const { from, to, link, hops, data } = datagram
  const text = textOf(data)
  if (!json) return `${from === undefined ? '' : `${placeText(from)} `}${text ?? `0x${hex(data)}`}\n`
  const said = text === undefined ? { hex: hex(data) } : { text }
  const time = new Date().toISOString()
  return `${JSON.stringify({ time, from: from?.address, port: from?.port, to, link, hops, size: data.length, ...said })}\n`
}

/** Address and port as they are written together (RFC 3986 § 3.2.2). */
export function placeText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** What octets say, where they are text of one line; a line's end at the end is left out. */
function textOf(data: Uint8Array): string | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data).replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
  // Control characters could do anything to a terminal.
  return /\p{Cc}/u.test(text.replaceAll('\t', '')) ? undefined : text
}

const hex = (data: Uint8Array): string => Array.from(data, (octet) => octet.toString(16).padStart(2, '0')).join('')
