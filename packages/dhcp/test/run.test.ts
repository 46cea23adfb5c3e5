/** Client and server on links: of the mock, where hours pass at once, and of the kernel. */
import { type Capability, type Host, isVnetError, type Namespace, openHost } from '@vnet/core'
import { type ManualClock, manualClock, mockDriver } from '@vnet/mock'
import { afterAll, describe, expect, test, vi } from 'vitest'
import {
  type DhcpClientRunOptions,
  type DhcpClientStep,
  type DhcpServerRunOptions,
  type DhcpServerStep,
  dhcpClient,
  dhcpServer,
} from '../src/index.js'

const needed: readonly Capability[] = ['admin', 'namespace anonymous', 'link veth', 'link bridge', 'socket']

/** A client and a server on a bridge of a third namespace. */
interface Stage {
  /** The mock's clock; on a kernel that of client and server alone, so that hours pass there, too. */
  readonly clock: ManualClock
  readonly client: Namespace
  readonly server: Namespace
  readonly other: Namespace
  readonly bridge: Namespace
  /** Waits for something, and lets time pass meanwhile. */
  until<T>(promise: Promise<T>): Promise<T>
  startClient(options?: DhcpClientRunOptions): ReturnType<typeof dhcpClient>
  startServer(options?: DhcpServerRunOptions): ReturnType<typeof dhcpServer>
  readonly told: (DhcpClientStep | DhcpServerStep)['kind'][]
  readonly problems: unknown[]
}

describe.each(['mock', 'napi', 'ffi'] as const)('on %s', (driver) => {
  const clock = manualClock(1000)
  let opened: Promise<Host> | undefined
  const open = () => {
    opened ??= openHost({ driver: driver === 'mock' ? mockDriver({ clock }) : driver })
    return opened
  }
  afterAll(async () => void (await opened?.catch(() => undefined))?.close())

  const on = (name: string, body: (stage: Stage) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (driver !== 'mock' && (process.env.VNET_TIER ?? 'none') === 'none')
        skip('lacks capability: admin (no kernel is to be used)')
      const host = await open().catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
      for (const need of needed)
        if (host.supports[need] !== true) skip(`lacks capability: ${need} (${host.supports[need]})`)
      await withStage(host, clock, body)
    })

  on('a lease is set, with routes, MTU and lifetimes; it is kept, and given back', async (stage) => {
    const { client, told } = stage
    const options = {
      routers: ['10.7.0.1'],
      'classless-routes': [
        { destination: '0.0.0.0/0', router: '10.7.0.1' },
        { destination: '10.8.0.0/16', router: '10.7.0.9' },
        { destination: '10.9.0.0/16', router: '0.0.0.0' },
      ],
      'dns-servers': ['10.7.0.53'],
      'domain-search': ['lab.example', 'example'],
      mtu: 1400,
    }
    const pools = [['10.7.0.100', '10.7.0.109']] as const
    const serving = await stage.startServer({ subnets: [{ network: '10.7.0.0/24', pools, options }] })
    const running = await stage.startClient({ hostName: 'one' })
    const lease = await stage.until(running.bound())
    expect(lease).toMatchObject({
      address: '10.7.0.100',
      prefixLength: 24,
      server: '10.7.0.1',
      dnsServers: ['10.7.0.53'],
      searchDomains: ['lab.example', 'example'],
      mtu: 1400,
    })
    const [address] = await client.address.list({ link: 'eth0', family: 4 })
    expect(address).toMatchObject({ address: '10.7.0.100', prefixLength: 24 })
    expect(address?.validLifetime).toBeGreaterThan(3500)
    expect(address?.validLifetime).toBeLessThanOrEqual(3600)
    expect((await client.link.get('eth0'))?.mtu).toBe(1400)
    const routes = await client.route.list({ family: 4, link: 'eth0', protocol: 'dhcp' })
    expect(routes.map(({ destination, via, source }) => [destination, via, source]).sort()).toEqual(
      [
        ['default', '10.7.0.1', '10.7.0.100'],
        ['10.8.0.0/16', '10.7.0.9', '10.7.0.100'],
        ['10.9.0.0/16', undefined, '10.7.0.100'],
      ].sort(),
    )
    await stage.until(client.ping({ address: '10.7.0.1', timeout: 5 }))
    expect(serving.bindings).toMatchObject([{ address: '10.7.0.100', state: 'bound', hostName: 'one' }])
    // Prolonged after half an hour, from the server itself.
    stage.clock.advance(1800)
    await stage.until(waitFor(() => (running.lease?.begun ?? 0) > lease.begun))
    const renewed = running.lease
    expect(renewed).toMatchObject({ address: '10.7.0.100', server: '10.7.0.1' })
    expect(told).not.toContain('unbind')
    await stage.until(running.close())
    expect(await client.address.list({ link: 'eth0', family: 4 })).toEqual([])
    expect(await client.route.list({ family: 4, link: 'eth0' })).toEqual([])
    expect((await client.link.get('eth0'))?.mtu).toBe(1500)
    await stage.until(waitFor(() => told.includes('released')))
    expect(serving.bindings).toMatchObject([{ state: 'free' }])
    expect(stage.problems).toEqual([])
    await serving.close()
  })

  on('an address that somebody has is not offered; where it is taken meanwhile, it is declined', async (stage) => {
    const { other, told } = stage
    await other.address.add({ link: 'eth0', address: '10.7.0.100/24' })
    const pools = [['10.7.0.100', '10.7.0.109']] as const
    const subnets = [{ network: '10.7.0.0/24', pools }]
    await using serving = await stage.startServer({ subnets, probeTime: 0.2 })
    await using running = await stage.startClient()
    expect(await stage.until(running.bound())).toMatchObject({ address: '10.7.0.101' })
    expect(told.filter((kind) => kind === 'conflict')).toHaveLength(1)
    await stage.until(running.close())
    await stage.until(waitFor(() => serving.bindings.some(({ state }) => state === 'free')))
    await serving.close()
    told.length = 0
    // A server that does not ask.
    await using blind = await stage.startServer({ subnets, probe: false })
    await using second = await stage.startClient({ requestedAddress: '10.7.0.100' })
    await stage.until(waitFor(() => told.filter((kind) => kind === 'conflict').length === 2))
    expect(second.lease).toBeUndefined()
    expect(second.state).toBe('init')
    expect(blind.bindings).toEqual([])
    expect(stage.problems).toEqual([])
  })

  on('an address that the client itself has kept is offered to it again', async (stage) => {
    const { client, told } = stage
    await client.address.add({ link: 'eth0', address: '10.7.0.100/24' })
    const subnets = [{ network: '10.7.0.0/24', pools: [['10.7.0.100', '10.7.0.101']] as const }]
    await using serving = await stage.startServer({ subnets, probeTime: 0.2 })
    await using running = await stage.startClient({ probes: 0 })
    expect(await stage.until(running.bound())).toMatchObject({ address: '10.7.0.100' })
    expect(told).not.toContain('conflict')
    expect(serving.bindings).toMatchObject([{ address: '10.7.0.100', state: 'bound' }])
    expect(stage.problems).toEqual([])
  })

  on('the answer that gives a lease waits until the lease has been kept', async (stage) => {
    let keep = () => {}
    const kept = new Promise<void>((resolve) => {
      keep = resolve
    })
    let isAsked = false
    await using _ = await stage.startServer({
      probe: false,
      onStep: (step) => {
        if (step.kind !== 'bound') return undefined
        isAsked = true
        return kept
      },
    })
    await using running = await stage.startClient({ probes: 0 })
    await stage.until(waitFor(() => isAsked))
    await stage.until(new Promise((resolve) => setTimeout(resolve, 100)))
    expect(running.lease).toBeUndefined()
    keep()
    expect(await stage.until(running.bound())).toMatchObject({ prefixLength: 24 })
  })

  on('what the program itself throws when it is told of a step or a problem stops nothing', async (stage) => {
    const thrown: (() => void)[] = []
    const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void thrown.push(task))
    try {
      await using _ = await stage.startServer({ probe: false })
      await using running = await stage.startClient({
        probes: 0,
        onStep: () => {
          throw new Error('of the step')
        },
        onProblem: (error) => {
          throw new Error('of the problem', { cause: error })
        },
      })
      expect(await stage.until(running.bound())).toMatchObject({ prefixLength: 24 })
      await stage.until(running.close())
      expect(await stage.client.address.list({ link: 'eth0', family: 4 })).toEqual([])
    } finally {
      spy.mockRestore()
    }
    const ours = thrown.flatMap((task) => {
      try {
        task()
        return []
      } catch (error) {
        return [error]
      }
    })
    expect(ours.length).toBeGreaterThan(5)
    for (const error of ours)
      expect(error).toMatchObject({ message: 'of the problem', cause: { message: 'of the step' } })
  })

  on('a client that is told to answers to all, and one that only looks sets nothing', async (stage) => {
    await using serving = await stage.startServer({ probe: false, subnet: { leaseTime: 60 } })
    await using running = await stage.startClient({ broadcast: true, configure: false, probes: 0 })
    const lease = await stage.until(running.bound())
    expect([lease.prefixLength, lease.endsAt - lease.begun]).toEqual([24, 60])
    expect(await stage.client.address.list({ link: 'eth0', family: 4 })).toEqual([])
    expect(serving.bindings).toMatchObject([{ address: lease.address, state: 'bound' }])
    await stage.until(running.close())
    await stage.until(waitFor(() => serving.bindings[0]?.state === 'free'))
    expect(stage.problems).toEqual([])
  })

  on('an address that is not given back stays, and is asked for again by the next', async (stage) => {
    const { told, client } = stage
    await using serving = await stage.startServer({ probe: false })
    const first = await stage.startClient({ probes: 0 })
    const lease = await stage.until(first.bound())
    await stage.until(first.close({ release: false }))
    expect(await client.address.list({ link: 'eth0', family: 4 })).toMatchObject([{ address: lease.address }])
    expect(serving.bindings).toMatchObject([{ state: 'bound' }])
    told.length = 0
    await using again = await stage.startClient({ probes: 0, lease })
    expect((await stage.until(again.bound())).address).toBe(lease.address)
    expect(told).not.toContain('offer')
    expect(stage.problems).toEqual([])
  })

  on('a client asks again at once when its link has a carrier again', async (stage) => {
    await using _ = await stage.startServer({ probe: false })
    await using running = await stage.startClient({ probes: 0 })
    const { begun } = await stage.until(running.bound())
    await stage.bridge.link.set('p1', { up: false })
    await stage.until(waitFor(async () => (await stage.client.link.get('eth0'))?.carrier === false))
    await stage.bridge.link.set('p1', { up: true })
    await stage.until(waitFor(() => (running.lease?.begun ?? 0) > begun))
    expect(stage.told).not.toContain('unbind')
  })

  on('both end with the reason when their link is gone', async (stage) => {
    const serving = await stage.startServer()
    const running = await stage.startClient()
    await stage.client.link.delete('eth0')
    await stage.server.link.delete('eth0')
    for (const end of [running.closed, serving.closed]) {
      const error = await stage.until(end)
      expect(isVnetError(error) && error).toMatchObject({ code: 'ENODEV', hint: expect.any(String) })
    }
    await expect(running.bound()).rejects.toMatchObject({ code: 'ENODEV' })
    await Promise.all([running.close(), serving.close()])
  })

  on('what cannot be is refused: no link, no MAC, no address, a port that is taken', async (stage) => {
    const { client, server } = stage
    const codeOf = (promise: Promise<unknown>) => promise.then(undefined, (error) => [error.code, typeof error.hint])
    expect(await codeOf(dhcpClient(client, 'nothing'))).toEqual(['ENODEV', 'string'])
    expect(await codeOf(dhcpClient(client, 'lo'))).toEqual(['EOPNOTSUPP', 'string'])
    expect(await codeOf(dhcpServer(client, 'eth0'))).toEqual(['EADDRNOTAVAIL', 'string'])
    expect(await codeOf(dhcpServer(server, 'eth0', { address: '10.7.0.2' }))).toEqual(['EADDRNOTAVAIL', 'string'])
    expect(await codeOf(dhcpClient(client, 'eth0', { probes: 99 }))).toEqual(['VNET_RANGE', 'string'])
    expect(await codeOf(dhcpServer(server, 'eth0', { probeTime: 0 }))).toEqual(['VNET_RANGE', 'string'])
    expect(await codeOf(dhcpServer(server, 'eth0', { subnet: {}, subnets: [] }))).toEqual(['VNET_RANGE', 'string'])
    await using _ = await stage.startServer()
    expect(await codeOf(dhcpServer(server, 'eth0'))).toEqual(['EADDRINUSE', 'string'])
    // Somebody else has the client's port: it ends, and nothing of the lease stays.
    await using taken = await client.openSocket({ kind: 'udp4', link: 'eth0' })
    taken.bind({ port: 68 })
    const deaf = await stage.startClient({ probes: 0 })
    expect(await stage.until(deaf.closed)).toMatchObject({ code: 'EADDRINUSE' })
    expect(await client.address.list({ link: 'eth0', family: 4 })).toEqual([])
    await taken.close()
    const running = await stage.startClient()
    const waiting = codeOf(running.bound())
    await running.close()
    expect(await waiting).toEqual(['VNET_CLOSED', 'string'])
    const over = new AbortController()
    await using patient = await stage.startClient({ signal: over.signal })
    over.abort()
    expect(await stage.until(patient.closed)).toBeUndefined()
    // Also where the signal comes while the link is being opened.
    for (const start of [stage.startClient, stage.startServer]) {
      const early = new AbortController()
      const started = start({ signal: early.signal })
      early.abort()
      await expect(started).rejects.toMatchObject({ name: 'AbortError' })
    }
  })
})

/** Looks again and again. */
async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function withStage(host: Host, clock: ManualClock, body: (stage: Stage) => Promise<void>): Promise<void> {
  const made: Namespace[] = []
  const add = async () => {
    const namespace = await host.namespace.add()
    made.push(namespace)
    return namespace
  }
  try {
    const bridge = await add()
    await bridge.link.add({ kind: 'bridge', name: 'br0', up: true })
    const hosts = [await add(), await add(), await add()] as const
    for (const [i, namespace] of hosts.entries()) {
      const peer = { name: `p${i + 1}`, namespace: bridge, up: true }
      await namespace.link.add({ kind: 'veth', name: 'eth0', up: true, peer })
      await bridge.link.set(`p${i + 1}`, { master: 'br0' })
      // The kernel opens a port when it has heard of its carrier, up to a second later.
      await waitFor(async () => (await bridge.link.get(`p${i + 1}`))?.port?.state === 'forwarding')
    }
    const [client, server, other] = hosts
    await server.address.add({ link: 'eth0', address: '10.7.0.1/24' })
    const told: Stage['told'] = []
    const problems: unknown[] = []
    const watching = {
      onStep: (step: DhcpClientStep | DhcpServerStep) => void told.push(step.kind),
      onProblem: (error: unknown) => void problems.push(error),
      clock,
    }
    await body({
      clock,
      client,
      server,
      other,
      bridge,
      told,
      problems,
      async until(promise) {
        let isOver = false
        const over = () => {
          isOver = true
        }
        promise.then(over, over)
        while (!isOver) {
          await clock.pass(0.01)
          // A kernel has its own time.
          if (host.driver.name !== 'mock') await new Promise((resolve) => setTimeout(resolve, 2))
        }
        return promise
      },
      startClient: (options) => dhcpClient(client, 'eth0', { probeInterval: 0.05, ...watching, ...options }),
      startServer: (options) => dhcpServer(server, 'eth0', { probeTime: 0.05, ...watching, ...options }),
    })
  } finally {
    for (const namespace of made) await namespace.close()
  }
}
