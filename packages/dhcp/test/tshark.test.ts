/** What our machines say to each other, read by tshark: the same values, and no complaint. */
import { expect, test } from 'vitest'
import { type DhcpLease, type DhcpOptions, encodeDhcpMessage } from '../src/index.js'
import { datagramFrame } from '../src/run/frame.js'
import { Network } from './network.js'
import { complaints, noTshark, tsharkFields } from './tshark.js'

const options: DhcpOptions = {
  routers: ['10.0.0.1', '10.0.0.2'],
  'dns-servers': ['10.0.0.53', '10.0.0.54'],
  'domain-name': 'lab.example',
  'domain-search': ['lab.example', 'more.lab.example', 'other'],
  'classless-routes': [
    { destination: '0.0.0.0/0', router: '10.0.0.1' },
    { destination: '10.128.0.0/9', router: '10.0.0.2' },
  ],
  'ntp-servers': ['10.0.0.123'],
  mtu: 1400,
  'broadcast-address': '10.0.0.255',
}

function framed(bytes: Uint8Array, isAnswer: boolean): Uint8Array {
  const [server, client] = [
    { mac: '02:00:00:00:00:fe', ip: '10.0.0.1', port: 67 },
    { mac: '02:00:00:00:00:01', ip: '0.0.0.0', port: 68 },
  ] as const
  const [from, to] = isAnswer ? [server, client] : [client, server]
  return datagramFrame(
    {
      sourceMac: from.mac,
      destinationMac: isAnswer ? to.mac : 'ff:ff:ff:ff:ff:ff',
      source: from.ip,
      destination: '255.255.255.255',
      sourcePort: from.port,
      destinationPort: to.port,
    },
    bytes,
  )
}

test('the life of leases: every message, and every value', ({ skip }) => {
  if (noTshark !== undefined) skip(noTshark)
  const network = new Network()
  network.server({ subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.100', '10.0.0.109']], options }] })
  network.occupied.add('10.0.0.100')
  const fqdn = { serverUpdates: true, name: 'one.lab.example.' }
  const client = network.client({ hostName: 'one', fqdn, vendorClass: 'vnet', requestedAddress: '10.0.0.100' })
  client.start()
  network.clock.advance(40)
  network.clock.advance(1800)
  const lease = client.machine.lease as DhcpLease
  client.does(client.machine.release(network.clock.now()))
  const second = network.client({ lease: { ...lease, address: '10.9.9.9' } })
  second.start()
  network.clock.advance(10)
  const frames = network.sent.map(({ bytes, message }) =>
    framed(bytes, ['offer', 'acknowledge', 'refuse'].includes(String(message.type))),
  )
  const types = network.sent.map(({ message }) => message.type)
  expect(new Set(types)).toEqual(
    new Set(['discover', 'offer', 'request', 'acknowledge', 'decline', 'release', 'refuse']),
  )
  expect(complaints(frames)).toEqual([])
  const rows = tsharkFields(frames, [
    'dhcp.option.dhcp',
    'dhcp.id',
    'dhcp.ip.your',
    'dhcp.option.domain_name_server',
    'dhcp.option.dhcp_dns_domain_search_list_fqdn',
    'dhcp.fqdn.name',
    'dhcp.option.interface_mtu',
  ])
  const numbers = { discover: 1, offer: 2, request: 3, decline: 4, acknowledge: 5, refuse: 6, release: 7, inform: 8 }
  for (const [i, { message }] of network.sent.entries()) {
    const [type, id, yours, servers, search, name, mtu] = rows[i] as string[][]
    const told = message.options
    expect(type).toEqual([String(numbers[message.type as keyof typeof numbers])])
    expect(Number(id?.[0])).toBe(message.transaction)
    expect(yours).toEqual([message.yourIp])
    expect(servers).toEqual(told['dns-servers'] ?? [])
    expect(search).toEqual(told['domain-search'] ?? [])
    expect(name).toEqual(told['client-fqdn'] === undefined ? [] : ['one.lab.example'])
    expect(mtu).toEqual(told.mtu === undefined ? [] : [String(told.mtu)])
  }
})

test('options in pieces, and in the fields of file and server', ({ skip }) => {
  if (noTshark !== undefined) skip(noTshark)
  const spec = { type: 'offer', transaction: 1, clientMac: '02:00:00:00:00:01', yourIp: '10.0.0.9' } as const
  const own = { 'server-identifier': '10.0.0.1', 'lease-time': 60 }
  const search = Array.from({ length: 30 }, (_, i) => `a-rather-long-name-${i}.example`)
  const pieces = encodeDhcpMessage({ ...spec, options: { ...own, 'domain-search': search } }, { maximumSize: 1500 })
  const hosts = Array.from({ length: 60 }, (_, i) => `10.0.1.${i}`)
  const others = hosts.slice(0, 30)
  const overloaded = encodeDhcpMessage({
    ...spec,
    options: { ...own, 'dns-servers': hosts, 'ntp-servers': others, 'domain-name': 'x'.repeat(50) },
  })
  const frames = [pieces, overloaded].map((bytes) => framed(bytes, true))
  const fields = [
    'dhcp.option.dhcp_dns_domain_search_list_fqdn',
    'dhcp.option.domain_name_server',
    'dhcp.option.ntp_server',
  ]
  const [first, second] = tsharkFields(frames, [...fields, 'dhcp.option.option_overload', 'dhcp.option.domain_name'])
  expect(first?.[0]).toEqual(search)
  expect(second?.slice(1)).toEqual([hosts, others, ['3'], ['x'.repeat(50)]])
  expect(complaints(frames)).toEqual([])
})
