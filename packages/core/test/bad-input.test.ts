import { describe, expect, it } from 'vitest'
import { type ArgumentError, cleanRequest, isArgumentError, type LooseRequest } from '../src/index.js'

/** [what is wrong, operation, spec, code, path, part of the hint or the message]. Refused before any backend is asked. */
const table: readonly [string, string, unknown, 'VNET_TYPE' | 'VNET_RANGE', string, RegExp][] = [
  [
    'a name of 16 octets',
    'link add',
    { kind: 'bridge', name: 'a234567890123456' },
    'VNET_RANGE',
    'spec.name',
    /16 octets, at most 15/,
  ],
  [
    'a name of 8 letters and 16 octets',
    'link add',
    { kind: 'bridge', name: 'éééééééé' },
    'VNET_RANGE',
    'spec.name',
    /16 octets/,
  ],
  ['a name with /', 'link add', { kind: 'bridge', name: 'a/b' }, 'VNET_RANGE', 'spec.name', /letters, digits/],
  ['a name with a space', 'link add', { kind: 'bridge', name: 'a b' }, 'VNET_RANGE', 'spec.name', /white space/],
  ['an empty name', 'link add', { kind: 'bridge', name: '' }, 'VNET_RANGE', 'spec.name', /let the kernel choose/],
  ['the name .', 'link add', { kind: 'bridge', name: '.' }, 'VNET_RANGE', 'spec.name', /cannot be called/],
  ['the name ..', 'link set', { link: 'a', name: '..' }, 'VNET_RANGE', 'spec.name', /cannot be called/],
  [
    'a number as name',
    'link add',
    { kind: 'bridge', name: 7 },
    'VNET_TYPE',
    'spec.name',
    /a text is needed, not the number 7/,
  ],
  ['no kind', 'link add', { name: 'x' }, 'VNET_TYPE', 'spec.kind', /bridge, veth/],
  ['a number as kind', 'link add', { kind: 1 }, 'VNET_TYPE', 'spec.kind', /text/],
  ['MTU 67', 'link set', { link: 'a', mtu: 67 }, 'VNET_RANGE', 'spec.mtu', /RFC 791/],
  ['MTU as text', 'link set', { link: 'a', mtu: '1500' }, 'VNET_TYPE', 'spec.mtu', /number/],
  ['MTU 1500.5', 'link set', { link: 'a', mtu: 1500.5 }, 'VNET_RANGE', 'spec.mtu', /whole number/],
  ['MTU NaN', 'link set', { link: 'a', mtu: Number.NaN }, 'VNET_RANGE', 'spec.mtu', /whole number/],
  [
    'a multicast MAC',
    'link set',
    { link: 'a', mac: '01:00:5e:00:00:01' },
    'VNET_RANGE',
    'spec.mac',
    /even first octet/,
  ],
  ['a MAC of 5 octets', 'link set', { link: 'a', mac: '02:00:00:00:01' }, 'VNET_RANGE', 'spec.mac', /six octets/],
  ['a MAC of zeros', 'link add', { kind: 'bridge', mac: '00:00:00:00:00:00' }, 'VNET_RANGE', 'spec.mac', /zeros/],
  [
    'a MAC of 5 octets, as octets',
    'link set',
    { link: 'a', mac: new Uint8Array(5) },
    'VNET_RANGE',
    'spec.mac',
    /6 octets, not 5/,
  ],
  [
    'host bits in a route',
    'route add',
    { destination: '10.0.0.1/8', link: 'a' },
    'VNET_RANGE',
    'spec.destination',
    /did you mean 10.0.0.0\/8/,
  ],
  ['/33', 'address add', { link: 'a', address: '10.0.0.1/33' }, 'VNET_RANGE', 'spec.address', /0 to 32/],
  ['/129', 'address add', { link: 'a', address: '::1/129' }, 'VNET_RANGE', 'spec.address', /0 to 128/],
  ['leading zeros', 'address add', { link: 'a', address: '010.0.0.1/8' }, 'VNET_RANGE', 'spec.address', /octal/],
  ['a zone', 'route add', { destination: 'default', via: 'fe80::1%eth0' }, 'VNET_RANGE', 'spec.via', /zone/],
  ['VLAN 0', 'link add', { kind: 'vlan', parent: 'a', vlan: { id: 0 } }, 'VNET_RANGE', 'spec.vlan.id', /1 to 4094/],
  [
    'VLAN 4095',
    'link add',
    { kind: 'vlan', parent: 'a', vlan: { id: 4095 } },
    'VNET_RANGE',
    'spec.vlan.id',
    /1 to 4094/,
  ],
  ['a VLAN without parent', 'link add', { kind: 'vlan', vlan: { id: 1 } }, 'VNET_TYPE', 'spec.parent', /needed/],
  ['a VLAN without id', 'link add', { kind: 'vlan', parent: 'a', vlan: {} }, 'VNET_TYPE', 'spec.vlan.id', /needed/],
  ['a misspelt property', 'link add', { kind: 'bridge', mtuu: 1500 }, 'VNET_TYPE', 'spec.mtuu', /did you mean mtu/],
  [
    'a misspelt option',
    'link add',
    { kind: 'bridge', bridge: { sttp: true } },
    'VNET_TYPE',
    'spec.bridge.sttp',
    /did you mean stp/,
  ],
  [
    'options of another kind',
    'link add',
    { kind: 'veth', bridge: { stp: true } },
    'VNET_TYPE',
    'spec.bridge',
    /no such property/,
  ],
  [
    'port options without a bridge',
    'link add',
    { kind: 'bridge', port: { cost: 1 } },
    'VNET_RANGE',
    'spec.port',
    /give master/,
  ],
  [
    'a forward delay of 31 s',
    'link add',
    { kind: 'bridge', bridge: { forwardDelay: 31 } },
    'VNET_RANGE',
    'spec.bridge.forwardDelay',
    /2 to 30/,
  ],
  [
    'flushing a new bridge',
    'link add',
    { kind: 'bridge', bridge: { fdbFlush: true } },
    'VNET_RANGE',
    'spec.bridge.fdbFlush',
    /link set/,
  ],
  ['options of two kinds', 'link set', { link: 'a', bridge: {}, vlan: {} }, 'VNET_RANGE', 'spec', /one kind/],
  ['a VXLAN without id', 'link add', { kind: 'vxlan', vxlan: {} }, 'VNET_TYPE', 'spec.vxlan.id', /external/],
  [
    'a VXLAN of two families',
    'link add',
    { kind: 'vxlan', vxlan: { id: 1, local: '::1', remote: '10.0.0.1' } },
    'VNET_RANGE',
    'spec.vxlan.local',
    /different versions/,
  ],
  [
    'a peer index alone',
    'link add',
    { kind: 'veth', peer: { index: 9 } },
    'VNET_RANGE',
    'spec.peer.index',
    /give index too/,
  ],
  ['a TUN without name', 'link add', { kind: 'tun' }, 'VNET_TYPE', 'spec.name', /needed/],
  ['index 0', 'link get', { link: 0 }, 'VNET_RANGE', 'spec.link', /whole number from 1/],
  ['no link', 'link delete', {}, 'VNET_TYPE', 'spec.link', /needed/],
  [
    'a label on IPv6',
    'address add',
    { link: 'a', address: '::1/128', label: 'a:1' },
    'VNET_RANGE',
    'spec.label',
    /only IPv4/,
  ],
  [
    'a label of 16 octets',
    'address add',
    { link: 'a', address: '10.0.0.1/8', label: 'a234567890:12345' },
    'VNET_RANGE',
    'spec.label',
    /at most 15/,
  ],
  [
    'a broadcast of a /31',
    'address add',
    { link: 'a', address: '10.0.0.0/31', broadcast: true },
    'VNET_RANGE',
    'spec.broadcast',
    /31/,
  ],
  [
    'preferred longer than valid',
    'address add',
    { link: 'a', address: '10.0.0.1/8', validLifetime: 5, preferredLifetime: 6 },
    'VNET_RANGE',
    'spec.preferredLifetime',
    /greater/,
  ],
  [
    'noDad on IPv4',
    'address add',
    { link: 'a', address: '10.0.0.1/8', noDad: true },
    'VNET_RANGE',
    'spec.noDad',
    /IPv6/,
  ],
  [
    'a peer of another family',
    'address add',
    { link: 'a', address: '10.0.0.1/8', peer: '::1' },
    'VNET_RANGE',
    'spec.peer',
    /another version/,
  ],
  [
    'a route to nowhere',
    'route add',
    { destination: '10.0.0.0/8' },
    'VNET_TYPE',
    'spec.via',
    /via, link, nextHops or nextHopId/,
  ],
  [
    'two gateways',
    'route add',
    { destination: 'default', via: '10.0.0.1', nextHops: [{ via: '10.0.0.2' }] },
    'VNET_RANGE',
    'spec.nextHops',
    /excludes/,
  ],
  [
    'an IPv4 gateway of IPv6',
    'route add',
    { destination: '2001:db8::/32', via: '10.0.0.1' },
    'VNET_RANGE',
    'spec.via',
    /IPv4 gateway/,
  ],
  ['an unknown table', 'route list', { table: 'mian' }, 'VNET_RANGE', 'spec.table', /main, local/],
  ['received without source', 'route get', { to: '10.0.0.1', inputLink: 'a' }, 'VNET_TYPE', 'spec.from', /source/],
  ['a rule that jumps back', 'rule add', { priority: 100, goto: 50 }, 'VNET_RANGE', 'spec.goto', /forward/],
  [
    'a rule of two families',
    'rule add',
    { from: '10.0.0.0/8', to: '::/0' },
    'VNET_RANGE',
    'spec.to',
    /another version/,
  ],
  [
    'a neighbour without MAC',
    'neighbour add',
    { link: 'a', address: '10.0.0.1' },
    'VNET_TYPE',
    'spec.mac',
    /permanent/,
  ],
  [
    'a proxy with MAC',
    'neighbour add',
    { link: 'a', address: '10.0.0.1', mac: '02:00:00:00:00:01', proxy: true },
    'VNET_RANGE',
    'spec.mac',
    /proxy/,
  ],
  [
    'an entry that nobody keeps',
    'fdb add',
    { link: 'a', mac: '02:00:00:00:00:01', self: false },
    'VNET_RANGE',
    'spec.self',
    /kept by/,
  ],
  [
    'a group in a bridge’s FDB',
    'fdb add',
    { link: 'a', mac: '01:00:5e:00:00:01', master: true },
    'VNET_RANGE',
    'spec.mac',
    /group/,
  ],
  ['FDB VLAN 4095', 'fdb add', { link: 'a', mac: '02:00:00:00:00:01', vlan: 4095 }, 'VNET_RANGE', 'spec.vlan', /4094/],
  ['a namespace with /', 'namespace add', { name: 'a/b' }, 'VNET_RANGE', 'spec.name', /no \//],
  ['the namespace ..', 'namespace delete', { name: '..' }, 'VNET_RANGE', 'spec.name', /\.\./],
  ['a number as namespace', 'namespace add', { name: 3 }, 'VNET_TYPE', 'spec.name', /text/],
  ['an unknown operation', 'link ad', {}, 'VNET_RANGE', 'operation', /link add/],
  ['a spec that is a text', 'link add', 'bridge', 'VNET_TYPE', 'spec', /object/],
  ['a ping to a name', 'ping', { address: 'localhost' }, 'VNET_RANGE', 'spec.address', /not an IP address/],
]

describe('what is refused before any backend is asked', () => {
  it.each(table)('%s', (_, operation, spec, code, attribute, words) => {
    let thrown: unknown
    try {
      cleanRequest({ operation, spec } as LooseRequest)
    } catch (error) {
      thrown = error
    }
    expect(isArgumentError(thrown)).toBe(true)
    const error = thrown as ArgumentError
    expect(error).toBeInstanceOf(code === 'VNET_TYPE' ? TypeError : RangeError)
    expect({ code: error.code, attribute: error.attribute }).toEqual({ code, attribute })
    expect(`${error.message} ${error.hint ?? ''}`).toMatch(words)
  })
})

describe('what is let through, and how it is cleaned', () => {
  const clean = (operation: string, spec: unknown) =>
    cleanRequest({ operation, spec } as LooseRequest).spec as Record<string, unknown>
  it('takes octets as well as text', () => {
    expect(
      clean('route add', {
        destination: { octets: Uint8Array.of(10, 0, 0, 0), length: 8 },
        via: Uint8Array.of(10, 0, 0, 1),
      }),
    ).toEqual(clean('route add', { destination: '10.0.0.0/8', via: '10.0.0.1' }))
  })
  it('finds the version of a default route', () => {
    expect(clean('route add', { destination: 'default', via: '2001:db8::1' })).toMatchObject({
      family: 6,
      destination: { length: 0 },
    })
    expect(clean('route add', { destination: 'default', link: 'a' })).toMatchObject({
      family: 4,
      scope: 'link',
      table: 'main',
    })
  })
  it('fills in what ip would', () => {
    expect(clean('route add', { destination: '10.0.0.0/8', type: 'local', link: 'lo' })).toMatchObject({
      table: 'local',
      scope: 'host',
    })
    expect(clean('address add', { link: 'a', address: '10.1.2.3/24', broadcast: true }).broadcast).toEqual(
      Uint8Array.of(10, 1, 2, 255),
    )
    expect(clean('fdb add', { link: 'a', mac: '02:00:00:00:00:01' })).toMatchObject({ self: true })
  })
  it('reads namespaces as people write them', () => {
    expect(clean('link set', { link: 'a', namespace: 'blue' }).namespace).toEqual({ name: 'blue' })
    expect(clean('link set', { link: 'a', namespace: '/proc/1/ns/net' }).namespace).toEqual({ path: '/proc/1/ns/net' })
    expect(clean('link set', { link: 'a', namespace: { ref: { handle: 3 } } }).namespace).toEqual({ handle: 3 })
  })
})
