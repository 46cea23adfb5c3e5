/** The examples do what they say, on the kernel and on the mock alike, and a port is a Node stream. @module */
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import type { Driver, FrameBatch, TunPort } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { readCapture } from '@vnet/wire'
import { describe, expect, test, vi } from 'vitest'
import { record } from '../examples/capture.js'
import { mockBehind } from '../examples/mock-behind-tap.js'
import { switchOf } from '../examples/switch-of-taps.js'
import { echo } from '../examples/tun-echo.js'
import { route, type Way } from '../examples/tun-router.js'
import { bound, tunnel } from '../examples/tun-udp-tunnel.js'
import { duplexOf, napiDriver } from '../src/index.js'
import { testsIn } from './in-namespace.js'

const backends: readonly (readonly [string, () => Promise<Driver>])[] = [
  ['napi', napiDriver],
  ['mock', async () => mockDriver()],
]

describe.each(backends)('%s', (_, createDriver) => {
  const inNamespace = testsIn(createDriver, ['tun port', 'capture'])

  inNamespace('an echo behind a TUN', async (ns) => {
    await using port = await echo(ns, 'tun0', '10.0.0.1/24')
    for (let i = 0; i < 3; i++) expect(await ns.ping('10.0.0.2')).toMatchObject({ address: '10.0.0.2' })
    expect(port.counters.writtenFrames).toBeGreaterThanOrEqual(3)
  })

  inNamespace('a tunnel over UDP between two namespaces', async (ns, host) => {
    await using there = await host.namespace.add()
    // The tunnel's own sockets are in the namespace of this process.
    await host.link.set('lo', { up: true })
    const [left, right] = [await bound('127.0.0.1'), await bound('127.0.0.1')]
    await using a = await tunnel(ns, 'tun0', left, right.address())
    await using b = await tunnel(there, 'tun0', right, left.address())
    await ns.address.add({ link: 'tun0', address: '10.0.0.1/24' })
    await there.address.add({ link: 'tun0', address: '10.0.0.2/24' })
    expect(await ns.ping({ address: '10.0.0.2', size: 1400 })).toMatchObject({ address: '10.0.0.2', size: 1408 })
    expect(a.counters.readFrames).toBeGreaterThan(0)
    expect(b.counters.writtenFrames).toBeGreaterThan(0)
  })

  inNamespace('a router of three namespaces, by which sockets find each other', async (ns, host) => {
    await using second = await host.namespace.add()
    await using third = await host.namespace.add()
    const places = [ns, second, third]
    const ways: Way[] = []
    for (const [at, place] of places.entries()) {
      const port = await place.openTun({ name: 'tun0', up: true })
      await place.address.add({ link: 'tun0', address: `10.0.${at}.1/24` })
      await place.route.add({ destination: '10.0.0.0/16', link: 'tun0' })
      ways.push({ port, network: [10, 0, at] })
    }
    const routed = route(ways)
    for (const [from, place] of places.entries()) {
      const to = (from + 1) % 3
      const [socket, other] = [await place.openSocket({ kind: 'udp4' }), await places[to]?.openSocket({ kind: 'udp4' })]
      other?.bind({ port: 7 })
      await socket.send(Uint8Array.of(from), { address: `10.0.${to}.1`, port: 7 })
      const asked = await other?.receive()
      expect(asked).toMatchObject({ data: Uint8Array.of(from), from: { address: `10.0.${from}.1` } })
      await other?.send(Uint8Array.of(9), asked?.from)
      expect(await socket.receive()).toMatchObject({ data: Uint8Array.of(9) })
      await socket.close()
      await other?.close()
    }
    expect(await ns.ping({ address: '10.0.2.1' })).toMatchObject({ ttl: 63 })
    for (const { port } of ways) await port.close()
    await routed
  })

  inNamespace('a port as a Duplex: piped into another, ended by closing, failed by deleting', async (ns, host) => {
    await using there = await host.namespace.add()
    const [a, b] = [await ns.openTun({ name: 'tun0', up: true }), await there.openTun({ name: 'tun0', up: true })]
    await ns.address.add({ link: 'tun0', address: '10.0.0.1/24' })
    await there.address.add({ link: 'tun0', address: '10.0.0.2/24' })
    const [left, right] = [duplexOf(a), duplexOf(b)]
    const piping = [pipeline(left, right, { end: false }), pipeline(right, left, { end: false })]
    for (let i = 0; i < 10; i++) expect(await ns.ping('10.0.0.2')).toMatchObject({ address: '10.0.0.2' })
    await ns.link.delete('tun0')
    await expect(Promise.all(piping)).rejects.toMatchObject({ code: 'EBADFD' })
    await Promise.allSettled(piping)
    await b.close()

    const port = await ns.openTap({ name: 'tap0' })
    const stream = duplexOf(port)
    stream.resume()
    const ended = once(stream, 'end')
    await port.close()
    await ended
    await expect(port.read(port.createBatch())).rejects.toMatchObject({ code: 'VNET_CLOSED' })
  })

  inNamespace('a capture: lines, and a file that is read again', async (ns) => {
    await using port = await echo(ns, 'tun0', '10.0.0.1/24')
    const lines: string[] = []
    const recording = record(ns, 'tun0', 4, (line) => lines.push(line))
    const pinging = (async () => {
      while (lines.length < 4) await ns.ping('10.0.0.2')
    })()
    const blocks = readCapture(await recording)
    await pinging
    expect(port.counters.readFrames).toBeGreaterThan(0)
    expect(lines.some((line) => / IP 10\.0\.0\.1 > 10\.0\.0\.2: ICMP echo request/.test(line))).toBe(true)
    expect(blocks.map(({ block }) => block)).toEqual(['section', 'interface', ...Array(4).fill('packet'), 'statistics'])
  })

  inNamespace('a Duplex reads no more than is taken from it', async (ns) => {
    const port = await ns.openTap({ name: 'tap0', up: true, batchSize: 4 })
    await using _ = port
    const other = await ns.openTap({ name: 'tap1', up: true })
    await using __ = other
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
    for (const link of ['tap0', 'tap1']) await ns.link.set(link, { master: 'br0' })
    await expect.poll(async () => (await ns.link.get('tap1'))?.port?.state).toBe('forwarding')
    await expect.poll(async () => (await ns.link.get('tap0'))?.port?.state).toBe('forwarding')
    const stream = duplexOf(port, { highWaterMark: 1 })
    stream.on('error', () => {})
    const batch = other.createBatch()
    const frame = new Uint8Array(64)
    frame.set([2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5])
    while (batch.count < 60) batch.add(frame)
    expect(other.write(batch)).toBe(60)
    await once(stream, 'readable')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(port.counters.readFrames).toBeLessThanOrEqual(8)
    let seen = 0
    for await (const each of stream) {
      if (each[12] === 0x88) seen++
      if (seen === 60) break
    }
    expect(seen).toBe(60)
  })

  inNamespace(
    'a switch of three TAPs, by which namespaces find each other',
    async (ns, host) => {
      await using second = await host.namespace.add()
      await using third = await host.namespace.add()
      const hosts = [ns, second, third]
      const said = vi.spyOn(console, 'log').mockImplementation(() => {})
      try {
        await using runner = await switchOf(hosts, 'tap0')
        for (const [i, place] of hosts.entries())
          await place.address.add({ link: 'tap0', address: `10.9.2.${i + 1}/24` })
        expect(await ns.ping({ address: '10.9.2.3', timeout: 20 })).toMatchObject({ address: '10.9.2.3' })
        expect(runner.bridge.learned).toBeGreaterThanOrEqual(2)
        expect(said.mock.calls.flat().join()).toContain('is behind port 1')
        await second.link.delete('tap0')
        await vi.waitFor(() => expect(said.mock.calls.flat().join()).toContain('port 2 (tap0) has ended'), 20_000)
      } finally {
        said.mockRestore()
      }
    },
    120_000,
  )

  inNamespace('a host in memory behind a TAP is pinged, and asked the time', async (ns) => {
    await using mock = await mockBehind(ns, 'tap0', '10.0.0.2/24')
    await ns.address.add({ link: 'tap0', address: '10.0.0.1/24' })
    expect(await ns.ping({ address: '10.0.0.2', timeout: 10 })).toMatchObject({ address: '10.0.0.2', ttl: 64 })
    expect(await mock.host.ping({ address: '10.0.0.1', timeout: 10 })).toMatchObject({ address: '10.0.0.1', ttl: 64 })
    await using socket = await ns.openSocket({ kind: 'udp4' })
    socket.connect({ address: '10.0.0.2', port: 37 })
    await socket.send(new Uint8Array(0))
    const { data } = await socket.receive({ signal: AbortSignal.timeout(10_000) })
    const seconds = new DataView(data.buffer, data.byteOffset).getUint32(0) - 2_208_988_800
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(5)
    expect(mock.cable.counters.forth).toBeGreaterThanOrEqual(3)
    expect(mock.cable.counters.back).toBeGreaterThanOrEqual(3)
    // Each learned the other's MAC by ARP.
    const here = await ns.link.get('tap0')
    expect(await mock.host.neighbour.get({ link: 'eth0', address: '10.0.0.1' })).toMatchObject({ mac: here?.mac })
  })
})

test('a router of TUNs drops what is cut short, and writes no checksum of ones only', async () => {
  const packet = new Uint8Array(20)
  packet.set([0x45, 0, 0, 20])
  packet.set([64, 17, 0xfe, 0xff], 8)
  packet.set([10, 0, 0, 1], 16)
  const written: Uint8Array[] = []
  const port = {
    async *[Symbol.asyncIterator]() {
      yield [Uint8Array.of(0x45), packet.slice()]
    },
    write(batch: FrameBatch) {
      for (const one of batch) written.push(one.slice())
      return written.length
    },
  }
  await route([{ port: port as unknown as TunPort, network: [10, 0, 0] }])
  packet.set([63, 17, 0, 0], 8)
  expect(written).toEqual([packet])
})
