/** Operations of `bridge`: FDB entries, VLANs, multicast groups. @module */
import type { Operation } from '@vnet/core'
import type { Context } from '../context.js'
import { mac } from '../surroundings.js'
import { noLink, type Sample, sample } from './sample-form.js'

const vlans = ['bridge vlan-filtering'] as const
const member = { bridge: 'br0', port: 'v0' } as const

/** Makes what they need. */
export async function prepareBridge({ ns, supports }: Context): Promise<void> {
  await ns.fdb.add({ link: 'v0', mac: mac(0xaa), master: true, state: 'static' })
  await ns.mdb.add({ ...member, group: '239.7.7.8', state: 'permanent' })
  if (supports['bridge vlan-filtering'] === true) {
    await ns.link.add({ kind: 'bridge', name: 'tree0', bridge: { vlanFiltering: true, mstEnabled: true } })
    await ns.link.add({ kind: 'veth', name: 'leaf0', master: 'tree0', peer: { name: 'leaf1' } })
    await ns.bridgeVlanGlobal.set({ bridge: 'tree0', vlan: 1, msti: 2 })
  }
  if (supports['link vxlan'] === true) {
    await ns.link.add({ kind: 'vxlan', name: 'vni0', vxlan: { external: true, vniFilter: true, port: 4799 } })
    await ns.bridgeVni.add({ link: 'vni0', vni: [100, 110] })
  }
  if (supports['mac filter'] === true) await ns.macFilter.set({ link: 'v0', deny: [mac(0xdd)] })
}

/** What is known of each. */
export const bridgeSamples = {
  'macFilter set': sample(
    true,
    { operation: 'macFilter set', spec: { link: 'v1', allow: [mac(0xab)] } },
    'ok',
    // A filter may wait for its link: there is no subject that could be missing.
    { operation: 'macFilter set', spec: { link: 'nope', deny: [mac(0xab)] } },
    { value: undefined },
    ['mac filter'],
  ),
  'macFilter delete': sample(
    true,
    { operation: 'macFilter delete', spec: { link: 'v0' } },
    'ENOENT',
    { operation: 'macFilter delete', spec: { link: 'nope' } },
    { code: 'ENOENT' },
    ['mac filter'],
  ),
  'macFilter list': sample(
    false,
    { operation: 'macFilter list', spec: {} },
    'ok',
    { operation: 'macFilter list', spec: { link: 'nope' } },
    { value: [] },
    ['mac filter'],
  ),
  'fdb add': sample(
    true,
    { operation: 'fdb add', spec: { link: 'v0', mac: mac(0xab), master: true, state: 'static' } },
    'EEXIST',
    { operation: 'fdb add', spec: { link: 'nope', mac: mac(0xab), master: true } },
    noLink,
  ),
  'fdb set': sample(
    true,
    { operation: 'fdb set', spec: { link: 'v0', mac: mac(0xab), master: true, state: 'static' } },
    'ok',
    { operation: 'fdb set', spec: { link: 'nope', mac: mac(0xab), master: true } },
    noLink,
  ),
  'fdb delete': sample(
    true,
    { operation: 'fdb delete', spec: { link: 'v0', mac: mac(0xaa), master: true } },
    'ENOENT',
    { operation: 'fdb delete', spec: { link: 'v0', mac: mac(0xdd), master: true } },
    { code: 'ENOENT' },
  ),
  'fdb get': sample(
    false,
    { operation: 'fdb get', spec: { link: 'v0', mac: mac(0xaa), master: true } },
    'ok',
    { operation: 'fdb get', spec: { link: 'v0', mac: mac(0xdd), master: true } },
    { value: undefined },
  ),
  'fdb list': sample(
    false,
    { operation: 'fdb list', spec: { link: 'v0' } },
    'ok',
    { operation: 'fdb list', spec: { link: 'nope' } },
    noLink,
  ),
  'fdb flush': sample(
    true,
    { operation: 'fdb flush', spec: { link: 'br0', permanent: false } },
    'ok',
    { operation: 'fdb flush', spec: { link: 'nope' } },
    noLink,
    ['fdb flush'],
  ),
  'bridgeVlan add': sample(
    true,
    { operation: 'bridgeVlan add', spec: { link: 'v0', vlan: [10, 12] } },
    'ok',
    { operation: 'bridgeVlan add', spec: { link: 'nope', vlan: 10 } },
    noLink,
    vlans,
  ),
  'bridgeVlan set': sample(
    true,
    { operation: 'bridgeVlan set', spec: { link: 'v0', vlan: 1, multicastRouter: 2 } },
    'ok',
    { operation: 'bridgeVlan set', spec: { link: 'v0', vlan: 99, multicastRouter: 2 } },
    { code: 'ENOENT' },
    vlans,
  ),
  'bridgeVlan delete': sample(
    true,
    { operation: 'bridgeVlan delete', spec: { link: 'v0', vlan: 1 } },
    'ok',
    { operation: 'bridgeVlan delete', spec: { link: 'nope', vlan: 1 } },
    noLink,
    vlans,
  ),
  'bridgeVlan list': sample(
    false,
    { operation: 'bridgeVlan list', spec: { link: 'v0' } },
    'ok',
    { operation: 'bridgeVlan list', spec: { link: 'nope' } },
    noLink,
  ),
  'bridgeVlanGlobal set': sample(
    true,
    { operation: 'bridgeVlanGlobal set', spec: { bridge: 'br0', vlan: 1, multicastQuerier: true } },
    'ok',
    { operation: 'bridgeVlanGlobal set', spec: { bridge: 'br0', vlan: 99, multicastQuerier: true } },
    { code: 'ENOENT' },
    vlans,
  ),
  'bridgeVlanGlobal list': sample(
    false,
    { operation: 'bridgeVlanGlobal list', spec: { bridge: 'br0' } },
    'ok',
    { operation: 'bridgeVlanGlobal list', spec: { bridge: 'nope' } },
    noLink,
  ),
  'bridgeMst set': sample(
    true,
    { operation: 'bridgeMst set', spec: { link: 'leaf0', msti: 2, state: 'forwarding' } },
    'ok',
    { operation: 'bridgeMst set', spec: { link: 'nope', msti: 2, state: 'forwarding' } },
    noLink,
    vlans,
  ),
  'bridgeMst list': sample(
    false,
    { operation: 'bridgeMst list', spec: { link: 'v0' } },
    'ok',
    { operation: 'bridgeMst list', spec: { link: 'nope' } },
    noLink,
  ),
  'bridgeVni add': sample(
    true,
    { operation: 'bridgeVni add', spec: { link: 'vni0', vni: [109, 120], remote: '192.0.2.1' } },
    'ok',
    { operation: 'bridgeVni add', spec: { link: 'nope', vni: 7 } },
    noLink,
    ['link vxlan'],
  ),
  'bridgeVni delete': sample(
    true,
    { operation: 'bridgeVni delete', spec: { link: 'vni0', vni: 100 } },
    'ENOENT',
    { operation: 'bridgeVni delete', spec: { link: 'nope', vni: 7 } },
    noLink,
    ['link vxlan'],
  ),
  'bridgeVni list': sample(
    false,
    { operation: 'bridgeVni list', spec: { link: 'v0' } },
    'ok',
    { operation: 'bridgeVni list', spec: { link: 'nope' } },
    noLink,
  ),
  'mdb add': sample(
    true,
    { operation: 'mdb add', spec: { ...member, group: '239.7.7.7' } },
    'EEXIST',
    { operation: 'mdb add', spec: { ...member, port: 'nope', group: '239.7.7.7' } },
    noLink,
  ),
  'mdb set': sample(
    true,
    { operation: 'mdb set', spec: { ...member, group: '239.7.7.7', state: 'permanent' } },
    'ok',
    { operation: 'mdb set', spec: { ...member, bridge: 'nope', group: '239.7.7.7' } },
    noLink,
    ['mdb sources'],
  ),
  'mdb delete': sample(
    true,
    { operation: 'mdb delete', spec: { ...member, group: '239.7.7.8' } },
    'EINVAL',
    { operation: 'mdb delete', spec: { ...member, group: '239.7.7.9' } },
    { code: 'EINVAL' },
  ),
  'mdb list': sample(
    false,
    { operation: 'mdb list', spec: { bridge: 'br0' } },
    'ok',
    { operation: 'mdb list', spec: { port: 'nope' } },
    noLink,
  ),
  'mdb flush': sample(
    true,
    { operation: 'mdb flush', spec: { bridge: 'br0', port: 'v0' } },
    'ok',
    { operation: 'mdb flush', spec: { bridge: 'nope' } },
    noLink,
    ['mdb flush'],
  ),
  'mdbRouter list': sample(
    false,
    { operation: 'mdbRouter list', spec: { bridge: 'br0' } },
    'ok',
    { operation: 'mdbRouter list', spec: { bridge: 'nope' } },
    noLink,
  ),
} satisfies { readonly [O in Operation]?: Sample }
