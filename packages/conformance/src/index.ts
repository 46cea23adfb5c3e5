/**
 * The suite that every backend of vnet runs, and the differential test that keeps two of them honest.
 *
 * @packageDocumentation
 */
import { abort } from './abort.js'
import { address } from './address.js'
import { addressDetection } from './address-detection.js'
import { alias } from './alias.js'
import { anyKind } from './any-kind.js'
import { badInput } from './bad-input.js'
import { batch } from './batch.js'
import { bond } from './bond.js'
import { bondArp } from './bond-arp.js'
import { bondTraffic } from './bond-traffic.js'
import { bridge } from './bridge.js'
import { bridgeAdopt } from './bridge-adopt.js'
import { bridgeFeatures } from './bridge-features.js'
import { bridgeForward } from './bridge-forward.js'
import { bridgeFrames } from './bridge-frames.js'
import { bridgeMst } from './bridge-mst.js'
import { bridgePort } from './bridge-port.js'
import { bridgeSnooping } from './bridge-snooping.js'
import { bridgeStp } from './bridge-stp.js'
import { bridgeSuppress } from './bridge-suppress.js'
import { bridgeTraffic } from './bridge-traffic.js'
import { bridgeTunnel } from './bridge-tunnel.js'
import { bridgeVlan } from './bridge-vlan.js'
import { bridgeVlanFrames } from './bridge-vlan-frames.js'
import { bridgeVlanGlobal } from './bridge-vlan-global.js'
import { bridgeVni } from './bridge-vni.js'
import { capture } from './capture.js'
import { captureFilter } from './capture-filter.js'
import { classOfTraffic } from './class.js'
import { emulating } from './emulating.js'
import { error } from './error.js'
import { fdb } from './fdb.js'
import { fdbEntry } from './fdb-entry.js'
import { filter } from './filter.js'
import { filterBlock } from './filter-block.js'
import { filterPlace } from './filter-place.js'
import { filtering } from './filtering.js'
import { flowerMatching } from './flower-matching.js'
import { flowerTold } from './flower-told.js'
import { forward } from './forward.js'
import { forwardFrames } from './forward-frames.js'
import { geneve } from './geneve.js'
import { groupReport } from './group-report.js'
import { hsr } from './hsr.js'
import { ignoredOption } from './ignored-option.js'
import { ipFrames } from './ip-frames.js'
import { ipvlan } from './ipvlan.js'
import { kindFault } from './kind-fault.js'
import { kindWatch } from './kind-watch.js'
import { leak } from './leak.js'
import { lifecycle } from './lifecycle.js'
import { link } from './link.js'
import { linkFrames } from './link-frames.js'
import { linkPlace } from './link-place.js'
import { linkSetting } from './link-setting.js'
import { loopback } from './loopback.js'
import { macFilter } from './mac-filter.js'
import { macFilterFrames } from './mac-filter-frames.js'
import { macsec } from './macsec.js'
import { macsecKeys } from './macsec-keys.js'
import { macvlan } from './macvlan.js'
import { mdb } from './mdb.js'
import { mdbTraffic } from './mdb-traffic.js'
import { namespace } from './namespace.js'
import { nat } from './nat.js'
import { natConnection } from './nat-connection.js'
import { natDestination } from './nat-destination.js'
import { natSource } from './nat-source.js'
import { natVrf } from './nat-vrf.js'
import { neighbour } from './neighbour.js'
import { nic } from './nic.js'
import { otherKind } from './other-kind.js'
import { ownAction } from './own-action.js'
import { ping } from './ping.js'
import { port } from './port.js'
import { portFault } from './port-fault.js'
import { portFilter } from './port-filter.js'
import { portOffload } from './port-offload.js'
import { portOption } from './port-option.js'
import { portQueue } from './port-queue.js'
import { portStream } from './port-stream.js'
import { pppoeSession } from './pppoe-session.js'
import { qdisc } from './qdisc.js'
import { queueing } from './queueing.js'
import { redirect } from './redirect.js'
import { route } from './route.js'
import { routeGet } from './route-get.js'
import { routeNextHop } from './route-next-hop.js'
import { routerAdvertisement } from './router-advertisement.js'
import { rule } from './rule.js'
import { run } from './run.js'
import { shaping } from './shaping.js'
import { sizeTable } from './size-table.js'
import { socketDgram } from './socket-dgram.js'
import { socketGroup } from './socket-group.js'
import { socketList } from './socket-list.js'
import { socketPacket } from './socket-packet.js'
import { socketRaw } from './socket-raw.js'
import { socketTun } from './socket-tun.js'
import { socketUdp } from './socket-udp.js'
import { type ConformanceSetup, registerSuite } from './suite.js'
import { sysctl } from './sysctl.js'
import { tapLink } from './tap-link.js'
import { team } from './team.js'
import { teamBalancing } from './team-balancing.js'
import { teamOptions } from './team-options.js'
import { teql } from './teql.js'
import { token } from './token.js'
import { trafficAction } from './traffic-action.js'
import { aborted } from './traits/aborted.js'
import { closed } from './traits/closed.js'
import { concurrent } from './traits/concurrent.js'
import { duplicate } from './traits/duplicate.js'
import { missing } from './traits/missing.js'
import { transaction } from './transaction.js'
import { tun } from './tun.js'
import { tunnel } from './tunnel.js'
import { tunnelEffect } from './tunnel-effect.js'
import { tunnelFault } from './tunnel-fault.js'
import { tunnelFrames } from './tunnel-frames.js'
import { tunnelIpsec } from './tunnel-ipsec.js'
import { tunnelLoad } from './tunnel-load.js'
import { tunnelPing } from './tunnel-ping.js'
import { tunnelSixrd } from './tunnel-sixrd.js'
import { tunnelTooLong } from './tunnel-too-long.js'
import { u32Header } from './u32-header.js'
import { u32Table } from './u32-table.js'
import { veth } from './veth.js'
import { vlan } from './vlan.js'
import { vrf } from './vrf.js'
import { vxlan } from './vxlan.js'
import { vxlanExtension } from './vxlan-extension.js'
import { vxlanFrames } from './vxlan-frames.js'
import { watch } from './watch.js'
import { watchOrder } from './watch-order.js'
import { wireguard } from './wireguard.js'

export { type ProgramSubject, programArbitrary } from './arbitrary.js'
export type { DifferentialOptions, DifferentialReport, Mismatch } from './differential.js'
export { differential, mismatchText } from './differential.js'
export {
  type FilterDifferentialOptions,
  type FilterMismatch,
  type FilterReport,
  filterDifferential,
} from './filter-differential.js'
export { kindBirths } from './kind-birth.js'
export type { NormalisedObject, NormalisedState, NormaliseOptions, RawState } from './normalise.js'
export { normalise, normalisedState, readState } from './normalise.js'
export {
  type OffloadDifferentialOptions,
  type OffloadMismatch,
  type OffloadReport,
  offloadDifferential,
} from './offload-differential.js'
export { type Chance, chanceOf } from './random/chance.js'
export { type NetworkOptions, networkProgram } from './random/network.js'
export { type HeadedFrame, headedFrame, type VirtioNumbers } from './random/offload-frame.js'
export { codeOf, type Program, place, type Side, type Step, sides } from './random/program.js'
export { shrink } from './random/shrink.js'
export type { ConformanceSetup } from './suite.js'
export type { TrafficDifferentialOptions, TrafficReport } from './traffic-differential.js'
export { trafficDifferential } from './traffic-differential.js'

/**
 * Registers the suite for a backend, in a test file of vitest.
 *
 * @example
 * conformance({ name: 'mock', createDriver: () => mockDriver() })
 */
export function conformance(setup: ConformanceSetup): void {
  registerSuite(setup, {
    lifecycle,
    leak,
    namespace,
    link,
    'link setting': linkSetting,
    'link place': linkPlace,
    loopback,
    bridge,
    'bridge port': bridgePort,
    'bridge vlan': bridgeVlan,
    'bridge vlan global': bridgeVlanGlobal,
    'bridge mst': bridgeMst,
    'bridge vni': bridgeVni,
    'bridge tunnel': bridgeTunnel,
    mdb,
    'mdb traffic': mdbTraffic,
    'bridge stp': bridgeStp,
    'bridge traffic': bridgeTraffic,
    'bridge forward': bridgeForward,
    'bridge suppress': bridgeSuppress,
    'bridge snooping': bridgeSnooping,
    'bridge frames': bridgeFrames,
    'bridge frames in VLANs': bridgeVlanFrames,
    'link frames': linkFrames,
    'ip frames': ipFrames,
    'address detection': addressDetection,
    redirect,
    'router advertisement': routerAdvertisement,
    token,
    'group report': groupReport,
    veth,
    ipvlan,
    macvlan,
    vrf,
    bond,
    'bond traffic': bondTraffic,
    'bond asking': bondArp,
    team,
    'team options': teamOptions,
    'team balancing': teamBalancing,
    macsec,
    'macsec keys': macsecKeys,
    wireguard,
    hsr,
    vxlan,
    vlan,
    geneve,
    tun,
    'pppoe session': pppoeSession,
    capture,
    'capture filter': captureFilter,
    port,
    'port option': portOption,
    'port queue': portQueue,
    'port filter': portFilter,
    'port fault': portFault,
    'port offload': portOffload,
    'port stream': portStream,
    'tap link': tapLink,
    address,
    alias,
    route,
    'route get': routeGet,
    'route by a nexthop object': routeNextHop,
    rule,
    nic,
    sysctl,
    nat,
    'nat of sources': natSource,
    'nat of destinations': natDestination,
    'connections of nat': natConnection,
    'nat at VRFs': natVrf,
    'bridge adopt': bridgeAdopt,
    'features of bridges': bridgeFeatures,
    'mac filter': macFilter,
    'mac filter frames': macFilterFrames,
    neighbour,
    fdb,
    'fdb entry': fdbEntry,
    qdisc,
    class: classOfTraffic,
    filter,
    'filter places': filterPlace,
    'filter told': flowerTold,
    'filter matching': flowerMatching,
    'u32 table': u32Table,
    'u32 header': u32Header,
    'size table': sizeTable,
    'traffic action': trafficAction,
    'filter block': filterBlock,
    'own action': ownAction,
    shaping,
    queueing,
    emulating,
    filtering,
    batch,
    transaction,
    watch,
    'watch order': watchOrder,
    'kind watch': kindWatch,
    ping,
    forward,
    'forward frames': forwardFrames,
    'socket list': socketList,
    'socket udp': socketUdp,
    'socket group': socketGroup,
    'socket raw': socketRaw,
    'socket packet': socketPacket,
    'socket dgram': socketDgram,
    'socket tun': socketTun,
    run,
    error,
    'bad input': badInput,
    'kind fault': kindFault,
    'trait closed': closed,
    'trait missing': missing,
    'trait duplicate': duplicate,
    'trait aborted': aborted,
    'abort at every await': abort,
    'trait concurrent': concurrent,
    // Last: the modules of tunnels put up to nine fallback links into every namespace that is made from then on. It then
    // takes a kernel with one slow processor three to ten times as long to make and to delete a namespace.
    'other kind': otherKind,
    'any kind': anyKind,
    'ignored option': ignoredOption,
    tunnel,
    'tunnel effect': tunnelEffect,
    'tunnel ping': tunnelPing,
    'tunnel with IPsec': tunnelIpsec,
    'tunnel frames': tunnelFrames,
    'tunnel fault': tunnelFault,
    'tunnel load': tunnelLoad,
    'tunnel rapid deployment': tunnelSixrd,
    'vxlan frames': vxlanFrames,
    'vxlan extension': vxlanExtension,
    'frames too long for a tunnel': tunnelTooLong,
  })
}

/**
 * Registers what only the kernel's first namespace has, in a test file of its own: these tests change that namespace, and are
 * skipped where it is not the one of the test, as on a machine whose tests run in namespaces of their own.
 */
export function firstNamespaceConformance(setup: ConformanceSetup): void {
  registerSuite(setup, { teql }, '-first-namespace')
}
