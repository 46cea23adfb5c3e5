/** Links as rows of a list. @module */
import { type KindProperty, kindOptions, type Link } from '@vnet/core'
import type { Names } from '../../names.js'
import type { LinkDetail } from '../ip-json/link.js'
import type { Column } from '../table.js'

/** The columns of a list of links. */
export function linkColumns(names: Names, detail: LinkDetail): readonly Column<Link>[] {
  return [
    { title: 'INDEX', text: (link) => String(link.index), right: true },
    { title: 'NAME', text: (link) => [link.name, ...link.altNames].join(' ') },
    { title: 'KIND', text: kindText },
    { title: 'ADMIN', text: (link) => (link.up ? 'up' : 'down') },
    { title: 'STATE', text: (link) => link.operationalState },
    { title: 'MTU', text: (link) => String(link.mtu), right: true },
    { title: 'MASTER', text: (link) => (link.master === undefined ? '' : names.link(link.master)), optional: true },
    { title: 'LOWER', text: (link) => lowerText(link, names), optional: true },
    { title: 'MAC', text: (link) => link.mac ?? '' },
    { title: 'ALIAS', text: (link) => link.alias ?? '', optional: true },
    ...(detail.statistics ? counters : []),
    ...(detail.details ? [{ title: 'DETAILS', text: detailsText } satisfies Column<Link>] : []),
  ]
}

/** The kind; links that nobody made are told apart. */
const kindText = (link: Link): string => (link.fallback ? `${link.kind} (fallback)` : (link.kind ?? link.type))

/** The lower link or the peer; `if2 in 0` where it is in namespace number 0. */
export function lowerText(link: Link, names: Names): string {
  if (link.parent === undefined || link.parent === 0) return ''
  if (link.linkNamespaceId === undefined) return names.link(link.parent)
  return `if${link.parent} in ${link.linkNamespaceId}`
}

const count = (title: string, key: keyof NonNullable<Link['statistics']>): Column<Link> => ({
  title,
  text: (link) => (link.statistics === undefined ? '' : String(link.statistics[key])),
  right: true,
})

const counters: readonly Column<Link>[] = [
  count('RX PACKETS', 'rxPackets'),
  count('RX BYTES', 'rxBytes'),
  count('RX ERRORS', 'rxErrors'),
  count('RX DROPPED', 'rxDropped'),
  count('TX PACKETS', 'txPackets'),
  count('TX BYTES', 'txBytes'),
  count('TX ERRORS', 'txErrors'),
  count('TX DROPPED', 'txDropped'),
]

/** The options of the kind and of the port, as words. */
function detailsText(link: Link): string {
  const parts = (Object.keys(kindOptions) as KindProperty[]).flatMap((property) => words(link[property]))
  const ports = [link.port, link.bondPort, link.vrfPort].flatMap(words)
  return [...parts, ...ports.map((word) => `port.${word}`)].join(' ')
}

function words(options: object | undefined): readonly string[] {
  return Object.entries(options ?? {}).map(([name, value]) => `${name}=${plain(value)}`)
}

function plain(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.join(',')
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([from, to]) => `${from}:${to}`)
      .join(',')
  }
  return String(value)
}
