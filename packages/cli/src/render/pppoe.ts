/** Sessions by PPPoE, and what happens to them, as lines. @module */
import type { Ipv4Agreement, Ipv6Agreement, PppoeConnection, PppoeEvent, PppoeLink } from '@vnet/pppoe'
import { type Column, clean } from './table.js'

const octets = (value: number) => `${value} octets`

/** The columns of a list of sessions. */
export const pppoeColumns: readonly Column<PppoeLink>[] = [
  { title: 'NAME', text: ({ link }) => link },
  { title: 'PLACE', text: ({ place }) => place },
  { title: 'ON', text: ({ lower }) => lower },
  { title: 'SESSION', text: ({ session }) => String(session), right: true },
  { title: 'PEER', text: ({ mac }) => mac },
  { title: 'CONCENTRATOR', text: ({ concentrator = '' }) => concentrator, optional: true },
]

/** A session that is up: its link, its addresses, its concentrator. */
export function connectionLine({ link, session, ipv4, ipv6 }: PppoeConnection, json: boolean): string {
  if (json) return `${JSON.stringify({ kind: 'ready', link, ...session, ipv4, ipv6 })}\n`
  const addresses = [...(ipv4 === undefined ? [] : [ipv4Text(ipv4)]), ...(ipv6 === undefined ? [] : [ipv6Text(ipv6)])]
  const concentrator = `${clean(session.concentrator)} (${session.mac})`
  return `${link}: session ${session.session} with ${concentrator}, ${addresses.join(', ')}\n`
}

/** Something that happened; of a concentrator with the number of its session. Nothing where there is nothing to tell. */
export function eventLine(event: PppoeEvent, json: boolean, session?: number): string {
  const number = session === undefined ? {} : { session }
  if (json) return `${JSON.stringify({ ...event, ...number })}\n`
  const text = textOf(event)
  return text === undefined ? '' : `${session === undefined ? '' : `session ${session}: `}${clean(text)}\n`
}

function textOf(event: PppoeEvent): string | undefined {
  switch (event.kind) {
    case 'session':
      return `of ${event.mac}`
    case 'line':
      return `packets of ${octets(event.mtu)} may be sent`
    case 'authenticated':
      return event.by === 'us'
        ? `${event.user} is let in (${event.method})`
        : `let in as ${event.user} (${event.method})`
    case 'ipv4-up':
      return ipv4Text(event.ipv4)
    case 'ipv6-up':
      return ipv6Text(event.ipv6)
    case 'ipv4-down':
    case 'ipv6-down':
      return undefined
    case 'ipv4-refused':
      return `no IPv4: ${event.text}`
    case 'ipv6-refused':
      return `no IPv6: ${event.text}`
    case 'end':
      return `over (${event.end.cause}): ${event.end.text}`
  }
}

function ipv4Text({ local, remote, dns }: Ipv4Agreement): string {
  const peer = remote === undefined ? '' : ` peer ${remote}`
  return `${local}${peer}${dns.length === 0 ? '' : `, name servers ${dns.join(' and ')}`}`
}

const ipv6Text = ({ local, remote }: Ipv6Agreement) => `${local}${remote === undefined ? '' : ` peer ${remote}`}`
