/** Requests about links against those that iproute2 sends for the same. */
import { type CleanLinkChange, type Link, parseMac, type Request } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { MessageWriter } from '../src/netlink/writer.js'
import { linkDeleteByGroup, linkGetByAltName } from '../src/rtnetlink/link.js'
import { loadFixture } from './fixtures/load.js'
import { contextOf, dissectLink, encodeLink, recorded } from './link-message.js'

const mac = (text: string) => parseMac(text) as Uint8Array
const blue = { name: 'blue' }
const context = (links = { v0: 3 } as Record<string, number>) => contextOf(links, { blue: 4, red: 5 })

const port = (options: object) => ({ links: { v0: 4 }, change: { link: 'v0', port: options } })
const set = (change: object, links: Record<string, number> = { v0: 3, br0: 2, m0: 4, vx0: 4, tap0: 2 }) => ({
  links,
  change: { link: 'v0', ...change } as CleanLinkChange,
})
const changed: Record<string, { links: Record<string, number>; change: CleanLinkChange }> = {
  'link/set-up': set({ up: true }),
  'link/set-down': set({ up: false }),
  'link/set-mtu': set({ mtu: 1400 }),
  'link/set-address': set({ mac: mac('02:00:00:00:00:99') }),
  'link/set-name': set({ name: 'uplink' }),
  'link/set-alias': set({ alias: 'uplink to the rack' }),
  'link/set-alias-empty': set({ alias: '' }),
  'link/set-master': set({ master: 'br0' }, { v0: 4, br0: 2 }),
  'link/set-nomaster': set({ master: null }, { v0: 4 }),
  'link/set-group': set({ group: 42 }),
  'link/set-txqueuelen': set({ txQueueLength: 250 }),
  'link/set-promisc-on': set({ promiscuous: true }),
  'link/set-promisc-off': set({ promiscuous: false }),
  'link/set-allmulticast-on': set({ allMulticast: true }),
  'link/set-multicast-off': set({ multicast: false }),
  'link/set-arp-off': set({ arp: false }),
  'link/set-netns': set({ namespace: blue }),
  'link/set-netns-and-name': set({ namespace: blue, name: 'eth0' }),
  'link/set-carrier-on': set({ carrier: true }),
  'link/set-carrier-off': set({ link: 'tap0', carrier: false }),
  'link/set-several': set({ up: true, mtu: 1300, mac: mac('02:00:00:00:00:77'), master: 'br0' }, { v0: 4, br0: 2 }),
  'link/set-bridge-options': set({ link: 'br0', bridge: { ageingTime: 60, stp: false } }),
  'link/set-bridge-vlan-filtering': set({ link: 'br0', bridge: { vlanFiltering: true } }),
  'link/set-bridge-fdb-flush': set({ link: 'br0', bridge: { fdbFlush: true } }),
  'link/set-macvlan-mode': set({ link: 'm0', macvlan: { mode: 'private' } }),
  'link/set-macvlan-source-set': set({ link: 'm0', macvlan: { macs: ['02:00:00:00:01:01', '02:00:00:00:01:02'] } }),
  'link/set-vxlan': set({ link: 'vx0', vxlan: { remote: '192.0.2.3', ageing: 60 } }),
  'link/altname-add': set({ addAltNames: ['a-rather-long-alternative-name', 'second'] }),
  'link/altname-delete': set({ deleteAltNames: ['second'] }),
  'bridge-port/link-state': port({ state: 'forwarding' }),
  'bridge-port/slave-priority': port({ priority: 20 }),
  'bridge-port/slave-cost': port({ cost: 1234 }),
  'bridge-port/slave-hairpin': port({ hairpin: true }),
  'bridge-port/slave-guard': port({ guard: true }),
  'bridge-port/slave-root-block': port({ rootBlock: true }),
  'bridge-port/slave-fastleave': port({ fastLeave: true }),
  'bridge-port/slave-learning': port({ learning: false }),
  'bridge-port/slave-flood': port({ flood: false }),
  'bridge-port/slave-mcast-flood': port({ multicastFlood: false }),
  'bridge-port/slave-bcast-flood': port({ broadcastFlood: false }),
  'bridge-port/slave-mcast-to-unicast': port({ multicastToUnicast: true }),
  'bridge-port/slave-mcast-router': port({ multicastRouter: 2 }),
  'bridge-port/slave-proxy-arp': port({ proxyArp: true }),
  'bridge-port/slave-proxy-arp-wifi': port({ proxyArpWifi: true }),
  'bridge-port/slave-group-fwd-mask': port({ groupForwardMask: 8 }),
  'bridge-port/slave-neigh-suppress': port({ neighbourSuppress: true }),
  'bridge-port/slave-vlan-tunnel': port({ vlanTunnel: true }),
  'bridge-port/slave-isolated': port({ isolated: true }),
  'bridge-port/slave-locked': port({ locked: true }),
  'bridge-port/slave-nobackup-port': port({ backupPort: 0 }),
  'bridge-port/slave-backup-port': port({ backupPort: 5 }),
  'bridge-port/slave-fdb-flush': port({ fdbFlush: true }),
}

describe('link set', () => {
  test.each(Object.entries(changed))('%s', (name, { links, change }) => {
    expect(dissectLink(encodeLink({ operation: 'link set', spec: change }, context(links)))).toEqual(recorded(name))
  })

  test('macvlan options go to a macvtap under its own word', () => {
    const known = { ...context({ m0: 4 }), linkBefore: () => ({ kind: 'macvtap' }) as Link }
    const request: Request = { operation: 'link set', spec: { link: 'm0', macvlan: { mode: 'private' } } }
    expect(Buffer.from(encodeLink(request, known)).includes('macvtap')).toBe(true)
    expect(Buffer.from(encodeLink(request, context({ m0: 4 }))).includes('macvlan')).toBe(true)
  })
})

describe('the other requests', () => {
  test('link delete', () => {
    const request: Request = { operation: 'link delete', spec: { link: 'v0' } }
    expect(dissectLink(encodeLink(request, context()))).toEqual(recorded('link/delete-by-name'))
  })
  test('deleting a group', () => {
    const to = new MessageWriter()
    linkDeleteByGroup(to, 42)
    expect(dissectLink(to.bytes.slice(0, to.length))).toEqual(recorded('link/delete-by-group'))
  })

  // iproute2 asks for virtual functions (bit 0), which vnet never does, and lists family AF_PACKET, which is no other list.
  const withoutVf = (bytes: Uint8Array) =>
    dissectLink(bytes).map((line) => line.replace(/^29: 0[19]/, '29: 08').replace(/^header 11/, 'header 00'))
  const all = (name: string) => {
    const { helpers, requests } = loadFixture(name)
    return [...helpers.map(({ request }) => request), ...requests]
  }
  const isDump = (bytes: Uint8Array) => bytes[7] === 3
  const dumped = (name: string) => withoutVf(all(name).find(isDump) as Uint8Array)
  const helper = (name: string) => withoutVf(loadFixture(name).helpers[0]?.request as Uint8Array)

  test('link get by index', () => {
    const request: Request = { operation: 'link get', spec: { link: 2 } }
    const index = withoutVf(loadFixture('link/get-by-name').requests[0] as Uint8Array)
    expect(dissectLink(encodeLink(request, context()))).toEqual(index)
  })
  test('link get by name', () => {
    const request: Request = { operation: 'link get', spec: { link: 'v0' } }
    expect(dissectLink(encodeLink(request, context({})))).toEqual(helper('link/get-by-name'))
  })
  test('link get by a name of 16 octets or more is by alternative name instead', () => {
    const request: Request = { operation: 'link get', spec: { link: 'a-rather-long-alternative-name' } }
    expect(dissectLink(encodeLink(request, context({})))).toEqual(helper('link/get-by-altname'))
    const octets = encodeLink({ operation: 'link get', spec: { link: 'ééééééé1' } }, context({}))
    expect(dissectLink(octets).at(-1)).toMatch(/^3: /)
    const more = encodeLink({ operation: 'link get', spec: { link: 'éééééééé' } }, context({}))
    expect(dissectLink(more).at(-1)).toMatch(/^53: /)
    const to = new MessageWriter()
    linkGetByAltName(to, {}, 'v0')
    expect(dissectLink(to.bytes.slice(0, to.length)).at(-1)).toBe('53: 76 30')
  })
  test('link list by kind and master', () => {
    const by = (spec: object) => dissectLink(encodeLink({ operation: 'link list', spec }, context({ br0: 2 })))
    expect(by({ kind: 'veth' })).toEqual(dumped('link/list-kind'))
    expect(by({ master: 'br0' })).toEqual(dumped('link/list-master'))
    expect(by({ kind: 'tap' }).join()).toContain('18.1: 74 75 6e')
    expect(by({ statistics: true }).join()).not.toContain('29:')
  })
})
