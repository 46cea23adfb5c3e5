/** Flags, hardware type and operational state of a link as the words that `ip` prints. @module */
import type { OperationalState } from '@vnet/core'
import * as c from './constants.js'

/** The flags in the order of `ip`'s `print_link_flags`; RUNNING is told as NO-CARRIER by its absence. */
const order: readonly (readonly [bit: number, word: string])[] = [
  [c.IFF_LOOPBACK, 'LOOPBACK'],
  [c.IFF_BROADCAST, 'BROADCAST'],
  [c.IFF_POINTOPOINT, 'POINTOPOINT'],
  [c.IFF_MULTICAST, 'MULTICAST'],
  [c.IFF_NOARP, 'NOARP'],
  [c.IFF_ALLMULTI, 'ALLMULTI'],
  [c.IFF_PROMISC, 'PROMISC'],
  [c.IFF_MASTER, 'MASTER'],
  [c.IFF_SLAVE, 'SLAVE'],
  [c.IFF_DEBUG, 'DEBUG'],
  [c.IFF_DYNAMIC, 'DYNAMIC'],
  [c.IFF_AUTOMEDIA, 'AUTOMEDIA'],
  [c.IFF_PORTSEL, 'PORTSEL'],
  [c.IFF_NOTRAILERS, 'NOTRAILERS'],
  [c.IFF_UP, 'UP'],
  [c.IFF_LOWER_UP, 'LOWER_UP'],
  [c.IFF_DORMANT, 'DORMANT'],
  [c.IFF_ECHO, 'ECHO'],
]

/** A machine has a handful of combinations; the bound is against octets that are no link at all. */
const most = 1024
const cache = new Map<number, readonly string[]>()
let lastFlags = 0
let lastWords: readonly string[] = Object.freeze([])

/** The flags as `ip` prints them, in its order; bits without a word come last in hexadecimal. Frozen, shared between links. */
export function flagWords(flags: number): readonly string[] {
  if (flags === lastFlags) return lastWords
  const known = cache.get(flags) ?? wordsOf(flags)
  lastFlags = flags
  lastWords = known
  return known
}

function wordsOf(flags: number): readonly string[] {
  const words: string[] = []
  if ((flags & c.IFF_UP) !== 0 && (flags & c.IFF_RUNNING) === 0) words.push('NO-CARRIER')
  let rest = flags & ~c.IFF_RUNNING
  for (const [bit, word] of order) {
    if ((rest & bit) === 0) continue
    rest &= ~bit
    words.push(word)
  }
  if (rest !== 0) words.push((rest >>> 0).toString(16))
  if (cache.size >= most) cache.clear()
  cache.set(flags, Object.freeze(words))
  return words
}

/** The hardware type in `ip`'s word; `[42]` where it has none. */
export function typeWord(type: number): string {
  if (type === c.ARPHRD_ETHER) return 'ether'
  const word = types[type]
  if (word !== undefined) return word
  // ARPHRD_FCFABRIC stands for 13 numbers.
  const fabric = type - c.ARPHRD_FCFABRIC
  return fabric >= 0 && fabric <= 12 ? `fcfb${fabric}` : `[${type}]`
}

/** Operational states by number (`IF_OPER_*`). */
export const operationalStates: readonly OperationalState[] = [
  'unknown',
  'notpresent',
  'down',
  'lowerlayerdown',
  'testing',
  'dormant',
  'up',
]

const types: { readonly [type: number]: string | undefined } = {
  [c.ARPHRD_NETROM]: 'generic',
  [c.ARPHRD_ETHER]: 'ether',
  [c.ARPHRD_EETHER]: 'eether',
  [c.ARPHRD_AX25]: 'ax25',
  [c.ARPHRD_PRONET]: 'pronet',
  [c.ARPHRD_CHAOS]: 'chaos',
  [c.ARPHRD_IEEE802]: 'ieee802',
  [c.ARPHRD_ARCNET]: 'arcnet',
  [c.ARPHRD_APPLETLK]: 'atalk',
  [c.ARPHRD_DLCI]: 'dlci',
  [c.ARPHRD_ATM]: 'atm',
  [c.ARPHRD_METRICOM]: 'metricom',
  [c.ARPHRD_IEEE1394]: 'ieee1394',
  [c.ARPHRD_INFINIBAND]: 'infiniband',
  [c.ARPHRD_SLIP]: 'slip',
  [c.ARPHRD_CSLIP]: 'cslip',
  [c.ARPHRD_SLIP6]: 'slip6',
  [c.ARPHRD_CSLIP6]: 'cslip6',
  [c.ARPHRD_RSRVD]: 'rsrvd',
  [c.ARPHRD_ADAPT]: 'adapt',
  [c.ARPHRD_ROSE]: 'rose',
  [c.ARPHRD_X25]: 'x25',
  [c.ARPHRD_HWX25]: 'hwx25',
  [c.ARPHRD_CAN]: 'can',
  [c.ARPHRD_PPP]: 'ppp',
  [c.ARPHRD_HDLC]: 'hdlc',
  [c.ARPHRD_LAPB]: 'lapb',
  [c.ARPHRD_DDCMP]: 'ddcmp',
  [c.ARPHRD_RAWHDLC]: 'rawhdlc',
  [c.ARPHRD_TUNNEL]: 'ipip',
  [c.ARPHRD_TUNNEL6]: 'tunnel6',
  [c.ARPHRD_FRAD]: 'frad',
  [c.ARPHRD_SKIP]: 'skip',
  [c.ARPHRD_LOOPBACK]: 'loopback',
  [c.ARPHRD_LOCALTLK]: 'ltalk',
  [c.ARPHRD_FDDI]: 'fddi',
  [c.ARPHRD_BIF]: 'bif',
  [c.ARPHRD_SIT]: 'sit',
  [c.ARPHRD_IPDDP]: 'ip/ddp',
  [c.ARPHRD_IPGRE]: 'gre',
  [c.ARPHRD_PIMREG]: 'pimreg',
  [c.ARPHRD_HIPPI]: 'hippi',
  [c.ARPHRD_ASH]: 'ash',
  [c.ARPHRD_ECONET]: 'econet',
  [c.ARPHRD_IRDA]: 'irda',
  [c.ARPHRD_FCPP]: 'fcpp',
  [c.ARPHRD_FCAL]: 'fcal',
  [c.ARPHRD_FCPL]: 'fcpl',
  [c.ARPHRD_IEEE802_TR]: 'tr',
  [c.ARPHRD_IEEE80211]: 'ieee802.11',
  [c.ARPHRD_IEEE80211_PRISM]: 'ieee802.11/prism',
  [c.ARPHRD_IEEE80211_RADIOTAP]: 'ieee802.11/radiotap',
  [c.ARPHRD_IEEE802154]: 'ieee802.15.4',
  [c.ARPHRD_IEEE802154_MONITOR]: 'ieee802.15.4/monitor',
  [c.ARPHRD_PHONET]: 'phonet',
  [c.ARPHRD_PHONET_PIPE]: 'phonet_pipe',
  [c.ARPHRD_CAIF]: 'caif',
  [c.ARPHRD_IP6GRE]: 'gre6',
  [c.ARPHRD_NETLINK]: 'netlink',
  [c.ARPHRD_6LOWPAN]: '6lowpan',
  [c.ARPHRD_NONE]: 'none',
  [c.ARPHRD_VOID]: 'void',
}
