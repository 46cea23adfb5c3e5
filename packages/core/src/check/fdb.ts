/** Checks of FDB requests; written out because entries come by the ten thousand. @module */
import { rangeFault } from '../argument.js'
import type { CleanFdbFlush, CleanFdbKey, CleanFdbQuery, CleanFdbSpec, FdbFilter, FdbState } from '../fdb.js'
import { isGroupMac } from '../mac.js'
import { asObject, objectOf, onlyKnown } from './object.js'
import { anyMac, boolean, ipAddress, linkRef, wholeNumber, word } from './scalar.js'

const states: readonly FdbState[] = ['permanent', 'static', 'dynamic']
const state = word(states)
const vlan = wholeNumber(1, 4094)
const vni = wholeNumber(0, 0xffffff)
const nexthop = wholeNumber(1, 0xffffffff)
const udpPort = wholeNumber(1, 65_535)
const keyFields = ['link', 'mac', 'self', 'master', 'vlan', 'remote', 'port', 'vni', 'sourceVni', 'via']
const keyKnown = new Set(keyFields)
const known = new Set([...keyFields, 'state', 'sticky', 'externallyLearned', 'router', 'append', 'nexthop', 'use'])

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** `fdb add` and `fdb set`. */
export function fdbSpec(value: unknown): CleanFdbSpec {
  const source = asObject(value, 'spec')
  onlyKnown(source, known, 'spec')
  const clean: Writable<CleanFdbSpec> = keyOf(source)
  if (source.state !== undefined) clean.state = state(source.state, 'spec.state')
  if (source.sticky !== undefined) clean.sticky = boolean(source.sticky, 'spec.sticky')
  if (source.externallyLearned !== undefined) {
    clean.externallyLearned = boolean(source.externallyLearned, 'spec.externallyLearned')
  }
  if (source.router !== undefined) clean.router = boolean(source.router, 'spec.router')
  if (source.append !== undefined) clean.append = boolean(source.append, 'spec.append')
  if (source.nexthop !== undefined) clean.nexthop = nexthop(source.nexthop, 'spec.nexthop')
  if (source.use !== undefined) clean.use = boolean(source.use, 'spec.use')
  if (clean.use) used(clean)
  if (clean.nexthop !== undefined) {
    const other = (['remote', 'port', 'vni', 'via'] as const).find((name) => clean[name] !== undefined)
    if (other !== undefined)
      throw rangeFault(`spec.${other}`, 'the nexthop object has the remotes', 'give nexthop, or remote and its like')
  }
  if (clean.sticky && !clean.master)
    throw rangeFault('spec.sticky', 'is for entries of the master', 'give master: true')
  if (clean.append && clean.master)
    throw rangeFault('spec.append', 'a bridge keeps one port a MAC', 'append is for the entries of a VXLAN: self: true')
  return clean
}

/** What is entered as if it had been seen is as what is seen is: the kernel would ignore the rest. */
function used(clean: CleanFdbSpec): void {
  if (!clean.master || clean.self)
    throw rangeFault('spec.use', 'only the bridge of a port looks who uses it', 'give master: true, without self')
  if (clean.state !== undefined && clean.state !== 'dynamic')
    throw rangeFault('spec.state', 'what is seen ages', 'leave state out, or use')
  for (const name of ['sticky', 'externallyLearned'] as const)
    if (clean[name]) throw rangeFault(`spec.${name}`, 'what is seen is dynamic', `leave ${name} out, or use`)
}

/** `fdb delete`. */
export function fdbKey(value: unknown): CleanFdbKey {
  const source = asObject(value, 'spec')
  onlyKnown(source, keyKnown, 'spec')
  return keyOf(source)
}

const keptByNobody = () =>
  rangeFault(
    'spec.self',
    'an entry is kept by the link itself or by its master',
    'leave self out, or give master: true',
  )

function keyOf(source: Record<string, unknown>): Writable<CleanFdbKey> {
  const clean: Writable<CleanFdbKey> = { link: linkRef(source.link, 'spec.link'), mac: anyMac(source.mac, 'spec.mac') }
  const master = source.master === undefined ? false : boolean(source.master, 'spec.master')
  const self = source.self === undefined ? !master : boolean(source.self, 'spec.self')
  if (!master && !self) throw keptByNobody()
  if (master) clean.master = true
  if (self) clean.self = true
  if (master && isGroupMac(clean.mac))
    throw rangeFault(
      'spec.mac',
      'a group address has no place in a bridge’s FDB',
      'groups are entries of the multicast database',
    )
  if (source.vlan !== undefined) clean.vlan = vlan(source.vlan, 'spec.vlan')
  if (source.remote !== undefined) clean.remote = ipAddress(source.remote, 'spec.remote')
  if (source.port !== undefined) clean.port = udpPort(source.port, 'spec.port')
  if (source.vni !== undefined) clean.vni = vni(source.vni, 'spec.vni')
  if (source.sourceVni !== undefined) clean.sourceVni = vni(source.sourceVni, 'spec.sourceVni')
  if (source.via !== undefined) clean.via = linkRef(source.via, 'spec.via')
  return clean
}

const flush = objectOf(
  {
    link: linkRef,
    self: boolean,
    master: boolean,
    port: linkRef,
    vlan,
    permanent: boolean,
    static: boolean,
    addedByUser: boolean,
    externallyLearned: boolean,
    sticky: boolean,
    offloaded: boolean,
    router: boolean,
    remote: ipAddress,
    udpPort,
    vni,
    sourceVni: vni,
    nexthop,
  },
  ['link'],
)

/** `fdb flush`. */
export function fdbFlush(value: unknown): CleanFdbFlush {
  const clean = flush(value, 'spec') as unknown as CleanFdbFlush
  return { ...clean, ...keptBy(clean) }
}

function keptBy(clean: Pick<CleanFdbKey, 'self' | 'master'>): { readonly self: boolean; readonly master: boolean } {
  const master = clean.master ?? false
  const self = clean.self ?? !master
  if (!master && !self) throw keptByNobody()
  return { self, master }
}

const query = objectOf({ link: linkRef, mac: anyMac, self: boolean, master: boolean, vlan, vni }, ['link', 'mac'])

/** `fdb get`. */
export function fdbQuery(value: unknown): CleanFdbQuery {
  const clean = query(value, 'spec') as unknown as CleanFdbQuery
  const kept = keptBy(clean)
  if (kept.self && kept.master)
    throw rangeFault('spec.self', 'one entry is asked for', 'ask for that of the master and that of the link apart')
  return { ...clean, ...kept }
}

const filter = objectOf({ link: linkRef, bridge: linkRef, state, vlan })

/** `fdb list`. */
export function fdbList(value: unknown): FdbFilter {
  return filter(value, 'spec') as FdbFilter
}
