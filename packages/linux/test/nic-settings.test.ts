/** What programs noted of leases and name servers, read from files as they write them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Address, type Link, type Route, settingsOf } from '@vnet/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { leasesOf } from '../src/nic/lease.js'
import { parseResolver, resolversOf } from '../src/nic/resolver.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnet-nic-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function file(path: string, text: string): string {
  const whole = join(root, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
  return whole
}
const link = { index: 2, name: 'enp1s0' } as Link

describe('notes of DHCP clients', () => {
  it('of systemd-networkd', () => {
    const noted = file(
      'run/systemd/netif/leases/2',
      `# This is private data. Do not parse.
ADDRESS=192.0.2.17
NETMASK=255.255.255.0
ROUTER=192.0.2.1
SERVER_ADDRESS=192.0.2.1
LIFETIME=3600
DNS=192.0.2.1 198.51.100.53
DOMAINNAME=example.org
`,
    )
    file('run/systemd/netif/leases/3', 'ADDRESS=192.0.2.99\n')
    expect(leasesOf(link, root)).toEqual([
      {
        client: 'systemd-networkd',
        address: '192.0.2.17',
        server: '192.0.2.1',
        routers: ['192.0.2.1'],
        nameServers: ['192.0.2.1', '198.51.100.53'],
        domains: ['example.org'],
        file: noted,
      },
    ])
  })

  it('of the client inside NetworkManager', () => {
    const uuid = '5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03'
    file(`var/lib/NetworkManager/internal-${uuid}-enp1s0.lease`, 'ADDRESS=192.0.2.18\n')
    file(`var/lib/NetworkManager/internal-${uuid}-wlp3s0.lease`, 'ADDRESS=192.0.2.19\n')
    expect(leasesOf(link, root)).toMatchObject([{ client: 'NetworkManager', address: '192.0.2.18', nameServers: [] }])
  })

  it('of dhclient: the last about the link', () => {
    const block = (interfaceName: string, address: string) => `lease {
  interface "${interfaceName}";
  fixed-address ${address};
  option subnet-mask 255.255.255.0;
  option routers 192.0.2.1;
  option dhcp-server-identifier 192.0.2.2;
  option domain-name-servers 192.0.2.3,192.0.2.4;
  option domain-name "example.net";
  renew 0 2026/11/29 21:00:00;
  expire 1 2026/11/30 09:00:00;
}
`
    file(
      'var/lib/dhcp/dhclient.leases',
      block('enp1s0', '192.0.2.20') + block('enp1s0', '192.0.2.21') + block('eth9', '192.0.2.22'),
    )
    file('var/lib/dhcp/other.leases', block('enp1s0', '192.0.2.23'))
    expect(leasesOf(link, root)).toMatchObject([
      {
        client: 'dhclient',
        address: '192.0.2.21',
        server: '192.0.2.2',
        routers: ['192.0.2.1'],
        nameServers: ['192.0.2.3', '192.0.2.4'],
        domains: ['example.net'],
      },
    ])
  })

  it('that are cut, empty or no notes at all give none', () => {
    file('run/systemd/netif/leases/2', 'ADDRESS=\nDNS=1.2.3')
    file('var/lib/dhcp/dhclient.leases', 'lease {\n  interface "enp1s0";\n  fixed-address 192.0.2.20;\n')
    file('var/lib/NetworkManager/internal-x-enp1s0.lease', '\0\0\0')
    expect(leasesOf(link, root)).toEqual([])
  })
})

describe('name servers', () => {
  it('of resolv.conf(5)', () => {
    const text = `# made by hand
nameserver 192.0.2.53
nameserver fe80::1%enp1s0
nameserver nowhere
options edns0
domain first.example
search a.example b.example
`
    expect(parseResolver(text, 'x')).toEqual({
      file: 'x',
      nameServers: ['192.0.2.53', 'fe80::1%enp1s0'],
      domains: ['a.example', 'b.example'],
    })
    expect(parseResolver('', 'x')).toEqual({ file: 'x', nameServers: [], domains: [] })
  })

  it('of a namespace with a name, and behind the stub of systemd-resolved', () => {
    expect(resolversOf(undefined, root)).toEqual([])
    file('etc/resolv.conf', 'nameserver 127.0.0.53\nsearch lan\n')
    file('run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.54\n')
    file('etc/netns/blue/resolv.conf', 'nameserver 192.0.2.55\n')
    const servers = (name?: string) => resolversOf(name, root).map(({ nameServers }) => nameServers)
    expect(servers()).toEqual([['127.0.0.53'], ['192.0.2.54']])
    expect(servers('blue')).toEqual([['192.0.2.55']])
    expect(servers('red')).toEqual([['127.0.0.53'], ['192.0.2.54']])
  })
})

describe('who set what', () => {
  const address = (text: string, more: Partial<Address> = {}): Address =>
    ({
      link: 2,
      family: text.includes(':') ? 6 : 4,
      address: text,
      prefixLength: text.includes(':') ? 64 : 24,
      scope: 'global',
      flags: [],
      validLifetime: Infinity,
      preferredLifetime: Infinity,
      other: [],
      ...more,
    }) as Address
  const route = (more: Partial<Route>): Route =>
    ({ family: 4, destination: 'default', link: 2, nextHops: [], protocol: 'boot', ...more }) as Route
  const told = (addresses: readonly Address[], routes: readonly Route[] = []) =>
    settingsOf({ link: 2, addresses, routes, leases: [], resolvers: [] })

  it.each<[string, Address, string]>([
    ['of the loopback', address('127.0.0.1', { scope: 'host' }), 'kernel'],
    ['of the loopback, IPv6', address('::1'), 'kernel'],
    ['of the host only, by hand', address('10.1.0.1', { scope: 'host' }), 'static'],
    ['of the link', address('fe80::1', { scope: 'link' }), 'link-local'],
    ['of the link, IPv4', address('169.254.3.4', { scope: 'link' }), 'link-local'],
    ['advertised', address('2001:db8::1', { protocol: 'kernel_ra', validLifetime: 600 }), 'router'],
    ['advertised, of an older kernel', address('2001:db8::1', { flags: ['mngtmpaddr'], validLifetime: 600 }), 'router'],
    ['temporary', address('2001:db8::2', { flags: ['temporary'], validLifetime: 600, prefixLength: 128 }), 'router'],
    ['leased, IPv6', address('2001:db8::3', { validLifetime: 600, prefixLength: 128 }), 'dhcp'],
    ['leased', address('10.0.0.9', { validLifetime: 600 }), 'dhcp'],
    ['by hand', address('10.0.0.9'), 'static'],
    ['by hand, IPv6', address('2001:db8::4'), 'static'],
  ])('%s', (_, given, origin) => {
    const { addresses, method4, method6 } = told([given])
    expect(addresses).toMatchObject([{ origin }])
    expect(given.family === 4 ? method4 : method6).toBe(origin)
  })

  it('routes of protocol dhcp tell of an address without an end', () => {
    const routes = [route({ protocol: 'dhcp', source: '10.0.0.9', via: '10.0.0.1' })]
    expect(told([address('10.0.0.9')], routes)).toMatchObject({
      method4: 'dhcp',
      gateways: [{ via: '10.0.0.1', origin: 'dhcp' }],
    })
  })

  it('a lease counts where the link has its address; what it told comes first', () => {
    const lease = {
      client: 'dhclient',
      address: '10.0.0.9',
      routers: ['10.0.0.1'],
      nameServers: ['10.0.0.1', '192.0.2.53'],
      domains: ['lan'],
      file: 'leases',
    }
    const resolver = { file: 'resolv.conf', nameServers: ['192.0.2.53', '192.0.2.54'], domains: ['lan', 'example.org'] }
    const facts = { link: 2, routes: [route({ via: '10.0.0.1' })], leases: [lease], resolvers: [resolver] }
    expect(settingsOf({ ...facts, addresses: [address('10.0.0.9')] })).toMatchObject({
      method4: 'dhcp',
      lease,
      addresses: [{ because: 'dhclient noted a lease of it in leases' }],
      gateways: [{ origin: 'dhcp', because: 'the lease in leases names it' }],
      nameServers: [
        { address: '10.0.0.1', file: 'leases' },
        { address: '192.0.2.53', file: 'leases' },
        { address: '192.0.2.54', file: 'resolv.conf' },
      ],
      domains: ['lan', 'example.org'],
    })
    const other = settingsOf({ ...facts, addresses: [address('10.0.0.8'), address('10.0.0.9', { link: 3 })] })
    expect(other).toMatchObject({ method4: 'static', gateways: [{ origin: 'static' }] })
    expect(other).not.toHaveProperty('lease')
    expect(other.nameServers).toHaveLength(2)
    const resolvers = [
      { file: 'resolv.conf', nameServers: ['127.0.0.53'], domains: [] },
      { file: 'behind', nameServers: ['192.0.2.53', '10.0.0.1'], domains: [] },
    ]
    expect(settingsOf({ ...facts, resolvers, addresses: [address('10.0.0.9')] }).nameServers).toEqual([
      { address: '10.0.0.1', file: 'leases' },
      { address: '192.0.2.53', file: 'leases' },
      { address: '127.0.0.53', file: 'resolv.conf' },
    ])
  })

  it('routes by other links are not its own', () => {
    expect(told([], [route({ link: 3, via: '10.9.0.1' })]).gateways).toEqual([])
    const way = (link: number, via: string) => ({ link, via, weight: 1, flags: [] })
    const { link: _, ...several } = route({ nextHops: [way(2, '10.0.0.1'), way(3, '10.9.0.1'), way(2, '10.0.0.2')] })
    expect(told([], [several]).gateways).toMatchObject([{ via: '10.0.0.1' }, { via: '10.0.0.2' }])
  })
})
