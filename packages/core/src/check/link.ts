/** Checks of link requests. @module */
import { rangeFault, typeFault } from '../argument.js'
import { bridgeFields } from '../kind/bridge.js'
import { bridgePortFields } from '../kind/bridge-port.js'
import { macvlanFields } from '../kind/macvlan.js'
import { tunFields } from '../kind/tun.js'
import { vlanFields } from '../kind/vlan.js'
import { vxlanFields } from '../kind/vxlan.js'
import type { CleanLinkChange, CleanLinkSpec, LinkFilter, LinkQuery, LinkRef } from '../link.js'
import { asObject, type Checks, listOf, objectOf, optionsOf } from './object.js'
import {
  altName,
  boolean,
  type Check,
  linkName,
  linkRef,
  namespace,
  textOf,
  unicastMac,
  wholeNumber,
} from './scalar.js'

const mtu: Check<number> = (value, path) => {
  const octets = wholeNumber(0, 0x7fffffff, 'octets')(value, path)
  if (octets < 68)
    throw rangeFault(path, `an MTU of ${octets} octets is too small`, 'IPv4 needs 68 (RFC 791), IPv6 1280')
  return octets
}
const u32 = wholeNumber(0, 0xffffffff)
const queues = wholeNumber(1, 4096)
const index = wholeNumber(1, 0x7fffffff)
const nullable =
  (check: Check): Check =>
  (value, path) =>
    value === null ? null : check(value, path)

const settings: Checks = {
  up: boolean,
  mtu,
  mac: unicastMac,
  master: nullable(linkRef),
  alias: textOf(255),
  group: u32,
  txQueueLength: wholeNumber(0, 0x7fffffff, 'packets'),
  promiscuous: boolean,
  allMulticast: boolean,
  arp: boolean,
  multicast: boolean,
  carrier: boolean,
  namespace,
}
const base: Checks = {
  ...settings,
  port: optionsOf(bridgePortFields, 'add'),
  name: linkName,
  index,
  parent: linkRef,
  txQueues: queues,
  rxQueues: queues,
}

const peer = objectOf({
  name: linkName,
  index,
  up: boolean,
  mtu,
  mac: unicastMac,
  namespace,
  txQueues: queues,
  rxQueues: queues,
  txQueueLength: settings.txQueueLength as Check,
  group: u32,
  alias: textOf(255),
})

const rawAttributes = listOf(
  objectOf(
    {
      type: wholeNumber(0, 0x3fff),
      bytes: (value, path) => {
        if (!(value instanceof Uint8Array)) throw typeFault(path, 'octets (a Uint8Array)', value)
        return value
      },
    },
    ['type', 'bytes'],
  ),
)

/** What each kind takes beside the settings that all have, and what it cannot do without. */
const kinds: Readonly<Record<string, { readonly checks: Checks; readonly needed: readonly string[] }>> = {
  bridge: { checks: { bridge: optionsOf(bridgeFields, 'add') }, needed: [] },
  veth: { checks: { peer }, needed: [] },
  vlan: { checks: { vlan: optionsOf(vlanFields, 'add') }, needed: ['parent', 'vlan'] },
  macvlan: { checks: { macvlan: optionsOf(macvlanFields, 'add') }, needed: ['parent'] },
  macvtap: { checks: { macvlan: optionsOf(macvlanFields, 'add') }, needed: ['parent'] },
  vxlan: { checks: { vxlan: optionsOf(vxlanFields, 'add') }, needed: ['vxlan'] },
  ifb: { checks: {}, needed: [] },
  dummy: { checks: {}, needed: [] },
  tun: { checks: { tun: optionsOf(tunFields, 'add') }, needed: ['name'] },
  tap: { checks: { tun: optionsOf(tunFields, 'add') }, needed: ['name'] },
}
const kindText: Check<string> = (value, path) => {
  const kind = textOf(63, 1)(value, path)
  if (/[\s/]/.test(kind))
    throw rangeFault(path, `${JSON.stringify(kind)} cannot be a kind of link`, 'one word, as after `ip link add type`')
  return kind
}
const checkers = new Map(
  Object.entries(kinds).map(([kind, { checks, needed }]) => [
    kind,
    objectOf({ ...base, ...checks, kind: kindText }, needed),
  ]),
)
const other = objectOf({ ...base, kind: kindText, data: rawAttributes })

/** `link add`. */
export function linkAdd(value: unknown): CleanLinkSpec {
  const source = asObject(value, 'spec')
  if (source.kind === undefined)
    throw typeFault('spec.kind', 'the kind of link', undefined, `such as ${[...checkers.keys()].join(', ')}`)
  const kind = kindText(source.kind, 'spec.kind')
  const clean = (checkers.get(kind) ?? other)(source, 'spec')
  if (
    kind === 'veth' &&
    clean.index === undefined &&
    (clean.peer as { index?: number } | undefined)?.index !== undefined
  ) {
    // veth_newlink takes the peer's index only when the first end has one.
    throw rangeFault(
      'spec.peer.index',
      'the kernel takes the index of a peer only together with that of the link',
      'give index too',
    )
  }
  if (kind === 'vxlan') checkVxlan(clean.vxlan as Record<string, unknown>)
  if (clean.master === null)
    throw rangeFault('spec.master', 'a new link has no master to be released from', 'leave it out')
  if (clean.port !== undefined && clean.master === undefined) {
    throw rangeFault('spec.port', 'options of a bridge port need a bridge', 'give master as well')
  }
  return clean as unknown as CleanLinkSpec
}

const change = objectOf(
  {
    ...settings,
    port: optionsOf(bridgePortFields, 'set'),
    link: linkRef,
    name: linkName,
    addAltNames: listOf(altName),
    deleteAltNames: listOf(altName),
    bridge: optionsOf(bridgeFields, 'set'),
    macvlan: optionsOf(macvlanFields, 'set'),
    vxlan: optionsOf(vxlanFields, 'set'),
    vlan: optionsOf(vlanFields, 'set'),
  },
  ['link'],
)

/** `link set`. */
export function linkSet(value: unknown): CleanLinkChange {
  const clean = change(value, 'spec')
  const given = ['bridge', 'macvlan', 'vxlan', 'vlan'].filter((kind) => clean[kind] !== undefined)
  if (given.length > 1)
    throw rangeFault(
      'spec',
      `a link has one kind, options of ${given.join(' and ')} were given`,
      'leave all but one out',
    )
  return clean as unknown as CleanLinkChange
}

const reference = objectOf({ link: linkRef }, ['link'])

/** `link delete`. */
export function linkDelete(value: unknown): { link: LinkRef } {
  return reference(value, 'spec') as { link: LinkRef }
}

const query = objectOf({ link: linkRef, statistics: boolean }, ['link'])

/** `link get`. */
export function linkGet(value: unknown): LinkQuery {
  return query(value, 'spec') as unknown as LinkQuery
}

const filter = objectOf({ kind: kindText, master: linkRef, up: boolean, group: u32, statistics: boolean })

/** `link list`. */
export function linkList(value: unknown): LinkFilter {
  return filter(value, 'spec') as LinkFilter
}

function checkVxlan(options: Record<string, unknown>): void {
  if (options.id === undefined && options.external !== true) {
    throw typeFault('spec.vxlan.id', 'a network identifier', undefined, 'or external: true')
  }
  const { local, remote } = options as { local?: string; remote?: string }
  if (local !== undefined && remote !== undefined && local.includes(':') !== remote.includes(':')) {
    throw rangeFault(
      'spec.vxlan.local',
      `${local} and ${remote} are of different versions of IP`,
      'both are IPv4, or both IPv6',
    )
  }
}
