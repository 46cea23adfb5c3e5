/** What the link of a session says of it: nothing in the kernel tells on which link a `pppN` is, and with whom. @module */
import type { Namespace } from '@vnet/core'
import type { SessionPlace } from './kernel-session.js'
import { brief, printable } from './text.js'

/** Where a session is, and with whom. */
export interface SessionAlias {
  /** Its number. */
  readonly session: number
  /** Name of the Ethernet link that it is on, as it was when the session began. */
  readonly lower: string
  /** MAC address of the other side. */
  readonly mac: string
  /** Name of the other side where that is a concentrator, of at most 120 octets. */
  readonly concentrator?: string
}

/** The link of a session. */
export interface PppoeLink extends SessionAlias {
  /** Its name. */
  readonly link: string
  /** Where its packets pass. */
  readonly place: SessionPlace
}

/** The alias of a session's link. */
export function aliasOf({ session, lower, mac, concentrator }: SessionAlias): string {
  const peer = concentrator === undefined ? mac : `${brief(printable(concentrator))} (${mac})`
  return `PPPoE session ${session} on ${lower}, ${peer}`
}

// Other spaces than that of ASCII may be in the name of a link, and ends of lines in that of a concentrator.
const form = /^PPPoE session (\d+) on (.+?), (?:(.*) \(([0-9a-f:]{17})\)|([0-9a-f:]{17}))$/s

/** What an alias says; `undefined` where it is no session's. */
export function sessionOfAlias(alias: string): SessionAlias | undefined {
  const found = form.exec(alias)
  if (found === null) return undefined
  const [, session, lower = '', concentrator, named, bare] = found
  const mac = named ?? bare ?? ''
  return { session: Number(session), lower, mac, ...(concentrator === undefined ? {} : { concentrator }) }
}

/**
 * The links of a namespace that are sessions of this package, in whatever program, by what their aliases say. Sessions of
 * others are not among them: of those nothing tells which link is whose.
 *
 * @example
 * for (const { link, lower, session } of await pppoeLinks(namespace)) console.log(link, lower, session) // ppp0 eth0 1
 */
export async function pppoeLinks(namespace: Namespace): Promise<PppoeLink[]> {
  const links = await namespace.link.list()
  return links.flatMap(({ name, kind, alias = '' }) => {
    const said = kind === 'tun' || kind === 'ppp' ? sessionOfAlias(alias) : undefined
    return said === undefined ? [] : [{ link: name, place: kind === 'ppp' ? 'kernel' : 'tun', ...said } as const]
  })
}
