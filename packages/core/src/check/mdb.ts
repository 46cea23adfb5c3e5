/** Checks of requests about multicast databases. @module */
import { rangeFault, typeFault } from '../argument.js'
import { formatIp, isMulticastIp } from '../ip.js'
import { formatMac, isGroupMac } from '../mac.js'
import type { CleanMdbFilter, CleanMdbKey, CleanMdbSpec, MdbFlush, MdbRouterFilter } from '../mdb.js'
import { listOf, objectOf } from './object.js'
import { routeProtocol } from './route.js'
import { anyMac, boolean, type Check, ipAddress, linkRef, wholeNumber, word } from './scalar.js'

/** Octets of a MAC; a group of another length is an IP address. */
const MAC = 6
const vlan = wholeNumber(1, 4094)

const group: Check<Uint8Array> = (value, path) => {
  const isMac = value instanceof Uint8Array ? value.length === MAC : typeof value === 'string' && macLike.test(value)
  const octets = isMac ? anyMac(value, path) : ipAddress(value, path)
  const text = isMac ? formatMac(octets) : formatIp(octets)
  if (!(isMac ? isGroupMac(octets) : isMulticastIp(octets)))
    throw rangeFault(path, `${text} is no group`, 'groups are 224.0.0.0/4, ff00::/8, and MACs with an odd first octet')
  if (!isMac && staysOnLink(octets))
    throw rangeFault(path, `${text} never leaves a link`, 'it is flooded always, and has no entry (RFC 4541 § 2.1.2)')
  return octets
}
const macLike = /^[\da-f]{1,2}([:-][\da-f]{1,2}){5}$/i

/** Groups that the kernel makes no entries for: 224.0.0.0/24 and ff02::1. */
function staysOnLink(octets: Uint8Array): boolean {
  if (octets.length === 4) return octets[0] === 224 && octets[1] === 0 && octets[2] === 0
  return octets[1] === 2 && octets[15] === 1 && octets.subarray(2, 15).every((octet) => octet === 0)
}

const source: Check<Uint8Array> = (value, path) => {
  const octets = ipAddress(value, path)
  if (isMulticastIp(octets))
    throw rangeFault(path, `${formatIp(octets)} is a group`, 'a source is the address of one sender')
  return octets
}

const keyChecks = { bridge: linkRef, port: linkRef, group, source, vlan }
const needed = ['bridge', 'port', 'group']
const key = objectOf(keyChecks, needed)
const spec = objectOf(
  {
    ...keyChecks,
    state: word(['temp', 'permanent']),
    filterMode: word(['exclude', 'include']),
    sources: listOf(source),
    protocol: routeProtocol,
  },
  needed,
)

/** `mdb add` and `mdb set`. */
export function mdbSpec(value: unknown): CleanMdbSpec {
  const clean = spec(value, 'spec') as unknown as CleanMdbSpec
  ofOneFamily(clean)
  const { group, source, filterMode, sources, state } = clean
  if (group.length === MAC && state === 'temp')
    throw rangeFault('spec.state', 'a group that is a MAC is permanent', 'leave state out')
  if (source !== undefined && (filterMode !== undefined || sources !== undefined))
    throw rangeFault(
      filterMode === undefined ? 'spec.sources' : 'spec.filterMode',
      'an entry of one source filters no sources',
      'leave out source, or filterMode and sources',
    )
  if (group.length === MAC && (filterMode !== undefined || sources !== undefined))
    throw rangeFault('spec.sources', 'a MAC has no sources to filter', 'give the group as an IP address')
  if (sources !== undefined && filterMode === undefined)
    throw typeFault('spec.filterMode', 'exclude or include, beside sources', undefined)
  if (filterMode === 'include' && (sources ?? []).length === 0)
    throw rangeFault('spec.sources', 'no source would pass', 'name the sources that do; or delete the entry')
  const twice = (sources ?? []).findIndex((one, at) => sources?.findIndex((other) => isSame(one, other)) !== at)
  if (twice >= 0)
    throw rangeFault(
      `spec.sources.${twice}`,
      `${formatIp(sources?.[twice] as Uint8Array)} is named twice`,
      'name it once',
    )
  if (clean.protocol === 'unspec')
    throw rangeFault('spec.protocol', 'somebody makes an entry', 'leave it out for static, or give another')
  return group.length === MAC ? { ...clean, state: 'permanent' } : clean
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((octet, index) => octet === b[index])

/** `mdb delete`. */
export function mdbKey(value: unknown): CleanMdbKey {
  const clean = key(value, 'spec') as unknown as CleanMdbKey
  ofOneFamily(clean)
  return clean
}

function ofOneFamily({ group, source, sources }: CleanMdbKey & Pick<CleanMdbSpec, 'sources'>): void {
  const hint = 'group and source are both IPv4 or both IPv6'
  if (source !== undefined && source.length !== group.length)
    throw rangeFault('spec.source', `${formatIp(source)} cannot send to this group`, hint)
  const other = sources?.findIndex((one) => one.length !== group.length && group.length !== MAC) ?? -1
  if (other >= 0)
    throw rangeFault(`spec.sources.${other}`, `${formatIp(sources?.[other] as Uint8Array)} cannot send to it`, hint)
}

const flush = objectOf({ bridge: linkRef, port: linkRef, vlan, permanent: boolean, protocol: routeProtocol }, [
  'bridge',
])

/** `mdb flush`. */
export function mdbFlush(value: unknown): MdbFlush {
  const clean = flush(value, 'spec') as unknown as MdbFlush
  if (clean.protocol === 'unspec')
    throw rangeFault('spec.protocol', 'no entry is made by nobody', 'leave it out for those of every maker')
  return clean
}

const filter = objectOf({ bridge: linkRef, port: linkRef, group, vlan })

/** `mdb list`. */
export function mdbList(value: unknown): CleanMdbFilter {
  return filter(value, 'spec')
}

const routerFilter = objectOf({ bridge: linkRef })

/** `mdbRouter list`. */
export function mdbRouterList(value: unknown): MdbRouterFilter {
  return routerFilter(value, 'spec')
}
