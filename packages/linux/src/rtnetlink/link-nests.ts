/** What lies inside attributes of a link: its kind's state, its state as a port, alternative names, IPv6 settings. @module */
import { DecodeError, isFallback, type Link } from '@vnet/core'
import { forEachAttribute, readAttribute, readAttributes } from '../netlink/attribute-run.js'
import type { Octets } from '../netlink/octets.js'
import { AF_INET6, IFF_TAP } from './constants.js'
import { linkKinds, portKinds } from './kind/index.js'
import { tunAttributes } from './kind/tun.js'
import { inet6Attributes, linkPropertyAttributes } from './link-attributes.js'
import { AttributeIndex } from './link-scan.js'

const KIND = 1
const DATA = 2
const PORT_KIND = 4
const PORT_DATA = 5
const found = new AttributeIndex('link.linkInfo', 5)

/** Reads `IFLA_LINKINFO` into a link: `kind` with its state, `portKind` with its. */
export function readLinkInfo(
  link: { -readonly [K in keyof Link]: Link[K] },
  from: Octets,
  start: number,
  end: number,
): void {
  found.scan(from, start, end)
  const kind = found.text(from, KIND)
  const data = found.start(DATA)
  const dataEnd = found.end(DATA)
  const portKind = found.text(from, PORT_KIND)
  const port = found.start(PORT_DATA)
  const portEnd = found.end(PORT_DATA)
  if (kind !== '') {
    link.kind = kind === 'tun' && data !== 0 && isTap(from, data, dataEnd) ? 'tap' : kind
    if (data !== 0) readKind(link, kind, from, data, dataEnd)
    if (isFallback(link)) link.fallback = true
  }
  if (portKind !== '') {
    link.portKind = portKind
    const known = port === 0 ? undefined : portKinds.get(portKind)
    if (known !== undefined)
      (link as { [property: string]: unknown })[known.property] = known.decode(from, port, portEnd)
  }
}

/** The state of a kind under its property; of a kind that vnet has no name for the octets, which `link add` takes again. */
function readKind(link: object, word: string, from: Octets, start: number, end: number): void {
  const kind = linkKinds.get(word)
  if (kind === undefined) (link as { data?: unknown }).data = readAttributes({}, from, start, end, `link.${word}`).other
  else (link as { [property: string]: unknown })[kind.property] = kind.decode(from, start, end)
}

/** TUN and TAP are one kind to the kernel; the mode tells them apart. */
function isTap(from: Octets, start: number, end: number): boolean {
  return readAttribute(tunAttributes.mode, from, start, end, 'link.tun') === IFF_TAP
}

/** The alternative names of `IFLA_PROP_LIST`, which holds one attribute for each. */
export function readAltNames(from: Octets, start: number, end: number): readonly string[] {
  const names: string[] = []
  const { type } = linkPropertyAttributes.altNames
  forEachAttribute(from, start, end, 'link.altNames', (number, at, stop) => {
    if (number === type) names.push(from.text(at, stop))
  })
  return names
}

/** `IFLA_INET6_ADDR_GEN_MODE` of `IFLA_AF_SPEC`; absent of links without IPv6. */
export function readAddrGenMode(from: Octets, start: number, end: number): number | undefined {
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end)
      throw new DecodeError('link.addressFamilies', at, `attribute of ${length} octets in ${end - at}`)
    if ((from.u16(at + 2) & 0x3fff) === AF_INET6)
      return readAttribute(inet6Attributes.addrGenMode, from, at + 4, at + length, 'link.addressFamilies.inet6')
    at += (length + 3) & ~3
  }
  return undefined
}
