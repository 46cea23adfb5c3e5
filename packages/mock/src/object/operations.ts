/** From a request to what carries it out. @module */
import type { Request } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { listSockets } from '../socket/list.js'
import { unsupported } from '../supports.js'
import { deleteClass, listClasses, setClass } from '../traffic/class.js'
import { deleteFilter, listFilters, setFilter } from '../traffic/filter.js'
import { deleteAction, flushActions, getAction, listActions, setAction } from '../traffic/own-action.js'
import { deleteQdisc, listQdiscs, setQdisc } from '../traffic/qdisc.js'
import { deleteAddress, listAddresses, setAddress } from './address.js'
import { listBridgeMsts, setBridgeMst } from './bridge-mst.js'
import {
  addBridgeVlans,
  deleteBridgeVlans,
  listBridgeVlanGlobals,
  listBridgeVlans,
  setBridgeVlanGlobals,
  setBridgeVlans,
} from './bridge-vlan.js'
import { addBridgeVnis, deleteBridgeVnis, listBridgeVnis } from './bridge-vni.js'
import { deleteFdb, flushFdb, getFdb, listFdb, setFdb } from './fdb.js'
import { addLink } from './link-add.js'
import { deleteLink } from './link-delete.js'
import { getLink, listLinks } from './link-list.js'
import { setLink } from './link-set.js'
import { deleteMacFilter, listMacFilters, setMacFilter } from './mac-filter.js'
import {
  addAssociation,
  addChannel,
  deleteAssociation,
  deleteChannel,
  getMacsec,
  setAssociation,
  setChannel,
} from './macsec.js'
import { deleteMdb, flushMdb, listMdb, listMdbRouters, setMdb } from './mdb.js'
import { addNat, deleteNat, flushNat, listNat } from './nat.js'
import { deleteNeighbour, getNeighbour, listNeighbours, setNeighbour } from './neighbour.js'
import { getNic, listNics } from './nic.js'
import { deleteRoute, listRoutes, setRoute } from './route.js'
import { getRoute } from './route-get.js'
import { addRule, deleteRule, listRules } from './rule.js'
import { getSysctl, listSysctls, setSysctl } from './sysctl.js'
import { getTeam, setTeam } from './team.js'
import { deleteToken, listTokens, setToken } from './token.js'
import { getWireguard, setWireguard } from './wireguard.js'

/** Carries out a request; the result, or a function that gives it once all that follows has happened. */
export function carryOut(kernel: Kernel, namespace: Namespace, request: Request): unknown {
  switch (request.operation) {
    case 'macsec get':
      return getMacsec(namespace, request.spec)
    case 'macsecSc add':
      return addChannel(namespace, request.spec)
    case 'macsecSc set':
      return setChannel(namespace, request.spec)
    case 'macsecSc delete':
      return deleteChannel(namespace, request.spec)
    case 'macsecSa add':
      return addAssociation(namespace, request.spec)
    case 'macsecSa set':
      return setAssociation(namespace, request.spec)
    case 'macsecSa delete':
      return deleteAssociation(namespace, request.spec)
    case 'team get':
      return getTeam(kernel, namespace, request.spec)
    case 'team set':
      return setTeam(kernel, namespace, request.spec)
    case 'wireguard get':
      return getWireguard(namespace, request.spec)
    case 'wireguard set':
      return setWireguard(kernel, namespace, request.spec)
    case 'link add':
      return addLink(kernel, namespace, request.spec)
    case 'link set':
      return setLink(kernel, namespace, request.spec)
    case 'link delete':
      return deleteLink(kernel, namespace, request.spec.link)
    case 'link get':
      return getLink(kernel, namespace, request.spec)
    case 'link list':
      return listLinks(kernel, namespace, request.spec)
    case 'address add':
      return setAddress(kernel, namespace, request.spec, false)
    case 'address set':
      return setAddress(kernel, namespace, request.spec, true)
    case 'address delete':
      return deleteAddress(kernel, namespace, request.spec)
    case 'address list':
      return listAddresses(kernel, namespace, request.spec)
    case 'route add':
      return setRoute(kernel, namespace, request.spec, false)
    case 'route set':
      return setRoute(kernel, namespace, request.spec, true)
    case 'route delete':
      return deleteRoute(kernel, namespace, request.spec)
    case 'route get':
      return getRoute(kernel, namespace, request.spec)
    case 'route list':
      return listRoutes(kernel, namespace, request.spec)
    case 'rule add':
      return addRule(namespace, request.spec)
    case 'rule delete':
      return deleteRule(namespace, request.spec)
    case 'rule list':
      return listRules(namespace, request.spec)
    case 'neighbour add':
      return setNeighbour(kernel, namespace, request.spec, false)
    case 'neighbour set':
      return setNeighbour(kernel, namespace, request.spec, true)
    case 'neighbour delete':
      return deleteNeighbour(kernel, namespace, request.spec)
    case 'neighbour get':
      return getNeighbour(namespace, request.spec)
    case 'neighbour list':
      return listNeighbours(namespace, request.spec)
    case 'fdb add':
      return setFdb(kernel, namespace, request.spec, false)
    case 'fdb set':
      return setFdb(kernel, namespace, request.spec, true)
    case 'fdb delete':
      return deleteFdb(kernel, namespace, request.spec)
    case 'fdb get':
      return getFdb(kernel, namespace, request.spec)
    case 'fdb list':
      return listFdb(kernel, namespace, request.spec)
    case 'fdb flush':
      return flushFdb(kernel, namespace, request.spec)
    case 'bridgeVlan add':
      return addBridgeVlans(kernel, namespace, request.spec)
    case 'bridgeVlan set':
      return setBridgeVlans(kernel, namespace, request.spec)
    case 'bridgeVlan delete':
      return deleteBridgeVlans(kernel, namespace, request.spec)
    case 'bridgeVlan list':
      return listBridgeVlans(namespace, request.spec)
    case 'bridgeVlanGlobal set':
      return setBridgeVlanGlobals(kernel, namespace, request.spec)
    case 'bridgeVlanGlobal list':
      return listBridgeVlanGlobals(kernel, namespace, request.spec)
    case 'bridgeMst set':
      return setBridgeMst(kernel, namespace, request.spec)
    case 'bridgeMst list':
      return listBridgeMsts(namespace, request.spec)
    case 'token set':
      return setToken(kernel, namespace, request.spec)
    case 'token delete':
      return deleteToken(kernel, namespace, request.spec)
    case 'token list':
      return listTokens(namespace, request.spec)
    case 'bridgeVni add':
      return addBridgeVnis(kernel, namespace, request.spec)
    case 'bridgeVni delete':
      return deleteBridgeVnis(kernel, namespace, request.spec)
    case 'bridgeVni list':
      return listBridgeVnis(namespace, request.spec)
    case 'mdb add':
      return setMdb(kernel, namespace, request.spec, false)
    case 'mdb set':
      return setMdb(kernel, namespace, request.spec, true)
    case 'mdb delete':
      return deleteMdb(kernel, namespace, request.spec)
    case 'mdb list':
      return listMdb(kernel, namespace, request.spec)
    case 'mdb flush':
      return flushMdb(kernel, namespace, request.spec)
    case 'mdbRouter list':
      return listMdbRouters(kernel, namespace, request.spec)
    case 'qdisc add':
      return setQdisc(kernel, namespace, request.spec, 'add')
    case 'qdisc set':
      return setQdisc(kernel, namespace, request.spec, 'set')
    case 'qdisc change':
      return setQdisc(kernel, namespace, request.spec, 'change')
    case 'qdisc delete':
      return deleteQdisc(namespace, request.spec)
    case 'qdisc list':
      return listQdiscs(namespace, request.spec)
    case 'class add':
      return setClass(namespace, request.spec, 'add')
    case 'class set':
      return setClass(namespace, request.spec, 'set')
    case 'class change':
      return setClass(namespace, request.spec, 'change')
    case 'class delete':
      return deleteClass(namespace, request.spec)
    case 'class list':
      return listClasses(namespace, request.spec)
    case 'filter add':
      return setFilter(kernel, namespace, request.spec, 'add')
    case 'filter set':
      return setFilter(kernel, namespace, request.spec, 'set')
    case 'filter change':
      return setFilter(kernel, namespace, request.spec, 'change')
    case 'filter delete':
      return deleteFilter(kernel, namespace, request.spec)
    case 'filter list':
      return listFilters(kernel, namespace, request.spec)
    case 'action add':
      return setAction(kernel, namespace, request.spec, 'add')
    case 'action set':
      return setAction(kernel, namespace, request.spec, 'set')
    case 'action delete':
      return deleteAction(kernel, namespace, request.spec)
    case 'action get':
      return getAction(kernel, namespace, request.spec)
    case 'action list':
      return listActions(kernel, namespace, request.spec)
    case 'action flush':
      return flushActions(kernel, namespace, request.spec)
    case 'nic get':
      return getNic(kernel, namespace, request.spec)
    case 'nic list':
      return listNics(kernel, namespace, request.spec)
    case 'sysctl get':
      return getSysctl(kernel, namespace, request.spec)
    case 'sysctl set':
      return setSysctl(kernel, namespace, request.spec)
    case 'sysctl list':
      return listSysctls(kernel, namespace, request.spec)
    case 'nat add':
      return addNat(kernel, namespace, request.spec)
    case 'nat delete':
      return deleteNat(namespace, request.spec)
    case 'nat list':
      return listNat(namespace, request.spec)
    case 'nat flush':
      return flushNat(namespace, request.spec)
    case 'macFilter set':
      return setMacFilter(kernel, namespace, request.spec)
    case 'macFilter delete':
      return deleteMacFilter(namespace, request.spec)
    case 'macFilter list':
      return listMacFilters(namespace, request.spec)
    case 'socket list':
      return listSockets(namespace, request.spec)
    case 'namespace add':
      return kernel.namespaces.addNamed(request.spec.name)
    case 'namespace delete':
      return kernel.namespaces.deleteNamed(request.spec.name)
    case 'namespace list':
      return kernel.namespaces.list(namespace)
    case 'ping':
      throw unsupported('ping', 'packets')
  }
}
