/** Routers of the mock by a clock that the test moves: how often errors are told, how long fragments wait, what is remembered. */
import { FrameBatch, type Host, isVnetError, type Namespace, openHost, pingProblemOf, type TunPort } from '@vnet/core'
import { encodeFrame, etherTypeAt } from '@vnet/wire'
import { describe, expect, test } from 'vitest'
import { type ManualClock, manualClock, mockDriver } from '../src/index.js'
import { mac, openLab } from './lab.js'

/** A host, a router and a far host in a row; a cable of 1,300 octets between the last two. */
async function row(host: Host): Promise<readonly [near: Namespace, router: Namespace, far: Namespace]> {
  await host.namespace.add('router')
  await host.namespace.add('far')
  const [near, router, far] = [host, await host.namespace.open('router'), await host.namespace.open('far')]
  for (const ns of [near, router, far]) await ns.link.set('lo', { up: true })
  await near.link.add({ kind: 'veth', name: 'a', up: true, peer: { name: 'b', namespace: 'router', up: true } })
  await router.link.add({
    kind: 'veth',
    name: 'c',
    mtu: 1300,
    up: true,
    peer: { name: 'd', mtu: 1300, namespace: 'far', up: true },
  })
  await near.address.add({ link: 'a', address: '10.0.0.1/24' })
  await router.address.add({ link: 'b', address: '10.0.0.2/24' })
  await router.address.add({ link: 'c', address: '10.0.1.1/24' })
  await far.address.add({ link: 'd', address: '10.0.1.2/24' })
  await router.sysctl.set('net.ipv4.ip_forward', 1)
  await near.route.add({ destination: 'default', via: '10.0.0.2' })
  await far.route.add({ destination: 'default', via: '10.0.1.1' })
  return [near, router, far]
}

/** The code that a ping ends with; the clock goes on while it waits. */
async function ended(ns: Namespace, clock: ManualClock, spec: Parameters<Namespace['ping']>[0]): Promise<string> {
  let code: string | undefined
  const waiting = ns.ping(spec).then(
    () => {
      code = 'answer'
    },
    (error: unknown) => {
      code = isVnetError(error) ? error.code : String(error)
    },
  )
  for (let i = 0; i < 5 && code === undefined; i++) await new Promise((resolve) => setTimeout(resolve, 0))
  // Nobody answers: the wait is the clock's.
  if (code === undefined) clock.advance(0.001)
  await waiting
  return code as string
}

describe('routers', () => {
  test('tell a host of six errors at once, then of one a second', async () => {
    const { host, clock } = await openLab()
    const [near] = await row(host)
    const ask = () => ended(near, clock, { address: '10.0.1.2', ttl: 1, timeout: 0.001 })
    const told = async (times: number) => {
      let count = 0
      for (let i = 0; i < times; i++) if ((await ask()) === 'EHOSTUNREACH') count++
      return count
    }
    expect(await told(9)).toBe(6)
    clock.advance(1)
    expect(await told(3)).toBe(1)
    clock.advance(2.5)
    expect(await told(5)).toBe(2)
    await host.close()
  })

  test('a restored router goes on counting the errors that it told', async () => {
    const { host, driver, clock } = await openLab()
    const [near] = await row(host)
    const ask = { address: '10.0.1.2', ttl: 1, timeout: 0.001 }
    for (let i = 0; i < 6; i++) expect(await ended(near, clock, ask)).toBe('EHOSTUNREACH')
    const later = manualClock(clock.now())
    await using copy = await openHost({ driver: driver.fork({ clock: later }) })
    expect(await ended(copy, later, ask)).toBe('ETIMEDOUT')
    later.advance(1)
    expect(await ended(copy, later, ask)).toBe('EHOSTUNREACH')
    await host.close()
  })

  test('a host remembers what fits a way for ten minutes, also in a snapshot', async () => {
    const { host, driver, clock } = await openLab()
    const [near] = await row(host)
    const big = { address: '10.0.1.2', size: 1400, timeout: 0.001 }
    expect(await ended(near, clock, big)).toBe('EMSGSIZE')
    expect(await ended(near, clock, big)).toBe('answer')
    const later = manualClock(clock.now())
    const copy = await openHost({ driver: driver.fork({ clock: later }) })
    expect(await ended(copy, later, big)).toBe('answer')
    await copy.close()
    clock.advance(601)
    expect(await ended(near, clock, big)).toBe('EMSGSIZE')
    await host.close()
  })

  test('an echo socket has its packets whole, and is told where they do not fit', async () => {
    const { host, driver } = await openLab()
    const [near] = await row(host)
    await near.sysctl.set('net.ipv4.ping_group_range', '0 0')
    const socket = await near.openSocket({ kind: 'icmp4' })
    socket.connect({ address: '10.0.1.2' })
    const request = new Uint8Array(1400)
    request[0] = 8
    await socket.send(request)
    await driver.settled()
    expect(() => socket.take()).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }))
    await socket.close()
    await host.close()
  })

  test('settings are part of a snapshot', async () => {
    const { host, driver } = await openLab()
    await row(host)
    await host.sysctl.set('net.ipv4.conf.a.rp_filter', 2)
    await host.sysctl.set('net.ipv6.conf.a.hop_limit', 9)
    await host.sysctl.set('net.ipv4.ip_default_ttl', 70)
    const before = await host.sysctl.list()
    const copy = await openHost({ driver: mockDriver({ state: JSON.parse(JSON.stringify(driver.save())) }) })
    expect(await copy.sysctl.list()).toEqual(before)
    await copy.close()
    await host.close()
  })

  test('several ways of a route are taken in the measure of their weights, one by each flow', async () => {
    const { host, clock } = await openLab()
    const seen: Uint8Array[][] = []
    for (const [at, link] of ['t0', 't1'].entries()) {
      seen.push(collected(await host.openTun({ name: link, up: true })))
      await host.address.add({ link, address: `10.${at}.0.1/24` })
    }
    await host.route.add({
      destination: '10.9.0.0/16',
      nextHops: [
        { link: 't0', weight: 3 },
        { link: 't1', weight: 1 },
      ],
    })
    for (let i = 1; i <= 200; i++) {
      for (const sequence of [1, 2]) await ended(host, clock, { address: `10.9.0.${i}`, sequence, timeout: 0.001 })
    }
    await settled()
    const [first, second] = seen.map(targets) as [string[], string[]]
    expect(first.length + second.length).toBe(400)
    expect(first.filter((target) => second.includes(target))).toEqual([])
    expect(first.length).toBeGreaterThan(260)
    expect(first.length).toBeLessThan(340)
    await host.close()
  })

  test.each([
    { version: 4, seconds: 30 },
    { version: 6, seconds: 60 },
  ])('fragments of IPv$version wait $seconds seconds', async ({ version, seconds }) => {
    const { host, clock } = await openLab()
    const port = await host.openTap({ name: 'tap0', mac: mac(1), up: true })
    const frames = collected(port)
    const [own, other] = version === 4 ? ['10.0.0.1', '10.0.0.2'] : ['2001:db8::1', '2001:db8::2']
    await host.address.add({
      link: 'tap0',
      address: `${own}/${version === 4 ? 24 : 64}`,
      noDad: version === 6,
    } as never)
    await host.neighbour.add({ link: 'tap0', address: other as string, mac: mac(2) })
    const ends = { source: other as string, destination: own as string }
    const frame = encodeFrame([
      { layer: 'ethernet', destination: mac(1), source: mac(2) },
      ...(version === 4
        ? [{ layer: 'ipv4', ...ends, protocol: 17, moreFragments: true } as const]
        : [
            { layer: 'ipv6', ...ends } as const,
            { layer: 'ipv6-fragment', nextHeader: 17, offset: 0, moreFragments: true, identification: 1 } as const,
          ]),
      { layer: 'payload', bytes: new Uint8Array(64) },
    ] as never)
    const batch = new FrameBatch({ frames: 1 })
    batch.add(frame)
    port.write(batch)
    clock.advance(seconds - 0.01)
    await settled()
    expect(errors(frames)).toEqual([])
    clock.advance(0.02)
    // Time exceeded, of reassembly.
    await settled()
    expect(errors(frames)).toEqual([version === 4 ? '11/1' : '3/1'])
    await host.close()
  })

  test('a ping that ends in an error says who said so', async () => {
    const { host } = await openLab()
    const [near] = await row(host)
    const error = await near.ping({ address: '10.0.1.2', ttl: 1 }).catch((refusal: unknown) => refusal)
    expect(pingProblemOf(error)).toMatchObject({ from: '10.0.0.2', type: 11, code: 0 })
    expect(pingProblemOf(new Error('another'))).toBeUndefined()
    await host.close()
  })
})

/** All that a port gives, as it comes. */
function collected(port: TunPort): Uint8Array[] {
  const batch = port.createBatch()
  const found: Uint8Array[] = []
  const read = async () => {
    while ((await port.read(batch)) > 0) for (const frame of batch) found.push(frame.slice())
  }
  // Closing the port ends it.
  read().catch(() => {})
  return found
}

/** Everybody has had a turn. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

/** Destinations of the packets that left by a TUN. */
const targets = (packets: readonly Uint8Array[]): string[] =>
  packets.filter((packet) => packet[0] === 0x45).map((packet) => packet.subarray(16, 20).join('.'))

/** Types and codes of the ICMP errors that left by a TAP. */
function errors(frames: readonly Uint8Array[]): string[] {
  return frames.flatMap((frame) => {
    const at = etherTypeAt(frame, 0) === 0x0800 && frame[23] === 1 ? 34 : frame[20] === 58 ? 54 : undefined
    if (at === undefined || (at === 54 && (frame[54] as number) >= 128)) return []
    return [`${frame[at]}/${frame[at + 1]}`]
  })
}
