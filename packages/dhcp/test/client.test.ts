/** The life of a lease, on a clock that is moved: from the first question to its end, and all that can go wrong on the way. */
import { isArgumentError } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { DhcpClient, type DhcpClientOptions, encodeDhcpMessage } from '../src/index.js'
import { Network } from './network.js'

/** A client with a lease of an hour. */
function bound(options: Partial<DhcpClientOptions> = {}) {
  const network = new Network()
  const server = network.server()
  const client = network.client(options)
  client.start()
  network.clock.advance(5)
  expect(client.machine.state).toBe('bound')
  return { network, server, client, clock: network.clock }
}

test('discover, offer, request, acknowledge, three probes, and the address is announced', () => {
  const { network, client } = bound()
  expect(network.said()).toEqual(['discover > broadcast', 'offer > mac', 'request > broadcast', 'acknowledge > mac'])
  expect(client.steps.map((step) => step.kind)).toEqual([
    ...['state', 'send', 'offer', 'state', 'send', 'state'],
    ...['probe', 'probe', 'probe', 'bind', 'announce', 'state'],
  ])
  expect(client.machine.lease).toMatchObject({
    address: '10.0.0.100',
    prefixLength: 24,
    server: '10.0.0.1',
    begun: 1000.002,
    renewAt: 2800.002,
    rebindAt: 4150.002,
    endsAt: 4600.002,
  })
})

test('what it sends says who it is and what it wants', () => {
  const network = new Network()
  const client = network.client({
    hostName: 'one',
    vendorClass: 'vnet',
    requestedAddress: '10.0.0.105',
    leaseTime: 60,
    options: { 'ntp-servers': ['10.0.0.9'] },
    broadcast: true,
    maximumSize: 1400,
  })
  client.start()
  const [{ message } = {}] = network.sent
  expect(message).toMatchObject({
    type: 'discover',
    clientMac: '02:00:00:00:00:01',
    broadcast: true,
    clientIp: '0.0.0.0',
  })
  expect(message?.options).toMatchObject({
    'client-identifier': Uint8Array.of(1, 2, 0, 0, 0, 0, 1),
    'requested-address': '10.0.0.105',
    'lease-time': 60,
    'host-name': 'one',
    'vendor-class': 'vnet',
    'maximum-size': 1400,
    'ntp-servers': ['10.0.0.9'],
    parameters: expect.arrayContaining([1, 3, 6, 121, 119]),
  })
})

test('a MAC may be written with hyphens', () => {
  const { client, network } = bound({ mac: '0A-00-00-00-00-01' })
  expect(network.sent[0]?.message.clientMac).toBe('0a:00:00:00:00:01')
  expect(client.machine.lease?.address).toBe('10.0.0.100')
})

test('without an answer it asks again after 4, 8, 16, 32, 64, 64 seconds, each a second more or less', () => {
  const network = new Network()
  network.client().start()
  network.clock.advance(250)
  const times = network.sent.map(({ at }) => at)
  const gaps = times.slice(1).map((at, i) => at - (times[i] as number))
  expect(gaps).toHaveLength(6)
  for (const [i, gap] of gaps.entries())
    expect(Math.abs(gap - Math.min(64, 4 * 2 ** i)), `gap ${i}`).toBeLessThanOrEqual(1)
  expect(new Set(gaps.map((gap) => gap % 1)).size).toBe(6)
  expect(new Set(network.sent.map(({ message }) => message.transaction)).size).toBe(1)
  expect(network.sent.at(-1)?.message.seconds).toBe(Math.floor(times.at(-1) as number))
})

test('it renews at half of the time, from the server itself', () => {
  const { network, client, clock } = bound()
  network.said()
  client.told()
  clock.advance(1790)
  expect(network.said()).toEqual([])
  clock.advance(10)
  expect(network.sent[0]?.message).toMatchObject({ type: 'request', clientIp: '10.0.0.100' })
  expect(network.sent[0]?.message.options['server-identifier']).toBeUndefined()
  expect(network.sent[0]?.message.options['requested-address']).toBeUndefined()
  expect(network.said()).toEqual(['request > 10.0.0.1', 'acknowledge > client'])
  expect(client.machine.lease?.endsAt).toBe(1000.002 + 1800 + 3600)
  expect(client.told('bind', 'announce', 'probe')).toMatchObject([{ kind: 'bind', previous: { endsAt: 4600.002 } }])
  // And so for a week.
  for (let day = 0; day < 7; day++) clock.advance(86_400)
  expect(client.machine.state).toBe('bound')
  expect(client.told('unbind')).toEqual([])
})

test('where the server is gone it asks all, and at the end gives the address up and begins again', () => {
  const { network, server, client, clock } = bound()
  network.said()
  client.told()
  network.servers.length = 0
  clock.advance(1800)
  expect(client.machine.state).toBe('renewing')
  // After half of the 1350 seconds up to T2, and so on, but not within a minute.
  clock.advance(1344)
  expect(network.said()).toEqual(Array(6).fill('request > 10.0.0.1'))
  clock.advance(2)
  expect(client.machine.state).toBe('rebinding')
  clock.advance(440)
  expect(network.said()).toEqual(Array(4).fill('request > broadcast'))
  expect(client.machine.lease?.address).toBe('10.0.0.100')
  clock.advance(20)
  expect(client.told('unbind', 'state')).toMatchObject([
    { state: 'renewing' },
    { state: 'rebinding' },
    { kind: 'unbind', reason: 'expired', lease: { address: '10.0.0.100' } },
    { state: 'selecting' },
  ])
  expect(client.machine.lease).toBeUndefined()
  network.servers.push(server)
  clock.advance(100)
  expect(client.machine.lease?.address).toBe('10.0.0.100')
})

test('a lease that ended while nothing was done is given up without another question', () => {
  const { client } = bound()
  client.told()
  client.does(client.machine.advance(5000))
  expect(client.told('unbind', 'state', 'send')).toMatchObject([
    { kind: 'unbind', reason: 'expired' },
    { state: 'selecting' },
    { kind: 'send', message: { type: 'discover' } },
  ])
})

test('another server takes the lease over when it is asked (rebinding)', () => {
  const { network, server, client, clock } = bound()
  network.servers.length = 0
  const bindings = server.machine.bindings
  network.server({ address: '10.0.0.2', bindings })
  clock.advance(3200)
  expect(client.machine.state).toBe('bound')
  expect(client.machine.lease).toMatchObject({ address: '10.0.0.100', server: '10.0.0.2' })
  expect(client.told('unbind')).toEqual([])
})

test('a refusal ends the lease, and it begins again at once; when refused again and again, later each time', () => {
  const { network, server, client, clock } = bound()
  client.told()
  network.servers.length = 0
  network.server({ subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.50', '10.0.0.60']] }] })
  clock.advance(1801)
  expect(client.told('refused', 'unbind')).toMatchObject([
    { kind: 'refused', server: '10.0.0.1', reason: 'it is not free for this client' },
    { kind: 'unbind', reason: 'refused' },
  ])
  clock.advance(3)
  expect(client.machine.lease?.address).toBe('10.0.0.50')
  // A server that offers, and then refuses.
  server.told()
  network.servers.length = 0
  const late = network.client()
  network.loses = ({ message }) => {
    if (message.type !== 'discover' && message.type !== 'request') return false
    const type = message.type === 'discover' ? 'offer' : 'refuse'
    const times = { 'server-identifier': '10.0.0.1', 'lease-time': 60 }
    const answer = { type, transaction: message.transaction, clientMac: message.clientMac, yourIp: '10.0.0.9' } as const
    network.send('mac', encodeDhcpMessage({ ...answer, options: times }), (each) =>
      late.does(late.machine.receive(clock.now(), each)),
    )
    return true
  }
  late.start()
  clock.advance(200)
  // At once, once more at once, and after 2, 4, 8, 16, 32, 64 and 64 seconds.
  expect(late.told('refused')).toHaveLength(9)
  expect(late.machine.state).toBe('init')
})

test('an address that somebody has is declined, and another one is asked for after ten seconds', () => {
  const network = new Network()
  const server = network.server()
  network.occupied.add('10.0.0.100')
  const client = network.client({ requestedAddress: '10.0.0.100' })
  client.start()
  network.clock.advance(5)
  expect(client.told('conflict', 'bind')).toEqual([{ kind: 'conflict', address: '10.0.0.100' }])
  expect(network.sent.at(-1)?.message).toMatchObject({
    type: 'decline',
    options: { 'requested-address': '10.0.0.100', 'server-identifier': '10.0.0.1' },
  })
  expect(network.said().at(-1)).toBe('decline > broadcast')
  expect(server.told('conflict')).toEqual([{ kind: 'conflict', address: '10.0.0.100', declined: true }])
  network.clock.advance(4)
  expect(network.said()).toEqual([])
  network.clock.advance(10)
  expect(client.machine.lease?.address).toBe('10.0.0.101')
  expect(network.sent[0]?.message.options['requested-address']).toBeUndefined()
})

test('a conflict about another address, or when the address is in use already, changes nothing', () => {
  const { client, clock } = bound()
  client.told()
  client.does(client.machine.conflict(clock.now(), '10.0.0.100'))
  expect([client.machine.state, client.steps]).toEqual(['bound', []])
})

test('it gives the address back', () => {
  const { network, server, client } = bound()
  network.said()
  client.told()
  client.does(client.machine.release(network.clock.now()))
  expect(client.told('unbind', 'state', 'send')).toMatchObject([
    { kind: 'send', to: '10.0.0.1', message: { type: 'release', clientIp: '10.0.0.100' } },
    { kind: 'unbind', reason: 'released' },
    { state: 'stopped' },
  ])
  network.clock.advance(1)
  expect(server.told('released')).toMatchObject([{ binding: { address: '10.0.0.100', state: 'free' } }])
  network.clock.advance(100_000)
  expect(network.said()).toEqual(['release > 10.0.0.1'])
})

describe('the lease of before', () => {
  test('is taken up again by asking for it (INIT-REBOOT)', () => {
    const { network, client, clock } = bound()
    const { lease } = client.machine
    client.does(client.machine.stop())
    expect(client.told('unbind')).toMatchObject([{ reason: 'stopped' }])
    network.clients.length = 0
    network.said()
    const again = network.client(lease === undefined ? {} : { lease })
    again.start()
    expect(network.sent[0]?.message.options).toMatchObject({ 'requested-address': '10.0.0.100' })
    expect(network.sent[0]?.message.options['server-identifier']).toBeUndefined()
    clock.advance(5)
    expect(network.said()).toEqual(['request > broadcast', 'acknowledge > mac'])
    expect(again.machine.lease?.address).toBe('10.0.0.100')
  })

  test('is refused elsewhere, and then it asks for offers', () => {
    const { lease } = bound().client.machine
    const network = new Network()
    network.server({ address: '10.7.0.1', subnets: [{ network: '10.7.0.0/24', pools: [['10.7.0.5', '10.7.0.9']] }] })
    const moved = network.client(lease === undefined ? {} : { lease })
    moved.start()
    network.clock.advance(3)
    expect(moved.told('refused')).toMatchObject([{ server: '10.7.0.1', reason: 'it is not of 10.7.0.0/24' }])
    expect(moved.machine.lease?.address).toBe('10.7.0.5')
  })

  test('is let go where nobody answers; one that has ended is only a wish', () => {
    const { lease } = bound().client.machine
    const network = new Network()
    const client = network.client(lease === undefined ? {} : { lease })
    client.start()
    network.clock.advance(30)
    expect(network.said()).toEqual([...Array(2).fill('request > broadcast'), ...Array(3).fill('discover > broadcast')])
    const late = new Network()
    late.clock.advance(10_000)
    const wishing = late.client(lease === undefined ? {} : { lease })
    wishing.start()
    expect(late.sent[0]?.message).toMatchObject({ type: 'discover', options: { 'requested-address': '10.0.0.100' } })
  })

  test('stays in use while it is verified', () => {
    const { network, client, clock } = bound()
    network.said()
    client.does(client.machine.verify(clock.now()))
    expect(client.machine.lease?.address).toBe('10.0.0.100')
    clock.advance(1)
    expect(network.said()).toEqual(['request > broadcast', 'acknowledge > client'])
    expect(client.machine.lease?.begun).toBeGreaterThan(1004)
  })

  test('is verified again after seconds where the first question is lost', () => {
    const { network, client, clock } = bound()
    network.said()
    let lost = 0
    network.loses = () => lost++ < 2
    client.does(client.machine.verify(clock.now()))
    clock.advance(14)
    expect(network.said()).toEqual([...Array(3).fill('request > broadcast'), 'acknowledge > client'])
    expect(client.machine.lease?.begun).toBeGreaterThan(1010)
    expect(client.machine.state).toBe('bound')
  })

  test('stays where nobody answers when it is verified, and is prolonged at its time', () => {
    const { network, client, clock } = bound()
    const { renewAt = 0 } = client.machine.lease ?? {}
    network.said()
    network.loses = () => true
    client.does(client.machine.verify(clock.now()))
    clock.advance(120)
    expect(network.said()).toEqual(Array(4).fill('request > broadcast'))
    expect(client.machine).toMatchObject({ state: 'bound', deadline: renewAt, lease: { address: '10.0.0.100' } })
    network.loses = () => false
    clock.advance(renewAt - clock.now() + 1)
    expect(network.said()).toEqual(['request > 10.0.0.1', 'acknowledge > client'])
    // Also where its end comes while it is verified.
    network.loses = () => true
    clock.advance((client.machine.lease?.endsAt ?? 0) - clock.now() - 1)
    client.does(client.machine.verify(clock.now()))
    clock.advance(2)
    expect(client.machine).toMatchObject({ state: 'selecting', lease: undefined })
  })
})

describe('of two servers', () => {
  const two = (options: Partial<DhcpClientOptions>) => {
    const network = new Network()
    const first = network.server()
    const second = network.server({
      address: '10.0.0.2',
      subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.200', '10.0.0.209']] }],
    })
    const client = network.client(options)
    client.start()
    network.clock.advance(10)
    return { network, first, second, client }
  }

  test('the first offer is taken, and the other server takes its own back', () => {
    const { client, first, second } = two({})
    expect(client.machine.lease).toMatchObject({ address: '10.0.0.100', server: '10.0.0.1' })
    expect(first.machine.bindings).toMatchObject([{ address: '10.0.0.100', state: 'bound' }])
    expect(second.machine.bindings).toMatchObject([{ address: '10.0.0.200', state: 'free' }])
    expect(second.told('refused', 'ignored')).toEqual([])
  })

  test('the offer of the address that was wished for is taken, where it waits for both', () => {
    const { client, first, network } = two({ offerWait: 2, requestedAddress: '10.0.0.205' })
    expect(client.told('offer')).toHaveLength(2)
    // Two seconds later, but with the seconds of the first question.
    const asked = network.sent.filter(({ message }) => message.type === 'request')
    expect(asked.map(({ message }) => message.seconds)).toEqual([0])
    expect(client.machine.lease).toMatchObject({ address: '10.0.0.205', server: '10.0.0.2' })
    expect(first.machine.bindings).toMatchObject([{ state: 'free' }])
  })
})

test('an offer that is never acknowledged is given up after four requests', () => {
  const network = new Network()
  network.server()
  network.loses = ({ message }) => message.type === 'acknowledge'
  network.client().start()
  network.clock.advance(61)
  const said = network.said().filter((word) => word.endsWith('broadcast'))
  expect(said.slice(0, 6)).toEqual([
    'discover > broadcast',
    ...Array(4).fill('request > broadcast'),
    'discover > broadcast',
  ])
})

describe('an answer', () => {
  const answer = {
    type: 'offer',
    transaction: 0,
    clientMac: '02:00:00:00:00:01',
    yourIp: '10.0.0.9',
    options: { 'server-identifier': '10.0.0.1', 'lease-time': 60, 'subnet-mask': '255.255.255.0' },
  } as const

  test.each([
    ['of another transaction', { transaction: 1 }],
    ['for another MAC', { clientMac: '02:00:00:00:00:02' }],
    ['for another identifier', { options: { ...answer.options, 'client-identifier': Uint8Array.of(9, 9) } }],
    ['that acknowledges what was not asked for', { type: 'acknowledge' }],
    ['that refuses what was not asked for', { type: 'refuse' }],
  ] as const)('%s is not for it', (_, change) => {
    const network = new Network()
    const client = network.client({ random: () => 0 })
    client.start()
    client.told()
    const message = { ...answer, ...change }
    network.send('mac', encodeDhcpMessage(message), (each) => client.does(client.machine.receive(0, each)))
    network.clock.advance(0.1)
    expect(client.steps).toEqual([])
  })

  test.each([
    ['without a server', { options: { 'lease-time': 60 } }, /which server/],
    ['without a time', { options: { 'server-identifier': '10.0.0.1' } }, /for how long/],
    ['for no time', { options: { ...answer.options, 'lease-time': 0 } }, /for no time/],
    ['of an address of nobody', { yourIp: '0.0.0.0' }, /no address of a host/],
    ['of a group', { yourIp: '224.0.0.1' }, /no address of a host/],
    ['with a mask that is none', { options: { ...answer.options, 'subnet-mask': '255.0.255.0' } }, /no mask/],
  ] as const)('%s is not taken, and told', (_, change, said) => {
    const network = new Network()
    const client = network.client({ random: () => 0 })
    client.start()
    network.send('mac', encodeDhcpMessage({ ...answer, ...change }), (each) =>
      client.does(client.machine.receive(0, each)),
    )
    network.clock.advance(0.1)
    expect(client.told('ignored', 'offer')).toEqual([expect.objectContaining({ reason: expect.stringMatching(said) })])
    expect(client.machine.state).toBe('selecting')
  })
})

test('a lease for ever is never renewed', () => {
  const network = new Network()
  const subnets = [
    { network: '10.0.0.0/24', pools: [['10.0.0.5', '10.0.0.9']] as const, leaseTime: Number.POSITIVE_INFINITY },
  ]
  network.server({ subnets })
  const client = network.client()
  client.start()
  network.clock.advance(1e9)
  expect(client.machine.lease?.endsAt).toBe(Number.POSITIVE_INFINITY)
  expect(client.machine.deadline).toBeUndefined()
  expect(network.said()).toHaveLength(4)
})

test('times that are not told are a half and seven eighths, a little off; times that make no sense are not taken', () => {
  const at = (times: object) => {
    const network = new Network()
    const client = network.client({ random: () => 0.75, probes: 0 })
    const { start } = client
    start()
    const reply = (type: 'offer' | 'acknowledge') =>
      client.does(
        client.machine.receive(network.clock.now(), {
          ...answerOf(network, type),
          options: { 'server-identifier': '10.0.0.1', 'lease-time': 1000, ...times },
        }),
      )
    reply('offer')
    reply('acknowledge')
    const { begun = 0, renewAt = 0, rebindAt = 0 } = client.machine.lease ?? {}
    return [renewAt - begun, rebindAt - begun].map(Math.round)
  }
  expect(at({})).toEqual([505, 884])
  expect(at({ 'renewal-time': 100, 'rebinding-time': 200 })).toEqual([100, 200])
  expect(at({ 'renewal-time': 900, 'rebinding-time': 800 })).toEqual([500, 800])
  expect(at({ 'renewal-time': 5000, 'rebinding-time': 5000 })).toEqual([500, 875])
  expect(at({ 'renewal-time': 0, 'rebinding-time': 0 })).toEqual([505, 884])
})

function answerOf(network: Network, type: 'offer' | 'acknowledge') {
  const { transaction = 0, clientMac = '' } = network.sent.at(-1)?.message ?? {}
  const zero = { clientIp: '0.0.0.0', serverIp: '0.0.0.0', relayIp: '0.0.0.0', serverName: '', file: '' }
  return {
    type,
    transaction,
    clientMac,
    hardwareType: 1,
    hops: 0,
    seconds: 0,
    broadcast: false,
    other: [],
    ...zero,
    yourIp: '10.0.0.9',
  }
}

test('routes are those of option 121, without the routers; else default routes', () => {
  const routes = (options: object) => {
    const network = new Network()
    network.server({ subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.5', '10.0.0.9']], options }] })
    const client = network.client()
    client.start()
    network.clock.advance(5)
    return client.machine.lease?.routes
  }
  const classless = [{ destination: '10.9.0.0/16', router: '0.0.0.0' }]
  expect(routes({ routers: ['10.0.0.1'], 'classless-routes': classless })).toEqual(classless)
  expect(routes({ 'classless-routes': [{ destination: '10.31.0.0/12', router: '10.0.0.1' }] })).toEqual([
    { destination: '10.16.0.0/12', router: '10.0.0.1' },
  ])
  expect(routes({ routers: ['10.0.0.1', '10.0.0.2'] })).toEqual([
    { destination: '0.0.0.0/0', router: '10.0.0.1' },
    { destination: '0.0.0.0/0', router: '10.0.0.2' },
  ])
})

test.each([
  [{ mac: '02:00' }, 'options.mac'],
  [{ random: 3 }, 'options.random'],
  [{ probes: 11 }, 'options.probes'],
  [{ probes: 1.5 }, 'options.probes'],
  [{ hostName: '\u4e00' }, 'options'],
  [{ vendorClass: 'x'.repeat(600) }, 'options'],
  [{ options: { nothing: 1 } }, 'options'],
  [{ offerWait: -1 }, 'options.offerWait'],
  [{ maximumSize: 575 }, 'options.maximumSize'],
  [{ leaseTime: 0 }, 'options.leaseTime'],
  [{ parameters: ['nothing'] }, 'options.parameters'],
  [{ requestedAddress: 'fd00::1' }, 'options.requestedAddress'],
  [{ clientIdentifier: Uint8Array.of(1) }, 'options.clientIdentifier'],
])('%j: no client', (wrong, attribute) => {
  const refusal = (() => {
    try {
      return new DhcpClient({ mac: '02:00:00:00:00:01', random: Math.random, ...wrong } as DhcpClientOptions)
    } catch (error) {
      return error
    }
  })()
  expect(isArgumentError(refusal) && refusal).toMatchObject({
    operation: 'dhcp client',
    attribute,
    hint: expect.any(String),
  })
})
