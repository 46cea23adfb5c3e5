/** Checks of link requests. @module */
import { rangeFault, typeFault } from '../argument.js'
import { bridgePortFields } from '../kind/bridge-port.js'
import { bondPortFields, changeableProperties, factsOf, kindOptions, knownKinds } from '../kind/index.js'
import type { CleanLinkChange, CleanLinkSpec, LinkFilter, LinkQuery, LinkRef } from '../link.js'
import { asObject, type Checks, listOf, objectOf, onlyKnown, optionsOf } from './object.js'
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

const kindWord = textOf(63, 1)
const kindText: Check<string> = (value, path) => {
  if (typeof value === 'string' && checkers.has(value)) return value
  const kind = kindWord(value, path)
  if (/[\s/]/.test(kind))
    throw rangeFault(path, `${JSON.stringify(kind)} cannot be a kind of link`, 'one word, as after `ip link add type`')
  return kind
}
/** The check of a new link of a kind: its settings, and its options, which are checked against each other too. */
function checkerOf(kind: string): Check<Record<string, unknown>> {
  const { property, needs = [], ignores = {} } = factsOf(kind) ?? {}
  const own: Record<string, Check> = kind === 'veth' ? { peer } : {}
  for (const [setting, why] of Object.entries(ignores)) {
    own[setting] = (_, path) => {
      throw rangeFault(path, `cannot be chosen for a new ${kind}`, `leave it out: ${why}`)
    }
  }
  const needed: string[] = [...needs]
  if (property !== undefined) {
    const { fields, check, needed: always } = kindOptions[property]
    const options = optionsOf(fields, 'add')
    own[property] = (value, path) => {
      const clean = options(value, path)
      check?.(clean, path, true)
      return clean
    }
    if (always) needed.push(property)
  }
  return objectOf({ ...base, ...own, kind: kindText }, needed)
}
const checkers = new Map(knownKinds.map((kind): [string, Check<Record<string, unknown>>] => [kind, checkerOf(kind)]))
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
    bondPort: optionsOf(bondPortFields, 'set'),
    link: linkRef,
    name: linkName,
    addAltNames: listOf(altName),
    deleteAltNames: listOf(altName),
    ...Object.fromEntries(
      changeableProperties.map((property) => [property, optionsOf(kindOptions[property].fields, 'set')]),
    ),
  },
  ['link'],
)

/** `link set`. */
export function linkSet(value: unknown): CleanLinkChange {
  const clean = change(value, 'spec')
  const given = changeableProperties.filter((property) => clean[property] !== undefined)
  if (given.length > 1)
    throw rangeFault(
      'spec',
      `a link has one kind, options of ${given.join(' and ')} were given`,
      'leave all but one out',
    )
  if (clean.port !== undefined && clean.bondPort !== undefined) {
    throw rangeFault('spec.bondPort', 'a link has one master', 'leave out port or bondPort')
  }
  for (const property of given) {
    kindOptions[property].check?.(clean[property] as Record<string, unknown>, `spec.${property}`, false)
  }
  return clean as unknown as CleanLinkChange
}

const onlyLink: ReadonlySet<string> = new Set(['link'])

/** `link delete`; written out for speed: lists of deletions hold thousands. */
export function linkDelete(value: unknown): { link: LinkRef } {
  const source = asObject(value, 'spec')
  onlyKnown(source, onlyLink, 'spec')
  if (source.link === undefined) throw typeFault('spec.link', 'a value', undefined)
  return { link: linkRef(source.link, 'spec.link') }
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
