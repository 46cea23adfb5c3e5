/** Turns what a user wrote into what a driver receives, or throws before anything is touched (rule R2). @module */
import { argumentError, Fault, nearest, rangeFault, typeFault } from '../argument.js'
import type { LooseRequest } from '../client/loose-request.js'
import type { CleanPingSpec } from '../ping.js'
import { type Operation, operations, type Request } from '../request.js'
import { actionChange, actionFlush, actionKey, actionList, actionSpec } from './action.js'
import { addressKey, addressList, addressSpec } from './address.js'
import { bridgeMstChange, bridgeMstList } from './bridge-mst.js'
import { bridgeVlanChange, bridgeVlanKey, bridgeVlanList, bridgeVlanSpec } from './bridge-vlan.js'
import { bridgeVlanGlobalChange, bridgeVlanGlobalList } from './bridge-vlan-global.js'
import { bridgeVniKey, bridgeVniList, bridgeVniSpec } from './bridge-vni.js'
import { fdbFlush, fdbKey, fdbList, fdbQuery, fdbSpec } from './fdb.js'
import { linkAdd, linkDelete, linkGet, linkList, linkSet } from './link.js'
import { macFilterKey, macFilterList, macFilterSpec } from './mac-filter.js'
import {
  macsecQuery,
  macsecSaChange,
  macsecSaKey,
  macsecSaSpec,
  macsecScChange,
  macsecScKey,
  macsecScSpec,
} from './macsec.js'
import { mdbFlush, mdbKey, mdbList, mdbRouterList, mdbSpec } from './mdb.js'
import { natFilter, natKey, natSpec } from './nat.js'
import { neighbourKey, neighbourList, neighbourSpec } from './neighbour.js'
import { nicList, nicQuery } from './nic.js'
import { objectOf } from './object.js'
import { qdiscKey, qdiscList, qdiscSpec } from './qdisc.js'
import { routeGet, routeKey, routeList, routeSpec } from './route.js'
import { ruleList, ruleSpec } from './rule.js'
import { duration, ipAddress, namespaceName, wholeNumber } from './scalar.js'
import { socketFilter } from './socket-list.js'
import { sysctlChange, sysctlList, sysctlQuery } from './sysctl.js'
import { teamChange, teamQuery } from './team.js'
import { tokenKey, tokenList, tokenSpec } from './token.js'
import { classKey, classList, classSpec } from './traffic-class.js'
import { filterKey, filterQuery, filterSpec } from './traffic-filter.js'
import { wireguardChange, wireguardQuery } from './wireguard.js'

const named = objectOf({ name: namespaceName }, ['name'])
const nothing = objectOf({})
const echo = objectOf(
  {
    address: ipAddress,
    size: wholeNumber(0, 65_507, 'octets'),
    timeout: duration(0.001, 3600),
    sequence: wholeNumber(0, 65_535),
    ttl: wholeNumber(1, 255, 'hops'),
  },
  ['address'],
)

function pingSpec(value: unknown): CleanPingSpec {
  const clean = echo(value, 'spec')
  return { size: 56, timeout: 1, sequence: 1, ...clean } as CleanPingSpec
}

const checks: { readonly [O in Operation]: (spec: unknown) => unknown } = {
  'link add': linkAdd,
  'link set': linkSet,
  'link delete': linkDelete,
  'link get': linkGet,
  'link list': linkList,
  'address add': addressSpec,
  'address set': addressSpec,
  'address delete': addressKey,
  'address list': addressList,
  'route add': routeSpec,
  'route set': routeSpec,
  'route delete': routeKey,
  'route get': routeGet,
  'route list': routeList,
  'rule add': ruleSpec,
  'rule delete': ruleSpec,
  'rule list': ruleList,
  'neighbour add': neighbourSpec,
  'neighbour set': neighbourSpec,
  'neighbour delete': neighbourKey,
  'neighbour get': neighbourKey,
  'neighbour list': neighbourList,
  'fdb add': fdbSpec,
  'fdb set': fdbSpec,
  'fdb delete': fdbKey,
  'fdb get': fdbQuery,
  'fdb list': fdbList,
  'fdb flush': fdbFlush,
  'bridgeVlan add': bridgeVlanSpec,
  'bridgeVlan set': bridgeVlanChange,
  'bridgeVlan delete': bridgeVlanKey,
  'bridgeVlan list': bridgeVlanList,
  'bridgeVlanGlobal set': bridgeVlanGlobalChange,
  'bridgeVlanGlobal list': bridgeVlanGlobalList,
  'bridgeMst set': bridgeMstChange,
  'bridgeMst list': bridgeMstList,
  'bridgeVni add': bridgeVniSpec,
  'bridgeVni delete': bridgeVniKey,
  'bridgeVni list': bridgeVniList,
  'mdb add': mdbSpec,
  'mdb set': mdbSpec,
  'mdb delete': mdbKey,
  'mdb list': mdbList,
  'mdb flush': mdbFlush,
  'mdbRouter list': mdbRouterList,
  'qdisc add': qdiscSpec,
  'qdisc set': qdiscSpec,
  'qdisc change': qdiscSpec,
  'qdisc delete': qdiscKey,
  'qdisc list': qdiscList,
  'class add': classSpec,
  'class set': classSpec,
  'class change': classSpec,
  'class delete': classKey,
  'class list': classList,
  'filter add': filterSpec,
  'filter set': filterSpec,
  'filter change': filterSpec,
  'filter delete': filterKey,
  'filter list': filterQuery,
  'action add': actionSpec,
  'action set': actionChange,
  'action delete': actionKey,
  'action get': actionKey,
  'action list': actionList,
  'action flush': actionFlush,
  'wireguard get': wireguardQuery,
  'wireguard set': wireguardChange,
  'team get': teamQuery,
  'team set': teamChange,
  'macsec get': macsecQuery,
  'macsecSc add': macsecScSpec,
  'macsecSc set': macsecScChange,
  'macsecSc delete': macsecScKey,
  'macsecSa add': macsecSaSpec,
  'macsecSa set': macsecSaChange,
  'macsecSa delete': macsecSaKey,
  'token set': tokenSpec,
  'token delete': tokenKey,
  'token list': tokenList,
  'nic get': nicQuery,
  'nic list': nicList,
  'sysctl get': sysctlQuery,
  'sysctl set': sysctlChange,
  'sysctl list': sysctlList,
  'nat add': natSpec,
  'nat delete': natKey,
  'nat list': natFilter,
  'nat flush': natFilter,
  'macFilter set': macFilterSpec,
  'macFilter delete': macFilterKey,
  'macFilter list': macFilterList,
  'socket list': socketFilter,
  'namespace add': (spec) => named(spec, 'spec'),
  'namespace delete': (spec) => named(spec, 'spec'),
  'namespace list': (spec) => nothing(spec, 'spec'),
  ping: pingSpec,
}

/**
 * Checks a request and returns it clean: octets for addresses, defaults filled in.
 *
 * @throws TypeError · RangeError with `code`, `operation`, `subject`, `attribute` and `hint` (see {@link ArgumentFault})
 */
export function cleanRequest(request: LooseRequest): Request {
  const { operation, spec } = request
  const check = checks[operation]
  if (check === undefined) {
    throw argumentError(
      rangeFault(
        'operation',
        `${JSON.stringify(operation)} is none of ${operations.join(', ')}`,
        nearest(String(operation), operations),
      ),
      'execute',
      undefined,
    )
  }
  try {
    return { operation, spec: check(spec) } as Request
  } catch (error) {
    if (error instanceof Fault) throw argumentError(error, operation, wordFor(spec))
    throw error
  }
}

/** Checks the one value that an operation of the client takes beside a spec. */
export function checkArgument<T>(
  operation: string,
  check: (value: unknown, path: string) => T,
  value: unknown,
  path: string,
): T {
  try {
    return check(value, path)
  } catch (error) {
    if (error instanceof Fault)
      throw argumentError(error, operation, typeof value === 'string' ? value : wordFor(value))
    throw error
  }
}

/** What a malformed request was about, in a word. */
function wordFor(spec: unknown): string | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined
  const fields = spec as { readonly [field: string]: unknown }
  for (const field of ['name', 'destination', 'address', 'link', 'kind', 'to']) {
    const value = fields[field]
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number') return String(value)
  }
  return undefined
}

/** Refuses something that is not a function where one is needed. */
export function checkFunction(operation: string, value: unknown): void {
  if (typeof value !== 'function') throw argumentError(typeFault('body', 'a function', value), operation, undefined)
}
