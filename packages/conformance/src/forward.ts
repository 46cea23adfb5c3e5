/** Routers between hosts: packets go on, or come back with an error that says why not. @module */
import { type Capture, type Namespace, type PingProblem, pingProblemOf } from '@vnet/core'
import { expect } from 'vitest'
import { openedCapture } from './capture.js'
import { eventually, fails, failure, sleep } from './expectation.js'
import { u16 } from './frame.js'
import { isOwn, left4, left6, makeRow, type Row, right4, right6 } from './routed.js'
import { opener, received } from './socket-place.js'
import type { Suite } from './suite.js'

/** What every test needs. */
const needs = ['packets', 'sysctl', 'link veth'] as const

/** Registers the tests. */
export function forward(suite: Suite): void {
  suite.test('through one router, and through three', needs, async (context) => {
    const { first, address4, address6 } = await makeRow(context, 3)
    for (const [to, ttl] of [
      [right4(0), 64],
      [right4(1), 63],
      [address4, 61],
    ] as const) {
      expect(await first.ping({ address: to, timeout: 5 }), to).toMatchObject({ address: to, ttl })
    }
    for (const to of [right6(0), right6(1), address6])
      expect(await first.ping({ address: to, timeout: 5 })).toBeDefined()
  })

  suite.test(
    'who does not forward lets them fall; IPv4 and IPv6 are switched by themselves',
    needs,
    async (context) => {
      const row = await makeRow(context, 1)
      const router = row.routers[0] as Namespace
      await router.sysctl.set('net.ipv4.conf.left.forwarding', 0)
      await fails(row.first.ping({ address: row.address4, timeout: 0.3 }), 'ETIMEDOUT')
      await row.first.ping({ address: row.address6, timeout: 5 })
      await router.sysctl.set('net.ipv6.conf.all.forwarding', 0)
      await router.sysctl.set('net.ipv4.conf.left.forwarding', 1)
      await fails(row.first.ping({ address: row.address6, timeout: 0.3 }), 'ETIMEDOUT')
      await row.first.ping({ address: row.address4, timeout: 5 })
    },
  )

  suite.test('hops that run out are told by the router where they do', needs, async (context) => {
    const { first, address4, address6 } = await makeRow(context, 3)
    for (let ttl = 1; ttl <= 3; ttl++) {
      expect(await problem(first, { address: address4, ttl })).toEqual([
        'EHOSTUNREACH',
        { from: right4(ttl - 1), type: 11, code: 0 },
      ])
      expect(await problem(first, { address: address6, ttl })).toEqual([
        'EHOSTUNREACH',
        { from: right6(ttl - 1), type: 3, code: 0 },
      ])
    }
    expect(await first.ping({ address: address4, ttl: 4, timeout: 5 })).toMatchObject({ ttl: 61 })
    await first.ping({ address: address6, ttl: 4, timeout: 5 })
  })

  suite.test('hops that a host gives its packets are its settings', needs, async (context) => {
    const { first, last, address4, address6 } = await makeRow(context, 1)
    await first.sysctl.set('net.ipv4.ip_default_ttl', 1)
    await first.sysctl.set('net.ipv6.conf.right.hop_limit', 1)
    await problem(first, { address: address4 })
    expect((await problem(first, { address: address6 }))[0]).toBe('EHOSTUNREACH')
    await first.sysctl.set('net.ipv4.ip_default_ttl', 2)
    await last.sysctl.set('net.ipv4.ip_default_ttl', 30)
    expect(await first.ping({ address: address4, timeout: 5 })).toMatchObject({ ttl: 29 })
  })

  suite.test('no route, and routes that say no', needs, async (context) => {
    const row = await makeRow(context, 1)
    const router = row.routers[0] as Namespace
    await row.first.route.add({ destination: '10.9.0.0/16', via: right4(0) })
    await row.first.route.add({ destination: '2001:db8:9::/48', via: right6(0) })
    const said = [
      [undefined, ['ENETUNREACH', 3, 0], ['ENETUNREACH', 1, 0]],
      ['unreachable', ['EHOSTUNREACH', 3, 1], ['ENETUNREACH', 1, 0]],
      ['prohibit', ['EHOSTUNREACH', 3, 13], ['EACCES', 1, 1]],
    ] as const
    for (const [type, four, six] of said) {
      if (type !== undefined) {
        await router.route.set({ destination: '10.9.0.0/16', type })
        await router.route.set({ destination: '2001:db8:9::/48', type })
      }
      expect(await problem(row.first, { address: '10.9.0.1' }), type).toEqual([
        four[0],
        { from: right4(0), type: four[1], code: four[2] },
      ])
      expect(await problem(row.first, { address: '2001:db8:9::1' }), type).toEqual([
        six[0],
        { from: right6(0), type: six[1], code: six[2] },
      ])
      // Two errors about routes use up what a host may be told at once.
      await rested(row)
    }
    await router.route.set({ destination: '10.9.0.0/16', type: 'blackhole' })
    await router.route.set({ destination: '2001:db8:9::/48', type: 'blackhole' })
    for (const address of ['10.9.0.1', '2001:db8:9::1'])
      await fails(row.first.ping({ address, timeout: 0.3 }), 'ETIMEDOUT')
  })

  suite.test('the longest prefix, rules by link and source, and metrics choose the way', needs, async (context) => {
    const row = await makeRow(context, 1)
    const router = row.routers[0] as Namespace
    await router.route.add({ destination: `${row.address4}/32`, type: 'prohibit' })
    expect((await problem(row.first, { address: row.address4 }))[1]).toMatchObject({ code: 13 })
    await router.route.add({ destination: '10.0.1.0/24', link: 'right', table: 100 })
    await router.rule.add({ priority: 10, inputLink: 'left', from: '10.0.0.0/24', table: 100 })
    await row.first.ping({ address: row.address4, timeout: 5 })
  })

  suite.test('a neighbour that does not answer is told by the router', needs, async (context) => {
    const row = await makeRow(context, 1)
    const [four, six] = ['10.0.1.77', '2001:db8:a1::77']
    const [a, b] = await Promise.all([four, six].map((address) => problem(row.first, { address, timeout: 20 })))
    expect(a).toEqual(['EHOSTUNREACH', { from: right4(0), type: 3, code: 1 }])
    expect(b).toEqual(['EHOSTUNREACH', { from: right6(0), type: 1, code: 3 }])
  })

  suite.test('an address of another link of the host is reached, a site-local one too', needs, async (context) => {
    const { first, last, routers, address6 } = await makeRow(context, 1)
    await last.address.add({ link: 'lo', address: 'fec0::7/128', noDad: true })
    await isOwn(last, 'fec0::7')
    await first.route.add({ destination: 'fec0::/10', via: right6(0) })
    await routers[0]?.route.add({ destination: 'fec0::/10', via: address6 })
    expect(await first.ping({ address: 'fec0::7', timeout: 5 })).toMatchObject({ address: 'fec0::7' })
  })

  suite.test('a cable that is too narrow is told; then the host cuts by itself', needs, async (context) => {
    const { first, address4, address6 } = await makeRow(context, 2, [1500, 1500, 1300])
    expect(await problem(first, { address: address4, size: 1400 })).toEqual([
      'EMSGSIZE',
      { from: right4(1), type: 3, code: 4, mtu: 1300 },
    ])
    expect(await first.ping({ address: address4, size: 1400, timeout: 5 })).toMatchObject({ size: 1408 })
    expect(await problem(first, { address: address6, size: 1400 })).toEqual([
      'EMSGSIZE',
      { from: right6(1), type: 2, code: 0, mtu: 1300 },
    ])
    expect(await first.ping({ address: address6, size: 1400, timeout: 5 })).toMatchObject({ size: 1408 })
  })

  suite.test('a connected socket is told of a cable that is too narrow', [...needs, 'socket'], async (context) => {
    const { first, address4, address6 } = await makeRow(context, 1, [1500, 1300])
    for (const [kind, address] of [
      ['udp4', address4],
      ['udp6', address6],
    ] as const) {
      const socket = await opener(context.defer)(first, { kind })
      socket.connect({ address, port: 5999 })
      await socket.send(new Uint8Array(1400))
      await fails(received(socket), 'EMSGSIZE')
    }
  })

  suite.test('packets of IPv4 that may be cut are cut on the way, and cut again', needs, async (context) => {
    const row = await makeRow(context, 3, [1500, 1400, 900, 700])
    for (const ns of [row.first, row.last]) await ns.sysctl.set('net.ipv4.ip_no_pmtu_disc', 1)
    expect(await row.first.ping({ address: row.address4, size: 1472, timeout: 5 })).toMatchObject({
      size: 1480,
      ttl: 61,
    })
    expect(await row.first.ping({ address: row.address4, size: 9000, timeout: 5 })).toMatchObject({ size: 9008 })
  })

  suite.test('sources are looked at: strictly, loosely, not at all', [...needs, 'capture'], async (context) => {
    const row = await makeRow(context, 1)
    const router = row.routers[0] as Namespace
    // The first host has an address to which the router knows no way back, or one that leads elsewhere.
    await row.first.address.add({ link: 'lo', address: '10.50.0.1/32' })
    await row.first.route.set({ destination: '10.0.1.0/24', via: right4(0), source: '10.50.0.1' })
    await row.last.route.add({ destination: '10.50.0.0/16', via: left4(1) })
    await router.ping({ address: row.address4, timeout: 5 })
    const capture = await openedCapture(row.last, context.defer, { link: 'left' })
    const passes = async () => {
      const asked = row.first.ping({ address: row.address4, timeout: 0.3 })
      await asked.catch(() => {})
      await router.ping({ address: row.address4, timeout: 5 })
      return (await askers(capture, left4(1))).includes('10.50.0.1')
    }
    expect(await passes()).toBe(true)
    await router.sysctl.set('net.ipv4.conf.left.rp_filter', 2)
    expect(await passes(), 'loose, no way back').toBe(false)
    await router.route.add({ destination: '10.50.0.0/16', via: right4(1) })
    expect(await passes(), 'loose, by another link').toBe(true)
    await router.sysctl.set('net.ipv4.conf.left.rp_filter', 1)
    expect(await passes(), 'strict, by another link').toBe(false)
    await router.sysctl.set('net.ipv4.conf.left.rp_filter', 0)
    await router.sysctl.set('net.ipv4.conf.all.rp_filter', 1)
    expect(await passes(), 'strict for all links').toBe(false)
    await router.route.set({ destination: '10.50.0.0/16', via: left4(0) })
    await row.first.ping({ address: row.address4, timeout: 5 })
  })

  suite.test('a network of a loopback is its own, yet others may send from there', needs, async (context) => {
    const row = await makeRow(context, 1)
    const router = row.routers[0] as Namespace
    const received = async () => (await router.link.get('lo', { statistics: true }))?.statistics?.rxPackets ?? 0
    await row.first.ping({ address: right4(0), timeout: 5 })
    await router.link.set('lo', { up: true })
    await router.address.add({ link: 'lo', address: left4(0).replace(/\d+$/, '77/24') })
    const before = await received()
    // It is answered, to the loopback.
    await fails(row.first.ping({ address: right4(0), timeout: 0.5 }), 'ETIMEDOUT')
    expect(await received()).toBe(before + 1)
    await router.route.add({ type: 'local', destination: '10.99.0.0/16', link: 'lo', table: 'local', scope: 'host' })
    await fails(row.first.ping({ address: right4(0), timeout: 0.5 }), 'ETIMEDOUT')
    expect(await received(), 'with a route of somebody').toBe(before + 1)
  })

  suite.test('errors about one host are limited: six at once, of those about hops', needs, async (context) => {
    const { first, address4 } = await makeRow(context, 1)
    const ask = (sequence: number) => failure(first.ping({ address: address4, ttl: 1, sequence, timeout: 0.5 }))
    const began = performance.now()
    let told = 0
    for (let i = 1; i <= 8; i++) {
      const { code } = await ask(i)
      if (i <= 6) expect(code).toBe('EHOSTUNREACH')
      if (code === 'EHOSTUNREACH') told++
      else expect(code).toBe('ETIMEDOUT')
      // One more for each second that it takes.
      expect(told).toBeLessThanOrEqual(6 + (performance.now() - began) / 1000)
    }
  })

  suite.test('the routers on the way, one after another; what ends it is told', needs, async (context) => {
    const row = await makeRow(context, 2)
    // The routers know each other before: where one is looked for in vain, the one before it answers.
    for (const address of [row.address4, row.address6]) await eventually(() => row.first.ping({ address, timeout: 1 }))
    const met = async (address: string) => {
      const hops: string[] = []
      for await (const { ttl, probes, reached } of row.first.trace({ address, probes: 2, maxHops: 5, timeout: 5 })) {
        const [first, second] = probes
        expect([second?.from, probes.length, ttl]).toEqual([first?.from, 2, hops.length + 1])
        expect(first?.time).toBeGreaterThan(0)
        hops.push(`${first?.from}${reached ? '' : ` ${first?.problem?.type}/${first?.problem?.code}`}`)
      }
      return hops
    }
    expect(await met(row.address4)).toEqual([`${right4(0)} 11/0`, `${right4(1)} 11/0`, row.address4])
    expect(await met(row.address6)).toEqual([`${right6(0)} 3/0`, `${right6(1)} 3/0`, row.address6])
    await (row.routers[1] as Namespace).route.add({ destination: `${row.address6}/128`, type: 'prohibit' })
    expect(await met(row.address6)).toEqual([`${right6(0)} 3/0`, `${right6(1)} 1/1`])
    await fails(row.first.trace('192.0.2.1').next(), 'ENETUNREACH')
  })

  suite.test('from a router itself, and to its far side', needs, async (context) => {
    const row = await makeRow(context, 1)
    const router = row.routers[0] as Namespace
    await router.ping({ address: row.address4, timeout: 5 })
    await row.first.ping({ address: left4(1), timeout: 5 })
    await row.first.ping({ address: left6(1), timeout: 5 })
    // The anycast address of its network, for which it answers by another name unless it is told to.
    await fails(row.first.ping({ address: '2001:db8:a1::', timeout: 0.3 }), 'ETIMEDOUT')
    await router.sysctl.set('net.ipv6.anycast_src_echo_reply', 1)
    await row.first.ping({ address: '2001:db8:a1::', timeout: 5 })
  })
}

/** The code that a ping ends with, and who said why. */
async function problem(
  ns: Namespace,
  spec: { readonly address: string; readonly ttl?: number; readonly size?: number; readonly timeout?: number },
): Promise<readonly [code: string, problem: Omit<PingProblem, 'time'> | undefined]> {
  const error = await failure(ns.ping({ timeout: 5, ...spec }))
  const found = pingProblemOf(error)
  if (found !== undefined) expect(error.hint).toContain(`${found.from} says:`)
  if (found === undefined) return [error.code, undefined]
  const { time, ...told } = found
  expect(time).toBeGreaterThan(0)
  return [error.code, told]
}

/** Who asked for an echo, from the first frame that is left to be read to the first of `last`. */
async function askers(capture: Capture, last: string): Promise<string[]> {
  const batch = capture.createBatch()
  const found: string[] = []
  while (!found.includes(last)) {
    await capture.read(batch)
    for (const frame of batch) {
      if (u16(frame, 12) === 0x0800 && frame[23] === 1 && frame[34] === 8) found.push(frame.subarray(26, 30).join('.'))
    }
  }
  return found
}

/** The router may tell the first host as much as ever. */
async function rested(row: Row): Promise<void> {
  for (const router of row.routers) await router.sysctl.set('net.ipv4.icmp_ratelimit', 0)
  await sleep(1100)
}
