/** Ports: frames out of and into TUN and TAP links. @module */
import { FrameBatch, type Namespace, type TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { eventually, fails, failure, sleep, turn } from './expectation.js'
import { numberedFrame, numberOf, turnEcho } from './frame.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'

/** Two TAPs of one bridge, with ports on both: what is written to the one is read from the other. */
export async function twoTaps(
  ns: Namespace,
  defer: (cleanup: () => unknown) => void,
  options: Parameters<Namespace['openTap']>[0] = {},
): Promise<readonly [TunPort, TunPort]> {
  await addBridge(ns)
  const ports: TunPort[] = []
  for (const [index, name] of ['tap0', 'tap1'].entries()) {
    const port = await ns.openTap({ ...options, name, mac: mac(index + 1) })
    defer(() => port.close())
    await ns.link.set(name, { master: 'br0', up: true })
    ports.push(port)
  }
  await eventually(async () => {
    for (const name of ['tap0', 'tap1']) expect((await ns.link.get(name))?.port?.state).toBe('forwarding')
  })
  return ports as unknown as readonly [TunPort, TunPort]
}

/** Reads until `count` numbered frames are there; returns their numbers in order, and checks that each is whole. */
export async function readNumbers(
  port: TunPort,
  count: number,
  size: (number: number) => number,
  batch: FrameBatch = port.createBatch(),
): Promise<number[]> {
  const numbers: number[] = []
  while (numbers.length < count) {
    await port.read(batch)
    for (const frame of batch) {
      const number = numberOf(frame)
      if (number === undefined) continue
      expect(frame.length).toBe(size(number))
      expect(frame.subarray(18).every((octet) => octet === (number & 0xff))).toBe(true)
      numbers.push(number)
    }
  }
  return numbers
}

/** Writes all of a batch, waiting where the port takes no more. */
export async function writeAll(port: TunPort, batch: FrameBatch): Promise<void> {
  for (let from = 0; from < batch.count; ) {
    from += port.write(batch, from)
    if (from < batch.count) await port.writable()
  }
}

/** A hundred frames, all of which arrive. */
export async function exchange(from: TunPort, to: TunPort): Promise<void> {
  const batch = from.createBatch()
  const seen: number[] = []
  for (let next = 0; next < 100; ) {
    batch.clear()
    while (next < 100 && batch.add(numberedFrame(next, 200, 0x22, 0x11))) next++
    await writeAll(from, batch)
  }
  const into = to.createBatch()
  while (seen.length < 100) {
    await to.read(into)
    for (const frame of into) {
      const number = numberOf(frame)
      if (number !== undefined) seen.push(number)
    }
  }
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, number) => number))
}

const tap = ['tun port', 'link tap', 'link bridge'] as const
const tun = ['tun port', 'link tun'] as const

/** Registers the tests of ports. */
export function port(suite: Suite): void {
  suite.test('a TUN that answers pings, until it is closed', [...tun, 'packets'], async ({ ns }) => {
    const opened = await ns.openTun({ name: 'tun0', up: true, mtu: 1400 })
    expect(opened).toMatchObject({ name: 'tun0', kind: 'tun', mtu: 1400, batchSize: 64, queues: 1 })
    expect(opened.index).toBe((await ns.link.get('tun0'))?.index)
    await ns.address.add({ link: 'tun0', address: '10.0.0.1/24' })
    const responder = answer(opened)
    for (let i = 0; i < 5; i++) expect(await ns.ping('10.0.0.2')).toMatchObject({ address: '10.0.0.2', size: 64 })
    expect(await ns.ping({ address: '10.0.0.3', size: 1300 })).toMatchObject({ size: 1308 })
    await opened.close()
    expect(await responder).toBeGreaterThanOrEqual(6)
    expect(await ns.link.get('tun0')).toBeUndefined()
  })

  suite.test('frames of a TAP arrive whole, in order, in batches', tap, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    const size = (number: number) => 60 + (number % 1400)
    const reading = readNumbers(to, 3000, size)
    const batch = from.createBatch()
    for (let next = 0; next < 3000; ) {
      batch.clear()
      while (next < 3000 && batch.add(numberedFrame(next, size(next), 0x22, 0x11))) next++
      await writeAll(from, batch)
      // The queue of a TAP holds 500 frames.
      await turn()
    }
    expect(await reading).toEqual(Array.from({ length: 3000 }, (_, number) => number))
    expect(from.counters.writtenFrames).toBe(3000)
    expect(to.counters.readFrames).toBeGreaterThanOrEqual(3000)
    expect(to.counters.readOctets).toBeGreaterThanOrEqual(from.counters.writtenOctets)
    expect(Object.values(from.counters.dropped).every((count) => count === 0)).toBe(true)
  })

  suite.test('frames that nobody reads stay in the kernel, which drops the newest', tap, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    await ns.link.set('tap1', { txQueueLength: 500 })
    const batch = new FrameBatch({ frames: 700 })
    for (let number = 0; number < 700; number++) batch.add(numberedFrame(number, 64, 0x22, 0x11))
    await writeAll(from, batch)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(to.counters.readFrames).toBe(0)
    expect((await ns.link.get('tap1', { statistics: true }))?.statistics?.txDropped).toBeGreaterThanOrEqual(200)
    const numbers = await readNumbers(to, 400, () => 64)
    expect(numbers.slice(0, 400)).toEqual(Array.from({ length: 400 }, (_, number) => number))
  })

  suite.test('a batch with headroom, and one in shared memory', tap, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    const batch = from.createBatch({ shared: true, headroom: 32 })
    expect(batch.slab.buffer).toBeInstanceOf(SharedArrayBuffer)
    for (let number = 0; number < 8; number++) batch.add(numberedFrame(number, 100, 0x22, 0x11))
    expect(from.write(batch)).toBe(8)
    const into = to.createBatch({ shared: true, headroom: 32 })
    const seen: number[] = []
    while (seen.length < 8) {
      await to.read(into)
      for (let i = 0; i < into.count; i++) {
        const number = numberOf(into.frame(i))
        if (number === undefined) continue
        seen.push(number)
        const before = i === 0 ? 0 : into.offset(i - 1) + into.length(i - 1)
        expect(into.offset(i) - before).toBeGreaterThanOrEqual(32)
      }
    }
    const again = FrameBatch.of(structuredClone(into.parts()))
    expect(again.slab.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect([...again].map((frame) => frame.length)).toEqual([...into].map((frame) => frame.length))
  })

  suite.test('closing wakes a pending read, ends an iteration, and refuses the rest', tap, async ({ ns }) => {
    const opened = await ns.openTap({ name: 'tap0' })
    const batch = opened.createBatch()
    const pending = fails(opened.read(batch), 'VNET_CLOSED')
    await fails(opened.read(batch), 'EBUSY')
    await opened.close()
    expect(await pending).toMatchObject({ operation: 'port read', subject: 'tap0' })
    await fails(opened.read(batch), 'VNET_CLOSED')
    await fails(opened.writable(), 'VNET_CLOSED')
    expect(() => opened.write(batch)).toThrow(/VNET_CLOSED/)
    expect(() => opened.setCarrier(true)).toThrow(/VNET_CLOSED/)
    await opened.close()

    const iterated = await ns.openTap({ name: 'tap0' })
    const steps = iterated[Symbol.asyncIterator]()
    const next = steps.next()
    await iterated.close()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await steps.next()).toEqual({ done: true, value: undefined })
  })

  suite.test('a link that is deleted ends its port with one error', tap, async ({ ns, defer }) => {
    const opened = await ns.openTap({ name: 'tap0' })
    defer(() => opened.close())
    const batch = opened.createBatch()
    const pending = failure(opened.read(batch))
    await ns.link.delete('tap0')
    const error = await pending
    expect(error).toMatchObject({ code: 'EBADFD', errno: 77, operation: 'port read', subject: 'tap0' })
    expect(error.message).toContain('File descriptor in bad state')
    expect(error.hint).toContain('deleted')
    expect(await failure(opened.read(batch))).toBe(error)
    expect(await failure(opened.writable())).toBe(error)
    batch.add(numberedFrame(1, 64, 0x22, 0x11))
    expect(() => opened.write(batch)).toThrow(error)

    const idle = await ns.openTap({ name: 'tap0' })
    defer(() => idle.close())
    await ns.link.delete('tap0')
    await fails(idle.read(batch), 'EBADFD')
  })

  suite.test('a link that is down: frames are refused and counted, reading waits', tap, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    await ns.link.set('tap0', { up: false })
    const dropped = async () => (await ns.link.get('tap0', { statistics: true }))?.statistics?.rxDropped ?? 0
    const before = await dropped()
    const batch = from.createBatch()
    for (let number = 0; number < 5; number++) batch.add(numberedFrame(number, 64, 0x22, 0x11))
    expect(from.write(batch)).toBe(5)
    expect(await dropped()).toBe(before + 5)
    expect(from.counters).toMatchObject({ writtenFrames: 0, writtenOctets: 0, dropped: { linkDown: 5 } })
    await ns.link.set('tap1', { up: false })
    const reading = readNumbers(to, 5, () => 64)
    await ns.link.set('tap0', { up: true })
    await ns.link.set('tap1', { up: true })
    await eventually(async () => {
      for (const name of ['tap0', 'tap1']) expect((await ns.link.get(name))?.port?.state).toBe('forwarding')
    })
    expect(from.write(batch)).toBe(5)
    expect(await reading).toEqual([0, 1, 2, 3, 4])
    expect(from.counters).toMatchObject({ writtenFrames: 5, writtenOctets: 320, dropped: { linkDown: 5 } })
  })

  suite.test('a malformed frame is counted and holds up no other', tun, async ({ ns, defer }) => {
    const opened = await ns.openTun({ name: 'tun0', up: true })
    defer(() => opened.close())
    const batch = opened.createBatch()
    const good = new Uint8Array(60)
    good[0] = 0x45
    for (const frame of [good, new Uint8Array(60), good, new Uint8Array(0), good]) batch.add(frame)
    expect(opened.write(batch)).toBe(5)
    expect(opened.counters).toMatchObject({ writtenFrames: 3, writtenOctets: 180, dropped: { malformed: 2 } })
  })

  suite.test(
    'a full send buffer: write takes less, and writable waits',
    [...tap, 'namespace exec'],
    async ({ ns, defer, skip }) => {
      const [from, to] = await twoTaps(ns, defer, { sendBuffer: 32_768 })
      if (!(await hold(ns, 'tap1'))) skip('needs tc and the queueing discipline tbf')
      const batch = from.createBatch()
      for (let number = 0; number < 64; number++) batch.add(numberedFrame(number, 1400, 0x22, 0x11))
      const taken = from.write(batch)
      expect(taken).toBeGreaterThan(0)
      expect(taken).toBeLessThan(64)
      expect(from.write(batch, taken)).toBe(0)
      const waiting = from.writable()
      expect(await Promise.race([waiting, sleep(30).then(() => 'waits')])).toBe('waits')
      await release(ns, 'tap1')
      await waiting
      const reading = readNumbers(to, 64 - taken, () => 1400)
      const again = new FrameBatch()
      for (let number = taken; number < 64; number++) again.add(numberedFrame(number, 1400, 0x22, 0x11))
      await writeAll(from, again)
      expect((await reading).slice(-1)).toEqual([63])
      expect(from.counters.writtenFrames).toBe(64)
    },
  )

  suite.test('a batch that is too small is refused before anything is read', tap, async ({ ns, defer }) => {
    const opened = await ns.openTap({ name: 'tap0' })
    defer(() => opened.close())
    await expect(opened.read(new FrameBatch({ octets: 1024 }))).rejects.toThrow(RangeError)
  })

  suite.test('where there are no ports it says so', [], async ({ ns, supports }) => {
    if (supports['tun port'] === true) return
    const error = await fails(ns.openTun({ name: 'tun0' }), 'VNET_UNSUPPORTED')
    expect(error).toMatchObject({ operation: 'tun open', subject: 'tun port' })
    expect(await ns.link.get('tun0')).toBeUndefined()
  })
}

/** Answers pings until the port is closed; returns how many. */
async function answer(port: TunPort): Promise<number> {
  let answered = 0
  for await (const batch of port) {
    for (const packet of batch) if (turnEcho(packet)) answered++
    port.write(batch)
  }
  return answered
}

/** Lets a namespace forward; `false` where its settings cannot be written. */
export function forwards(ns: PlacedNamespace): Promise<boolean> {
  return succeeds(ns, 'echo 1 > /proc/sys/net/ipv4/ip_forward && echo 1 > /proc/sys/net/ipv6/conf/all/forwarding')
}

/** Holds frames that go out of a link: while they wait in a queueing discipline they keep the send buffer of who wrote them. */
export function hold(ns: PlacedNamespace, link: string): Promise<boolean> {
  return succeeds(ns, `tc qdisc add dev ${link} root tbf rate 8kbit burst 2kb latency 1000s`)
}

/** Drops what was held. */
export function release(ns: PlacedNamespace, link: string): Promise<boolean> {
  return succeeds(ns, `tc qdisc delete dev ${link} root`)
}

/** Whether a command line of the shell succeeds inside a namespace. */
async function succeeds(ns: PlacedNamespace, script: string): Promise<boolean> {
  try {
    const program = await ns.run({ command: 'sh', args: ['-c', script], stdio: 'pipe' })
    return (await program.ended).code === 0
  } catch {
    return false
  }
}
