/** One object a noun, each method one request; aliases are made of requests for addresses. @module */
import type { CallOptions } from '../driver.js'
import type { Operation, Requests, Result } from '../request.js'
import { aliasClient } from './alias.js'
import type { NetworkObjects } from './api.js'
import type { LooseRequest, LooseRequests } from './loose-request.js'

/** Carries out one request and returns its value, or throws. */
export type Call = <O extends Operation>(
  operation: O,
  spec: LooseRequests[O],
  options?: CallOptions,
) => Promise<Requests[O]['result']>

/** Carries out a list of requests with nothing in between, and tells what became of each. */
export type CallAll = (requests: readonly LooseRequest[]) => Promise<readonly Result<unknown>[]>

/** The objects of a namespace, all through these two functions. */
export function networkObjects(call: Call, callAll: CallAll): NetworkObjects {
  return {
    link: {
      add: (spec, options) => call('link add', spec, options),
      set: (link, change, options) => call('link set', { ...change, link }, options),
      delete: (link, options) => call('link delete', { link }, options),
      get: (link, options) => call('link get', linkQuery(link, options?.statistics), options),
      list: (filter = {}, options) => call('link list', filter, options),
    },
    address: {
      add: (spec, options) => call('address add', spec, options),
      set: (spec, options) => call('address set', spec, options),
      delete: (key, options) => call('address delete', key, options),
      list: (filter = {}, options) => call('address list', filter, options),
    },
    alias: aliasClient(call, callAll),
    route: {
      add: (spec, options) => call('route add', spec, options),
      set: (spec, options) => call('route set', spec, options),
      delete: (spec, options) => call('route delete', spec, options),
      get: (query, options) => call('route get', typeof query === 'string' ? { to: query } : query, options),
      list: (filter = {}, options) => call('route list', filter, options),
    },
    rule: {
      add: (spec, options) => call('rule add', spec, options),
      delete: (spec, options) => call('rule delete', spec, options),
      list: (filter = {}, options) => call('rule list', filter, options),
    },
    neighbour: {
      add: (spec, options) => call('neighbour add', spec, options),
      set: (spec, options) => call('neighbour set', spec, options),
      delete: (key, options) => call('neighbour delete', key, options),
      get: (key, options) => call('neighbour get', key, options),
      list: (filter = {}, options) => call('neighbour list', filter, options),
    },
    fdb: {
      add: (spec, options) => call('fdb add', spec, options),
      set: (spec, options) => call('fdb set', spec, options),
      delete: (key, options) => call('fdb delete', key, options),
      get: (query, options) => call('fdb get', query, options),
      list: (filter = {}, options) => call('fdb list', filter, options),
      flush: (flush, options) => call('fdb flush', flush, options),
    },
    bridgeVlan: {
      add: (spec, options) => call('bridgeVlan add', spec, options),
      set: (change, options) => call('bridgeVlan set', change, options),
      delete: (key, options) => call('bridgeVlan delete', key, options),
      list: (filter = {}, options) => call('bridgeVlan list', filter, options),
    },
    bridgeVlanGlobal: {
      set: (change, options) => call('bridgeVlanGlobal set', change, options),
      list: (filter = {}, options) => call('bridgeVlanGlobal list', filter, options),
    },
    bridgeMst: {
      set: (change, options) => call('bridgeMst set', change, options),
      list: (filter = {}, options) => call('bridgeMst list', filter, options),
    },
    token: {
      set: (spec, options) => call('token set', spec, options),
      delete: (key, options) => call('token delete', key, options),
      list: (filter = {}, options) => call('token list', filter, options),
    },
    bridgeVni: {
      add: (spec, options) => call('bridgeVni add', spec, options),
      delete: (key, options) => call('bridgeVni delete', key, options),
      list: (filter = {}, options) => call('bridgeVni list', filter, options),
    },
    mdb: {
      add: (spec, options) => call('mdb add', spec, options),
      set: (spec, options) => call('mdb set', spec, options),
      delete: (key, options) => call('mdb delete', key, options),
      list: (filter = {}, options) => call('mdb list', filter, options),
      flush: (flush, options) => call('mdb flush', flush, options),
    },
    mdbRouter: {
      list: (filter = {}, options) => call('mdbRouter list', filter, options),
    },
    qdisc: {
      add: (spec, options) => call('qdisc add', spec, options),
      set: (spec, options) => call('qdisc set', spec, options),
      change: (spec, options) => call('qdisc change', spec, options),
      delete: (key, options) => call('qdisc delete', key, options),
      list: (filter = {}, options) => call('qdisc list', filter, options),
    },
    class: {
      add: (spec, options) => call('class add', spec, options),
      set: (spec, options) => call('class set', spec, options),
      change: (spec, options) => call('class change', spec, options),
      delete: (key, options) => call('class delete', key, options),
      list: (filter, options) => call('class list', filter, options),
    },
    filter: {
      add: (spec, options) => call('filter add', spec, options),
      set: (spec, options) => call('filter set', spec, options),
      change: (spec, options) => call('filter change', spec, options),
      delete: (key, options) => call('filter delete', key, options),
      list: (query, options) => call('filter list', query, options),
    },
    action: {
      add: (spec, options) => call('action add', spec, options),
      set: (spec, options) => call('action set', spec, options),
      delete: (key, options) => call('action delete', key, options),
      get: (key, options) => call('action get', key, options),
      list: (filter, options) => call('action list', filter, options),
      flush: (which, options) => call('action flush', which, options),
    },
    wireguard: {
      get: (link, options) => call('wireguard get', wireguardQuery(link, options?.secrets), options),
      set: (link, change, options) => call('wireguard set', { ...change, link }, options),
    },
    team: {
      get: (link, options) => call('team get', { link }, options),
      set: (link, change, options) => call('team set', { ...change, link }, options),
    },
    nic: {
      get: (link, options) => call('nic get', nicQuery(link, options?.settings), options),
      list: (filter = {}, options) => call('nic list', filter, options),
    },
    sysctl: {
      get: (name, options) => call('sysctl get', { name }, options),
      set: (name, value, options) => call('sysctl set', { name, value }, options),
      list: (filter = {}, options) => call('sysctl list', filter, options),
    },
    nat: {
      add: (spec, options) => call('nat add', spec, options),
      delete: ({ family, handle }, options) =>
        call('nat delete', family === undefined ? { handle } : { family, handle }, options),
      list: (filter = {}, options) => call('nat list', filter, options),
      flush: (filter = {}, options) => call('nat flush', filter, options),
    },
    macFilter: {
      set: (spec, options) => call('macFilter set', spec, options),
      delete: ({ link }, options) => call('macFilter delete', { link }, options),
      list: (filter = {}, options) => call('macFilter list', filter, options),
    },
    socket: {
      list: (filter = {}, options) => call('socket list', filter, options),
    },
    macsec: {
      get: (link, options) =>
        call('macsec get', { link, ...(options?.statistics ? { statistics: true } : {}) }, options),
    },
    macsecSc: {
      add: (spec, options) => call('macsecSc add', spec, options),
      set: (spec, options) => call('macsecSc set', spec, options),
      delete: (key, options) => call('macsecSc delete', key, options),
    },
    macsecSa: {
      add: (spec, options) => call('macsecSa add', spec, options),
      set: (change, options) => call('macsecSa set', change, options),
      delete: (key, options) => call('macsecSa delete', key, options),
    },
  }
}

const wireguardQuery = (link: LooseRequests['wireguard get']['link'], secrets: boolean | undefined) =>
  secrets === undefined ? { link } : { link, secrets }

const nicQuery = (link: LooseRequests['nic get']['link'], settings: boolean | undefined) =>
  settings === undefined ? { link } : { link, settings }

const linkQuery = (link: LooseRequests['link get']['link'], statistics: boolean | undefined) =>
  statistics === undefined ? { link } : { link, statistics }
