/** Operations of links that have a control of their own: MACsec, teams, WireGuard. @module */
import type { Operation } from '@vnet/core'
import type { Context } from '../context.js'
import { noLink, type Sample, sample } from './sample-form.js'

const macsecKey = { link: 'ms0', packetNumber: 1, key: '00112233445566778899aabbccddeeff', keyId: '01' } as const

/** Makes what they need. */
export async function prepareDevices({ ns, supports }: Context): Promise<void> {
  if (supports['link macsec'] === true) {
    await ns.link.add({ kind: 'macsec', name: 'ms0', parent: 'v1' })
    await ns.macsecSc.add({ link: 'ms0', sci: '0200000000090001' })
    await ns.macsecSa.add({ ...macsecKey, association: 0 })
  }
  if (supports['link team'] === true) await ns.link.add({ kind: 'team', name: 'te0' })
  if (supports['link wireguard'] === true) await ns.link.add({ kind: 'wireguard', name: 'wg0' })
}

/** What is known of each. */
export const deviceSamples = {
  'socket list': sample(
    false,
    { operation: 'socket list', spec: {} },
    'ok',
    { operation: 'socket list', spec: { port: 9 } },
    { value: [] },
    ['socket list'],
  ),
  'macsec get': sample(
    false,
    { operation: 'macsec get', spec: { link: 'ms0' } },
    'ok',
    { operation: 'macsec get', spec: { link: 'nope' } },
    { value: undefined },
    ['link macsec'],
  ),
  'macsecSc add': sample(
    true,
    { operation: 'macsecSc add', spec: { link: 'ms0', sci: '0200000000080001' } },
    'EEXIST',
    { operation: 'macsecSc add', spec: { link: 'nope', sci: '0200000000080001' } },
    noLink,
    ['link macsec'],
  ),
  'macsecSc set': sample(
    true,
    { operation: 'macsecSc set', spec: { link: 'ms0', sci: '0200000000090001', active: false } },
    'ok',
    { operation: 'macsecSc set', spec: { link: 'ms0', sci: '0200000000070001', active: false } },
    noLink,
    ['link macsec'],
  ),
  'macsecSc delete': sample(
    true,
    { operation: 'macsecSc delete', spec: { link: 'ms0', sci: '0200000000090001' } },
    'ENODEV',
    { operation: 'macsecSc delete', spec: { link: 'ms0', sci: '0200000000070001' } },
    noLink,
    ['link macsec'],
  ),
  'macsecSa add': sample(
    true,
    { operation: 'macsecSa add', spec: { ...macsecKey, association: 1 } },
    'EBUSY',
    { operation: 'macsecSa add', spec: { ...macsecKey, association: 1, sci: '0200000000070001' } },
    noLink,
    ['link macsec'],
  ),
  'macsecSa set': sample(
    true,
    { operation: 'macsecSa set', spec: { link: 'ms0', association: 0, packetNumber: 9 } },
    'ok',
    { operation: 'macsecSa set', spec: { link: 'ms0', association: 3, packetNumber: 9 } },
    noLink,
    ['link macsec'],
  ),
  'macsecSa delete': sample(
    true,
    { operation: 'macsecSa delete', spec: { link: 'ms0', association: 0 } },
    'ENODEV',
    { operation: 'macsecSa delete', spec: { link: 'ms0', association: 3 } },
    noLink,
    ['link macsec'],
  ),
  'team get': sample(
    false,
    { operation: 'team get', spec: { link: 'te0' } },
    'ok',
    { operation: 'team get', spec: { link: 'nope' } },
    { value: undefined },
    ['link team', 'team options'],
  ),
  'team set': sample(
    true,
    { operation: 'team set', spec: { link: 'te0', notifyPeersCount: 3 } },
    'ok',
    { operation: 'team set', spec: { link: 'nope', notifyPeersCount: 3 } },
    noLink,
    ['link team', 'team options'],
  ),
  'wireguard get': sample(
    false,
    { operation: 'wireguard get', spec: { link: 'wg0' } },
    'ok',
    { operation: 'wireguard get', spec: { link: 'nope' } },
    { value: undefined },
    ['link wireguard'],
  ),
  'wireguard set': sample(
    true,
    { operation: 'wireguard set', spec: { link: 'wg0', listenPort: 51820, fwmark: 7 } },
    'ok',
    { operation: 'wireguard set', spec: { link: 'nope', fwmark: 7 } },
    noLink,
    ['link wireguard'],
  ),
} satisfies { readonly [O in Operation]?: Sample }
