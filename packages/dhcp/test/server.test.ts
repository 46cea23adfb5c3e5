/** The server: pools, reservations, relays, refusals, probes, what is kept and what is given again. */
import { isArgumentError } from '@vnet/core'
import { expect, test } from 'vitest'
import {
  type DhcpMessage,
  type DhcpMessageSpec,
  DhcpServer,
  type DhcpServerOptions,
  type DhcpServerStep,
  decodeDhcpMessage,
  encodeDhcpMessage,
} from '../src/index.js'
import { Expiries } from '../src/server/expiry.js'
import { chance, Network } from './network.js'

const subnets = [{ network: '10.0.0.0/24', pools: [['10.0.0.100', '10.0.0.102']] as const }]
const make = (options: Partial<DhcpServerOptions> = {}) =>
  new DhcpServer({ address: '10.0.0.1', subnets, ...options }, 0)
const macOf = (number: number) => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`

/** Asks, and reads the answers. */
function ask(
  server: DhcpServer,
  now: number,
  client: number,
  spec: Partial<DhcpMessageSpec> & Pick<DhcpMessageSpec, 'type'>,
) {
  const message = decodeDhcpMessage(encodeDhcpMessage({ transaction: 7, clientMac: macOf(client), ...spec }))
  return answersOf(server.receive(now, message))
}

function answersOf(steps: readonly DhcpServerStep[]) {
  const sent = steps.flatMap((step) => (step.kind === 'send' ? [step] : []))
  const [first] = sent
  const answer = first && decodeDhcpMessage(first.bytes)
  const told = steps.filter(({ kind }) => kind !== 'send')
  const reason = told.flatMap((step) => ('reason' in step ? [step.reason] : []))[0]
  return {
    answer,
    to: first?.to,
    told,
    reason,
    omitted: first?.omitted,
    probe: told.find(({ kind }) => kind === 'probe'),
  }
}

const discover = (server: DhcpServer, now: number, client: number, more: Partial<DhcpMessageSpec> = {}) =>
  ask(server, now, client, { type: 'discover', ...more })

/** Discovers, takes what is offered; the address. */
function get(server: DhcpServer, now: number, client: number, more: Partial<DhcpMessageSpec> = {}): string | undefined {
  const { answer } = discover(server, now, client, more)
  if (answer === undefined) return undefined
  const options = { ...more.options, 'server-identifier': '10.0.0.1', 'requested-address': answer.yourIp }
  return ask(server, now, client, { ...more, type: 'request', options }).answer?.yourIp
}

test('addresses are given in order, none twice; when none is left nothing is said to the client', () => {
  const server = make()
  expect([1, 2, 3].map((client) => get(server, 0, client))).toEqual(['10.0.0.100', '10.0.0.101', '10.0.0.102'])
  expect(discover(server, 0, 4)).toMatchObject({
    answer: undefined,
    reason: 'no address of 10.0.0.0/24 is free for it',
  })
  expect(get(server, 0, 2)).toBe('10.0.0.101')
  expect(server.bindings.map(({ mac, state, until }) => [mac, state, until])).toEqual(
    [1, 2, 3].map((i) => [macOf(i), 'bound', 3600]),
  )
})

test('a client gets its address again after its lease has ended; only when no other is left do others get it', () => {
  const server = make()
  for (const client of [1, 2]) get(server, client, client)
  expect(server.deadline).toBe(3601)
  expect(server.advance(3602)).toMatchObject([
    { kind: 'expired', binding: { address: '10.0.0.100', state: 'free' } },
    { kind: 'expired', binding: { address: '10.0.0.101' } },
  ])
  expect(server.deadline).toBeUndefined()
  expect(get(server, 4000, 3)).toBe('10.0.0.102')
  expect(get(server, 4000, 2)).toBe('10.0.0.101')
  // The one that has been free for longest.
  expect(get(server, 4000, 4)).toBe('10.0.0.100')
  expect(get(server, 4000, 1)).toBeUndefined()
})

test('an offer that is not taken is free after a minute', () => {
  const server = make({ subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.100', '10.0.0.100']] }] })
  expect(discover(server, 0, 1).answer?.yourIp).toBe('10.0.0.100')
  expect(discover(server, 30, 2).answer).toBeUndefined()
  expect(discover(server, 61, 2).answer?.yourIp).toBe('10.0.0.100')
  // The first is too late.
  const options = { 'server-identifier': '10.0.0.1', 'requested-address': '10.0.0.100' }
  expect(ask(server, 62, 1, { type: 'request', options }).answer?.type).toBe('refuse')
})

test('a wish is granted where the address is free, of the pool and nobody else’s', () => {
  const server = make({
    subnets: [{ ...subnets[0], reservations: [{ mac: macOf(9), address: '10.0.0.101' }] }] as never,
  })
  const wish = (client: number, address: string) =>
    discover(server, 0, client, { options: { 'requested-address': address } }).answer?.yourIp
  expect(wish(1, '10.0.0.102')).toBe('10.0.0.102')
  expect(wish(2, '10.0.0.102')).toBe('10.0.0.100')
  expect(wish(3, '10.0.0.101')).toBeUndefined()
  expect(wish(9, '10.0.0.102')).toBe('10.0.0.101')
  expect(wish(4, '10.0.0.1')).toBeUndefined()
})

test('a reservation is found by MAC or identifier, with options of its own', () => {
  const clientIdentifier = Uint8Array.of(255, 1, 2, 3)
  const server = make({
    subnets: [
      {
        network: '10.0.0.0/24',
        pools: [],
        options: { routers: ['10.0.0.1'], 'domain-name': 'all' },
        reservations: [
          { mac: '02-00-00-00-00-01', address: '10.0.0.7', options: { 'domain-name': 'own' } },
          { clientIdentifier, address: '10.0.0.8' },
        ],
      },
    ],
  })
  const { answer } = discover(server, 0, 1)
  expect(answer).toMatchObject({ yourIp: '10.0.0.7', options: { 'domain-name': 'own', routers: ['10.0.0.1'] } })
  const other = discover(server, 0, 2, { options: { 'client-identifier': clientIdentifier } }).answer
  expect(other).toMatchObject({
    yourIp: '10.0.0.8',
    options: { 'domain-name': 'all', 'client-identifier': clientIdentifier },
  })
  expect(discover(server, 0, 3).answer).toBeUndefined()
})

test('what is reserved for a MAC it gets under every identifier', () => {
  const reservations = [{ mac: macOf(1), address: '10.0.0.7' }]
  const server = make({ subnets: [{ network: '10.0.0.0/24', pools: [], reservations }] })
  const as = (id: number) => get(server, 0, 1, { options: { 'client-identifier': Uint8Array.of(0, id) } })
  expect([get(server, 0, 1), as(1), as(2), get(server, 0, 2)]).toEqual([...Array(3).fill('10.0.0.7'), undefined])
  expect(server.bindings).toMatchObject([{ address: '10.0.0.7', client: '00:02' }])
})

test('two clients with one MAC are two by their identifiers', () => {
  const server = make()
  const as = (id: number) => get(server, 0, 1, { options: { 'client-identifier': Uint8Array.of(0, id) } })
  expect([as(1), as(2), as(1)]).toEqual(['10.0.0.100', '10.0.0.101', '10.0.0.100'])
})

test('an identifier longer than an option is none: the client is known by its MAC', () => {
  const server = make()
  const other = [{ code: 61, bytes: new Uint8Array(300) }]
  expect(get(server, 0, 1, { other })).toBe('10.0.0.100')
  expect(server.bindings).toMatchObject([{ client: `1/${macOf(1)}` }])
})

test('times are those of the network, or what the client wishes up to the most', () => {
  const network = {
    network: '10.0.0.0/24',
    pools: [['10.0.0.100', '10.0.0.102']] as const,
    leaseTime: 600,
    maximumLeaseTime: 900,
  }
  const server = make({ subnets: [network] })
  const times = (wish?: number) => {
    const { answer } = discover(server, 0, 1, wish === undefined ? {} : { options: { 'lease-time': wish } })
    const options = answer?.options ?? {}
    return [options['lease-time'], options['renewal-time'], options['rebinding-time']]
  }
  expect(times()).toEqual([600, 300, 525])
  expect(times(60)).toEqual([60, 30, 52])
  expect(times(4_294_967_295)).toEqual([900, 450, 787])
})

test('a client is told what it asks for, in its order; the mask always; without a list all', () => {
  const options = { routers: ['10.0.0.1'], 'dns-servers': ['10.0.0.53'], 'domain-name': 'test' }
  const server = make({ subnets: [{ ...subnets[0], options }] as never })
  const told = (parameters?: number[]) =>
    Object.keys(
      discover(server, 0, 1, parameters === undefined ? {} : { options: { parameters } }).answer?.options ?? {},
    )
  const times = ['server-identifier', 'lease-time', 'renewal-time', 'rebinding-time', 'subnet-mask']
  expect(told([6, 3])).toEqual([...times, 'dns-servers', 'routers'])
  expect(told()).toEqual([...times, 'routers', 'dns-servers', 'domain-name'])
})

test('what has no room is left out from the back, and told', () => {
  const routers = Array.from({ length: 60 }, (_, i) => `10.0.0.${i + 1}`)
  const servers = Array.from({ length: 60 }, (_, i) => `10.0.1.${i + 1}`)
  const options = { 'dns-servers': servers, routers }
  const server = make({ subnets: [{ ...subnets[0], options }] as never })
  const small = discover(server, 0, 1, { options: { parameters: [3, 6] } })
  expect([Object.keys(small.answer?.options ?? {}).at(-1), small.omitted]).toEqual(['routers', [6]])
  const large = discover(server, 0, 1, { options: { parameters: [3, 6], 'maximum-size': 1500 } })
  expect(large.omitted).toEqual([])
  expect(large.answer?.options).toMatchObject(options)
})

test('answers go where the client can take them', () => {
  const server = make()
  const to = (more: Partial<DhcpMessageSpec>) => discover(server, 0, 1, more).to
  expect(to({})).toEqual({ kind: 'mac', mac: macOf(1), address: '10.0.0.100' })
  expect(to({ broadcast: true })).toEqual({ kind: 'broadcast' })
  expect(to({ relayIp: '10.0.0.3' })).toEqual({ kind: 'relay', address: '10.0.0.3' })
  expect(to({ hardwareType: 32 })).toEqual({ kind: 'broadcast' })
  get(server, 0, 1)
  const renewed = ask(server, 10, 1, { type: 'request', clientIp: '10.0.0.100' })
  expect([renewed.to, renewed.answer?.type]).toEqual([{ kind: 'client', address: '10.0.0.100' }, 'acknowledge'])
})

test('a relay says which network it is about, and gets back what it added', () => {
  const far = {
    network: '10.5.0.0/16',
    pools: [['10.5.0.10', '10.5.0.20']] as const,
    options: { routers: ['10.5.0.1'] },
  }
  const server = make({ subnets: [...subnets, far] })
  const relayed = { relayIp: '10.5.0.1', hops: 1, options: { 'relay-agent': Uint8Array.of(1, 1, 9) } }
  const { answer, to } = discover(server, 0, 1, relayed)
  expect(to).toEqual({ kind: 'relay', address: '10.5.0.1' })
  expect(answer).toMatchObject({
    yourIp: '10.5.0.10',
    relayIp: '10.5.0.1',
    options: { 'subnet-mask': '255.255.0.0', routers: ['10.5.0.1'], 'relay-agent': Uint8Array.of(1, 1, 9) },
  })
  expect(get(server, 0, 1, relayed)).toBe('10.5.0.10')
  // Renewed without the relay.
  expect(ask(server, 5, 1, { type: 'request', clientIp: '10.5.0.10' }).answer?.type).toBe('acknowledge')
  // And the same client here has another one.
  expect(get(server, 0, 1)).toBe('10.0.0.100')
  expect(discover(server, 0, 1, { relayIp: '10.6.0.1' })).toMatchObject({
    answer: undefined,
    reason: 'no network has 10.6.0.1',
  })
  const refused = ask(server, 9, 1, {
    type: 'request',
    relayIp: '10.5.0.1',
    options: { 'requested-address': '10.0.0.100' },
  })
  expect([refused.answer?.type, refused.answer?.broadcast, refused.to]).toEqual([
    'refuse',
    true,
    { kind: 'relay', address: '10.5.0.1' },
  ])
})

test('what a relay added comes back in pieces, or not at all where an answer has no room beside it; it never ends the server', () => {
  const server = make()
  const bytes = new Uint8Array(300).fill(7)
  const relayed = { relayIp: '10.0.0.3', other: [{ code: 82, bytes }] }
  expect(discover(server, 0, 1, { ...relayed, options: { 'maximum-size': 1500 } })).toMatchObject({
    answer: { yourIp: '10.0.0.100', options: { 'relay-agent': bytes } },
    omitted: [],
  })
  const small = discover(server, 0, 1, relayed)
  expect(small).toMatchObject({ answer: { yourIp: '10.0.0.100' }, omitted: [82] })
  expect(small.answer?.options['relay-agent']).toBeUndefined()
})

test.each<[string, boolean, Partial<DhcpMessageSpec>, type: DhcpMessage['type'] | undefined, reason: RegExp]>([
  [
    'an address of another network',
    true,
    { options: { 'requested-address': '10.9.0.5' } },
    'refuse',
    /not of 10\.0\.0\.0/,
  ],
  ['an address that another has', true, { options: { 'requested-address': '10.0.0.100' } }, 'refuse', /not free/],
  ['an address outside of the pool', true, { options: { 'requested-address': '10.0.0.9' } }, 'refuse', /not free/],
  ['a free one', true, { options: { 'requested-address': '10.0.0.101' } }, 'acknowledge', /^$/],
  ['a free one, renewed', true, { clientIp: '10.0.0.102' }, 'acknowledge', /^$/],
  [
    'what was not offered',
    true,
    { options: { 'server-identifier': '10.0.0.1', 'requested-address': '10.0.0.102' } },
    'refuse',
    /not offered/,
  ],
  ['nothing', true, {}, undefined, /which address/],
  ['an address of another network', false, { options: { 'requested-address': '10.9.0.5' } }, undefined, /not known/],
  ['a free one', false, { options: { 'requested-address': '10.0.0.101' } }, undefined, /not known/],
  [
    'what was not offered',
    false,
    { options: { 'server-identifier': '10.0.0.1', 'requested-address': '10.0.0.102' } },
    'refuse',
    /not offered/,
  ],
])('an unknown client that asks for %s (authoritative: %s)', (_, authoritative, spec, type, reason) => {
  const server = make({ authoritative })
  get(server, 0, 1)
  const asked = ask(server, 0, 2, { type: 'request', ...spec })
  expect(asked.answer?.type).toBe(type)
  expect(asked.reason ?? '').toMatch(reason)
  if (type === 'refuse')
    expect(asked).toMatchObject({
      to: { kind: 'broadcast' },
      answer: { options: { message: expect.stringMatching(reason) } },
    })
})

test('a known client that asks for another address is refused, also where the server does not know all', () => {
  const server = make({ authoritative: false })
  get(server, 0, 1)
  expect(ask(server, 0, 1, { type: 'request', options: { 'requested-address': '10.0.0.102' } }).answer?.type).toBe(
    'refuse',
  )
  expect(ask(server, 0, 1, { type: 'request', options: { 'requested-address': '10.0.0.100' } }).answer?.type).toBe(
    'acknowledge',
  )
})

test('a declined address is given to nobody for ten minutes', () => {
  const server = make()
  get(server, 0, 1)
  const options = { 'server-identifier': '10.0.0.1', 'requested-address': '10.0.0.100' }
  expect(ask(server, 1, 2, { type: 'decline', options }).reason).toMatch(/does not have/)
  expect(ask(server, 1, 1, { type: 'decline', options: { ...options, 'server-identifier': '10.0.0.9' } }).told).toEqual(
    [],
  )
  expect(ask(server, 1, 1, { type: 'decline', options }).told).toEqual([
    { kind: 'conflict', address: '10.0.0.100', declined: true },
  ])
  expect([1, 2, 3].map((client) => get(server, 2, client))).toEqual(['10.0.0.101', '10.0.0.102', undefined])
  expect(get(server, 602, 3)).toBe('10.0.0.100')
})

test('what is released is free at once; what somebody else has is not released', () => {
  const server = make()
  get(server, 0, 1)
  const release = { type: 'release', clientIp: '10.0.0.100', options: { 'server-identifier': '10.0.0.1' } } as const
  expect(ask(server, 1, 2, release).reason).toMatch(/does not have/)
  expect(ask(server, 1, 1, release).told).toMatchObject([{ kind: 'released', binding: { state: 'free' } }])
  expect(server.deadline).toBeUndefined()
})

test('who has an address already is told the rest, and gets no lease', () => {
  const server = make({ subnets: [{ ...subnets[0], options: { 'dns-servers': ['10.0.0.53'] } }] as never })
  const { answer, to } = ask(server, 0, 1, { type: 'inform', clientIp: '10.0.0.77' })
  expect(to).toEqual({ kind: 'client', address: '10.0.0.77' })
  expect(answer).toMatchObject({ type: 'acknowledge', yourIp: '0.0.0.0', options: { 'dns-servers': ['10.0.0.53'] } })
  expect(answer?.options['lease-time']).toBeUndefined()
  expect(server.bindings).toEqual([])
})

test('what is no question of a client is not answered', () => {
  const server = make()
  expect(ask(server, 0, 1, { type: 'offer' }).told).toEqual([])
  const unknown = decodeDhcpMessage(encodeDhcpMessage({ type: 'discover', transaction: 1, clientMac: macOf(1) }))
  expect(answersOf(server.receive(0, { ...unknown, type: 13 })).reason).toMatch(/type 13/)
})

test('with probes an address is offered when nobody answered for it; what somebody has is left out', () => {
  const server = make({ probe: true })
  const first = discover(server, 0, 1)
  expect(first).toMatchObject({ answer: undefined, probe: { address: '10.0.0.100', isNear: true, mac: macOf(1) } })
  expect(discover(server, 1, 1).told).toEqual([])
  expect(discover(server, 1, 2).probe).toMatchObject({ address: '10.0.0.101' })
  const again = answersOf(server.probed(2, '10.0.0.100', true))
  expect(again.told).toMatchObject([
    { kind: 'conflict', declined: false },
    { kind: 'probe', address: '10.0.0.102' },
  ])
  expect(answersOf(server.probed(3, '10.0.0.102', false)).answer).toMatchObject({ type: 'offer', yourIp: '10.0.0.102' })
  expect(answersOf(server.probed(3, '10.0.0.101', true)).told).toMatchObject([
    { kind: 'conflict' },
    { reason: 'no address of 10.0.0.0/24 is free for it' },
  ])
  expect(server.probed(3, '10.0.0.101', false)).toEqual([])
  // Its own address needs none.
  ask(server, 4, 1, {
    type: 'request',
    options: { 'server-identifier': '10.0.0.1', 'requested-address': '10.0.0.102' },
  })
  expect(discover(server, 5, 1).answer?.yourIp).toBe('10.0.0.102')
})

test('a probe that took longer than the offer gives nobody’s address away', () => {
  const server = make({ probe: true, subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.100', '10.0.0.100']] }] })
  discover(server, 0, 1)
  server.advance(61)
  expect(ask(server, 62, 2, { type: 'request', options: { 'requested-address': '10.0.0.100' } }).answer?.type).toBe(
    'acknowledge',
  )
  expect(server.probed(63, '10.0.0.100', false)).toEqual([])
  expect(server.bindings).toMatchObject([{ mac: macOf(2), state: 'bound' }])
})

test('bindings of earlier go on, those that are over are remembered, those of other networks are not', () => {
  const server = make()
  for (const client of [1, 2]) get(server, client * 1000, client)
  const bindings = [
    ...server.bindings,
    { address: '10.9.0.1', client: '1/x', mac: 'x', state: 'bound' as const, until: 9e9 },
  ]
  const next = new DhcpServer({ address: '10.0.0.1', subnets, bindings }, 4700)
  expect(next.bindings.map(({ address, state }) => [address, state])).toEqual([
    ['10.0.0.100', 'free'],
    ['10.0.0.101', 'bound'],
  ])
  expect(next.deadline).toBe(5600)
  expect(get(next, 4700, 3)).toBe('10.0.0.102')
  expect(get(next, 4700, 1)).toBe('10.0.0.100')
})

test('twenty clients that come, go and fail for half a day: no address is ever two’s', () => {
  const network = new Network()
  const pools = [['10.0.0.100', '10.0.0.115']] as const
  const server = network.server({ subnets: [{ network: '10.0.0.0/24', pools, leaseTime: 3000 }], probe: true })
  const random = chance(7)
  network.loses = () => random() < 0.2
  for (let i = 0; i < 20; i++) network.client()
  for (let half = 0; half < 24; half++) {
    for (const client of network.clients) {
      const now = network.clock.now()
      if (client.machine.state === 'stopped') {
        if (random() < 0.5) client.start()
      } else if (random() < 0.1) client.does(random() < 0.5 ? client.machine.release(now) : client.machine.stop())
    }
    network.clock.advance(1800)
    const used = network.clients.flatMap(({ machine }) => machine.lease?.address ?? [])
    expect(new Set(used).size).toBe(used.length)
    const known = new Map(server.machine.bindings.map((binding) => [binding.address, binding]))
    for (const client of network.clients) {
      const { lease } = client.machine
      if (lease !== undefined) expect(known.get(lease.address)).toMatchObject({ state: 'bound' })
      client.steps.length = 0
    }
    server.steps.length = 0
    network.sent.length = 0
  }
})

test('times come up in their order, and those that are out of date not at all', () => {
  const current = new Map<number, number>()
  const expiries = new Expiries<number>((value, at) => current.get(value) === at)
  const random = chance(3)
  for (let i = 0; i < 2000; i++) {
    const value = Math.floor(random() * 300)
    const at = Math.floor(random() * 1000)
    current.set(value, at)
    expiries.add(at, value)
  }
  // Not all that were added.
  expect(expiries.size).toBeLessThanOrEqual(600)
  const seen: number[] = []
  for (let next = expiries.next; next !== undefined; next = expiries.next) {
    const value = expiries.due(next) as number
    seen.push(next)
    current.delete(value)
  }
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect(current.size).toBe(0)
})

const pool = ['10.0.0.5', '10.0.0.9'] as const
test.each([
  [{ address: 'x' }, 'options.address'],
  [{ subnets: [] }, 'options.subnets'],
  [{ subnets: [{ network: '10.0.0.1/24', pools: [] }] }, 'options.subnets.0.network'],
  [{ subnets: [{ network: '10.0.0.0/31', pools: [] }] }, 'options.subnets.0.network'],
  [{ subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.9', '10.0.0.5']] }] }, 'options.subnets.0.pools.0'],
  [{ subnets: [{ network: '10.0.0.0/24', pools: [['10.0.0.9', '10.0.1.5']] }] }, 'options.subnets.0.pools.0.1'],
  [{ subnets: [{ network: '10.0.0.0/24', pools: [pool, pool] }] }, 'options.subnets.0.pools'],
  [{ subnets: [...subnets, ...subnets] }, 'options.subnets.1.network'],
  [{ subnets: [{ network: '10.0.0.0/24', pools: [pool], leaseTime: 0 }] }, 'options.subnets.0.leaseTime'],
  [{ subnets: [{ network: '10.0.0.0/24', pools: [pool], maximumLeaseTime: 5 }] }, 'options.subnets.0.maximumLeaseTime'],
  [
    { subnets: [{ network: '10.0.0.0/24', pools: [pool], reservations: [{ address: '10.0.0.7' }] }] },
    'options.subnets.0.reservations.0',
  ],
  [
    { subnets: [{ network: '10.0.0.0/24', pools: [pool], options: { nothing: 1 } }] },
    'options.subnets.0.options.nothing',
  ],
  [
    { subnets: [{ network: '10.0.0.0/24', pools: [pool], options: { 'lease-time': 1 } }] },
    'options.subnets.0.options.lease-time',
  ],
  [{ subnets: [{ network: '10.0.0.0/24', pools: [pool], options: { routers: ['x'] } }] }, 'options.subnets.0.options'],
  [{ offerTime: -1 }, 'options.offerTime'],
  [{ bindings: [{ address: 'x' }] }, 'options.bindings.0.address'],
])('%j: no server', (wrong, attribute) => {
  const refusal = (() => {
    try {
      return make(wrong as Partial<DhcpServerOptions>)
    } catch (error) {
      return error
    }
  })()
  expect(isArgumentError(refusal) && refusal).toMatchObject({
    operation: 'dhcp server',
    attribute,
    hint: expect.any(String),
  })
})
