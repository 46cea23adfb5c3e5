/** With others on the kernel: our client with `pppoe-server` and `pppd`, our concentrator with `pppd`. */
import type { Namespace } from '@vnet/core'
import { decodeFrame, etherTypes, layerOf } from '@vnet/wire'
import { expect } from 'vitest'
import { type PppoeEvent, pppoeLinks } from '../src/index.js'
import { answerOf, connect, serve } from './network.js'
import { type Peers, soon, withPeers } from './peers.js'

const isGone =
  (namespace: Namespace, link = 'ppp0') =>
  async () =>
    (await namespace.link.get(link)) === undefined

/** How `pppd` says why it has ended (pppd(8)). */
const exit = { signal: 5, silent: 15, hangup: 16, notLetIn: 19, peer: 0 } as const

for (const method of ['pap', 'chap'] as const) {
  const theirs = [`require-${method}`]
  const ours = method === 'pap' ? ({ methods: ['pap'] } as const) : ({ methods: ['chap-md5'] } as const)

  withPeers(
    `our client with pppoe-server, ${method}: addresses, both versions of IP, and it is let go`,
    async (peers) => {
      const { customer, provider } = peers
      await peers.server(theirs)
      await using session = await connect(peers)
      expect(session).toMatchObject({ link: 'ppp0', session: { concentrator: 'theirs' } })
      expect(session.ipv4).toEqual({ local: '10.0.0.10', remote: '10.0.0.1', dns: ['192.0.2.53'] })
      expect(await customer.link.get('ppp0')).toMatchObject({ mtu: 1492, up: true })
      // The largest packet, and not in pieces.
      expect(await answerOf(customer, '10.0.0.1', 1464)).toBe('10.0.0.1')
      expect(await answerOf(provider, '10.0.0.10', 1464)).toBe('10.0.0.10')
      await soon(() => session.ipv6 !== undefined)
      await soon(async () => (await provider.address.list({ link: 'ppp0' })).some(({ family }) => family === 6))
      await customer.address.add({ link: 'ppp0', address: 'fd09::2/64', noDad: true })
      await provider.address.add({ link: 'ppp0', address: 'fd09::1/64', noDad: true })
      expect(await answerOf(customer, 'fd09::1')).toBe('fd09::1')
      await session.close()
      expect(await session.closed).toMatchObject({ cause: 'closed' })
      await soon(isGone(provider))
      expect(peers.read('server.log')).toContain('LCP terminated by peer')
    },
  )

  withPeers(`our client with pppoe-server, ${method}: a wrong password`, async (peers) => {
    await peers.server(theirs)
    await expect(connect(peers, { password: 'wrong' })).rejects.toMatchObject({ code: 'EACCES', subject: 'wan' })
    expect(await peers.customer.link.get('ppp0')).toBeUndefined()
  })

  withPeers(`pppd with our concentrator, ${method}: addresses, both versions of IP, and it leaves`, async (peers) => {
    const { customer, provider } = peers
    const events: PppoeEvent[] = []
    await using server = await serve(peers, { ...ours, onEvent: (_, event) => events.push(event) })
    const program = await peers.client('kernel', ['password', 'secret'])
    await soon(() => server.sessions[0]?.ipv6 !== undefined && server.sessions[0].ipv4 !== undefined)
    expect(server.sessions).toMatchObject([{ session: 1, user: 'alice', link: 'ppp0', ipv4: { remote: '10.0.0.10' } }])
    await soon(async () => (await customer.link.get('ppp0'))?.up === true)
    expect(await customer.link.get('ppp0')).toMatchObject({ mtu: 1492 })
    expect(await answerOf(customer, '10.0.0.1', 1464)).toBe('10.0.0.1')
    expect(await answerOf(provider, '10.0.0.10', 1464)).toBe('10.0.0.10')
    await customer.address.add({ link: 'ppp0', address: 'fd09::2/64', noDad: true })
    await provider.address.add({ link: 'ppp0', address: 'fd09::1/64', noDad: true })
    expect(await answerOf(provider, 'fd09::2')).toBe('fd09::2')
    await soon(() => peers.read('resolv.conf').includes('nameserver 192.0.2.53\n'))
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(exit.signal)
    await soon(() => server.sessions.length === 0)
    expect(events.at(-1)).toMatchObject({ kind: 'end', end: { cause: 'terminated' } })
    await soon(isGone(provider))
  })

  withPeers(`pppd with our concentrator, ${method}: a wrong password`, async (peers) => {
    const events: PppoeEvent[] = []
    await using server = await serve(peers, { ...ours, onEvent: (_, event) => events.push(event) })
    const program = await peers.client('kernel', ['password', 'wrong'])
    expect((await program.ended).code).toBe(exit.notLetIn)
    await soon(() => server.sessions.length === 0)
    expect(events.at(-1)).toMatchObject({ kind: 'end', end: { cause: 'authentication' } })
    expect(await peers.provider.link.get('ppp0')).toBeUndefined()
  })
}

withPeers('our client with pppoe-server: TCP from behind it, with segments that fit', async (peers) => {
  const { customer, provider, host } = peers
  await peers.server(['require-chap'])
  await using _session = await connect(peers, { ipv6: false, defaultRoute: true })
  await using lan = await host.namespace.add()
  await lan.link.add({ kind: 'veth', name: 'eth0', up: true, peer: { name: 'lan', namespace: customer, up: true } })
  await lan.address.add({ link: 'eth0', address: '10.9.0.2/24' })
  await customer.address.add({ link: 'lan', address: '10.9.0.1/24' })
  await lan.route.add({ destination: 'default', via: '10.9.0.1' })
  await provider.route.add({ destination: '10.9.0.0/24', link: 'ppp0' })
  await customer.sysctl.set('net.ipv4.ip_forward', 1)
  const segments = await segmentsOn(customer, 'wan')
  const carried = await transfer(peers, lan, '10.0.0.1')
  expect(carried.there).toBeGreaterThan(100_000)
  expect(carried.back).toBeGreaterThan(100_000)
  // An Ethernet's would be 1460; what the kernel of the other side says fits by itself.
  expect(new Set(await segments())).toEqual(new Set([1452]))
})

withPeers('our concentrator with pppd: TCP through the session', async (peers) => {
  await using server = await serve(peers, { ipv6: false })
  await peers.client('program', ['password', 'secret'])
  await soon(() => server.sessions[0]?.ipv4 !== undefined)
  expect(await answerOf(peers.customer, '10.0.0.1')).toBe('10.0.0.1')
  const carried = await transfer(peers, peers.customer, '10.0.0.1')
  expect(carried.there).toBeGreaterThan(100_000)
  expect(carried.back).toBeGreaterThan(100_000)
})

withPeers('pppoe-server ends: its PADT ends our session', async (peers) => {
  const server = await peers.server(['require-chap'])
  await using session = await connect(peers, { ipv6: false })
  server.kill('SIGTERM')
  expect(await session.closed).toMatchObject({ cause: 'terminated' })
  expect(await peers.customer.link.get('ppp0')).toBeUndefined()
})

withPeers('our client says no more than a PADT: pppoe-server lets the session go', async (peers) => {
  await peers.server(['require-chap'])
  const stop = new AbortController()
  const session = await connect(peers, { ipv6: false, signal: stop.signal })
  stop.abort()
  await session.closed
  await soon(isGone(peers.provider))
})

withPeers('our concentrator ends a session, and ends itself: pppd hears of both', async (peers) => {
  await using server = await serve(peers, { ipv6: false })
  const first = await peers.client('kernel', ['password', 'secret'])
  await soon(() => server.sessions[0]?.ipv4 !== undefined)
  server.closeSession(1)
  // The PADT comes right behind the last word of LCP, and may be noticed first.
  expect([exit.peer, exit.hangup]).toContain((await first.ended).code)
  expect(peers.read('client.log')).toContain('LCP terminated by peer')
  const second = await peers.client('kernel', ['password', 'secret'])
  await soon(() => server.sessions[0]?.ipv4 !== undefined)
  expect(server.sessions[0]?.session).toBe(2)
  await server.close()
  expect((await second.ended).code).toBe(exit.hangup)
})

withPeers('the line is cut: our client and pppd notice by echoes', async (peers) => {
  await peers.server(['require-chap', 'lcp-echo-interval 1', 'lcp-echo-failure 2'])
  await using session = await connect(peers, { ipv6: false, keepAlive: { interval: 1, failures: 2 } })
  // Both sides answer each other's for a while.
  await new Promise((resolve) => setTimeout(resolve, 4000))
  expect(await answerOf(peers.customer, '10.0.0.1')).toBe('10.0.0.1')
  await peers.provider.link.set('wan', { up: false })
  expect(await session.closed).toMatchObject({ cause: 'silent' })
  await soon(isGone(peers.provider))
})

withPeers('pppd stands still: our concentrator notices', async (peers) => {
  const events: PppoeEvent[] = []
  await using server = await serve(peers, {
    ipv6: false,
    keepAlive: { interval: 1, failures: 2 },
    onEvent: (_, event) => events.push(event),
  })
  const program = await peers.client('kernel', ['password', 'secret'])
  await soon(() => server.sessions[0]?.ipv4 !== undefined)
  program.kill('SIGSTOP')
  await soon(() => server.sessions.length === 0)
  expect(events.at(-1)).toMatchObject({ kind: 'end', end: { cause: 'silent' } })
})

/** Octets that `iperf3` gets through, both ways one after the other. */
async function transfer({ run, provider }: Peers, from: Namespace, to: string) {
  const once = async (options: readonly string[]) => {
    const server = await run(provider, 'iperf3', ['-s', '-1'])
    const listens = async () => (await (await run(provider, 'cat', ['/proc/net/tcp6'])).ended).stdout.includes(':1451 ')
    await soon(listens)
    const { stdout } = await (await run(from, 'iperf3', ['-c', to, '-t', '1', '-J', ...options])).ended
    await server.ended
    const { end, error } = JSON.parse(stdout) as { end: { sum_received: { bytes: number } }; error?: string }
    if (error !== undefined) throw new Error(`iperf3: ${error}`)
    return end.sum_received.bytes
  }
  return { there: await once([]), back: await once(['-R']) }
}

/** The segment sizes that TCP announces in the sessions on a link, from now until they are asked for. */
async function segmentsOn(namespace: Namespace, link: string): Promise<() => Promise<readonly number[]>> {
  const capture = await namespace.openCapture({ link })
  const sizes: number[] = []
  const reading = (async () => {
    const batch = capture.createBatch()
    for (;;) {
      await capture.read(batch)
      for (const frame of batch) {
        if (frame[12] !== etherTypes.pppoeSession >> 8 || frame[13] !== (etherTypes.pppoeSession & 255)) continue
        const size = layerOf(decodeFrame(frame), 'tcp')?.options.find(({ kind }) => kind === 'mss')
        if (size?.kind === 'mss') sizes.push(size.size)
      }
      batch.clear()
    }
  })()
  reading.catch(() => {})
  return async () => {
    await capture.close()
    await expect(reading).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    return sizes
  }
}

const inKernel = { place: 'kernel', ipv6: true } as const

withPeers('our client in the kernel with pppoe-server: pings, TCP, and it is let go', async (peers) => {
  const { customer, provider } = peers
  await peers.server(['require-chap'])
  await using session = await connect(peers, { ...inKernel, name: 'dsl0' })
  expect(session.ipv4).toMatchObject({ local: '10.0.0.10', remote: '10.0.0.1' })
  expect(await customer.link.get('dsl0')).toMatchObject({ kind: 'ppp', mtu: 1492, up: true })
  expect(await pppoeLinks(customer)).toMatchObject([
    { link: 'dsl0', place: 'kernel', lower: 'wan', concentrator: 'theirs' },
  ])
  expect(await answerOf(customer, '10.0.0.1', 1464)).toBe('10.0.0.1')
  await soon(() => session.ipv6 !== undefined)
  await customer.address.add({ link: 'dsl0', address: 'fd09::2/64', noDad: true })
  await provider.address.add({ link: 'ppp0', address: 'fd09::1/64', noDad: true })
  expect(await answerOf(customer, 'fd09::1')).toBe('fd09::1')
  const carried = await transfer(peers, customer, '10.0.0.1')
  expect(carried.there).toBeGreaterThan(100_000)
  expect(carried.back).toBeGreaterThan(100_000)
  await session.close()
  expect(await session.closed).toMatchObject({ cause: 'closed' })
  expect(await customer.link.get('dsl0')).toBeUndefined()
  await soon(isGone(provider))
})

withPeers('our concentrator in the kernel with pppd: pings, TCP, and it leaves', async (peers) => {
  const { customer, provider } = peers
  await using server = await serve(peers, inKernel)
  const program = await peers.client('kernel', ['password', 'secret'])
  await soon(() => server.sessions[0]?.ipv6 !== undefined && server.sessions[0].ipv4 !== undefined)
  expect(await provider.link.get('ppp0')).toMatchObject({ kind: 'ppp', mtu: 1492, up: true })
  expect(await answerOf(customer, '10.0.0.1', 1464)).toBe('10.0.0.1')
  const carried = await transfer(peers, customer, '10.0.0.1')
  expect(carried.there).toBeGreaterThan(100_000)
  expect(carried.back).toBeGreaterThan(100_000)
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(exit.signal)
  await soon(() => server.sessions.length === 0)
  await soon(isGone(provider))
})

withPeers(
  'both ours in the kernel: a wrong password, a PADT, a link that is deleted, a line that is cut',
  async (peers) => {
    const quick = { ...inKernel, ipv6: false, keepAlive: { interval: 1, failures: 2 } }
    const server = await serve(peers, quick)
    await expect(connect(peers, { ...quick, password: 'wrong' })).rejects.toMatchObject({ code: 'EACCES' })
    await expect(connect(peers, { ...quick, clamp: true })).rejects.toMatchObject({ attribute: 'clamp' })
    const first = await connect(peers, quick)
    expect(await answerOf(peers.customer, '10.0.0.1')).toBe('10.0.0.1')
    await peers.customer.link.delete(first.link)
    await expect(first.closed).rejects.toMatchObject({ code: 'ENXIO' })
    await soon(() => server.sessions.length === 0)
    const second = await connect(peers, quick)
    expect(await answerOf(peers.customer, '10.0.0.1')).toBe('10.0.0.1')
    await server.close()
    expect(await second.closed).toMatchObject({ cause: 'terminated' })
    await using _next = await serve(peers, quick)
    const third = await connect(peers, quick)
    await peers.provider.link.set('wan', { up: false })
    expect(await third.closed).toMatchObject({ cause: 'silent' })
    expect(await peers.customer.link.get('ppp0')).toBeUndefined()
  },
)
