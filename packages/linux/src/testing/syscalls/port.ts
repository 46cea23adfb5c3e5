/** Ports on descriptors that others made, programs of one's own, and Node streams: what only this seam can bring about. @module */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { FrameBatch, type Namespace, openHost, type TunPort, type TunPortOptions } from '@vnet/core'
import { linuxDriver } from '../../driver.js'
import { duplexOf } from '../../tun/duplex.js'
import { openTun } from './octets.js'
import { codeOf, type Place, type Surroundings } from './surroundings.js'

const O_RDWR = 2
/** `IFF_TAP | IFF_NO_PI`. */
const TAP = 0x1002
/** An EtherType for experiments (IEEE 802 local experimental), and for marks that end a round. */
const [TESTED, MARK] = [0x88b5, 0x88b6] as const

/** Declares the tests. */
export function portTests({ withTun }: Surroundings): void {
  withTun('an attached descriptor is taken over: it no longer blocks, and is closed with the port', (place) =>
    inside(place, async (ns) => {
      const fd = openTun(place.syscalls, place.namespace, 'tap0', TAP)
      const port = await ns.openTap({ fd, up: true })
      assert.equal(port.name, 'tap0')
      assert.equal(port.index, (await ns.link.get('tap0'))?.index)
      const from = await neighbour(ns)
      from.write(frames(5))
      assert.deepEqual(await lengths(from, port), [200, 200, 200, 200, 200])
      await port.close()
      assert.equal(await ns.link.get('tap0'), undefined)
    }),
  )

  withTun('a descriptor that is not attached yet makes the link', (place) =>
    inside(place, async (ns) => {
      const fd = place.syscalls.open('/dev/net/tun', O_RDWR, place.namespace)
      await using port = await ns.openTap({ fd, name: 'tap0', up: true })
      const from = await neighbour(ns)
      from.write(frames(5))
      assert.equal((await lengths(from, port)).length, 5)
    }),
  )

  withTun('a descriptor that does not fit is refused, stays open and as it was', (place) =>
    inside(place, async (ns) => {
      const { syscalls } = place
      const fd = openTun(syscalls, place.namespace, 'tap0', TAP)
      const before = await ns.link.get('tap0')
      const elsewhere = syscalls.createNamespace()
      const refusals: readonly (readonly [kind: 'openTun' | 'openTap', options: TunPortOptions, code: string])[] = [
        ['openTun', {}, 'EINVAL'],
        ['openTap', { name: 'tap1' }, 'EINVAL'],
        ['openTap', { multiQueue: true }, 'EINVAL'],
        ['openTap', { offloads: true }, 'EINVAL'],
        ['openTap', { packetInformation: true }, 'EINVAL'],
        ['openTap', { mtu: 65_535, persistent: true, up: true }, 'EINVAL'],
        ['openTap', { frameFilter: { fd: 1_000_000 }, persistent: true, up: true }, 'EBADF'],
      ]
      for (const [kind, options, code] of refusals) {
        await assert.rejects(ns[kind]({ ...options, fd }), { code }, JSON.stringify(options))
        assert.deepEqual(await ns.link.get('tap0'), before, JSON.stringify(options))
      }
      await inside({ ...place, namespace: elsewhere }, async (there) => {
        // A link of that name is there as well, which is not the descriptor's.
        await there.link.add({ kind: 'tap', name: 'tap0' })
        await assert.rejects(there.openTap({ fd }), { code: 'ENODEV' })
        const bare = syscalls.open('/dev/net/tun', O_RDWR, place.namespace)
        await assert.rejects(there.openTap({ fd: bare, name: 'tap7' }), { code: 'ENODEV' })
        assert.equal(await ns.link.get('tap7'), undefined)
        syscalls.close(bare)
      })
      syscalls.close(elsewhere)
      assert.deepEqual(await ns.link.get('tap0'), before)
      await (await ns.openTap({ fd })).close()
    }),
  )

  withTun('a program of one’s own chooses the queue', (place) =>
    inside(place, async (ns) => {
      const programs = [0, 1].map((queue) => constant(place, queue))
      if (programs.includes(undefined)) return place.skip('lacks capability: bpf(2) for this user')
      const queues = [
        await ns.openTap({ name: 'tap0', multiQueue: true, up: true, steering: { fd: programs[1] as number } }),
        await ns.openTap({ name: 'tap0', multiQueue: true }),
      ] as const
      const from = await neighbour(ns)
      for (const chosen of [1, 0] as const) {
        queues[0].setSteering({ fd: programs[chosen] as number })
        from.write(frames(8))
        assert.equal((await lengths(from, queues[chosen])).length, 8, `queue ${chosen}`)
      }
      for (const fd of programs) place.syscalls.close(fd as number)
      // The device holds the program by itself.
      from.write(frames(8))
      assert.equal((await lengths(from, queues[0])).length, 8)
      for (const port of queues) await port.close()
    }),
  )

  withTun('the built-in program sends each flow where its addresses and ports say', (place) =>
    inside(place, async (ns) => {
      const probe = constant(place, 0)
      if (probe === undefined) return place.skip('lacks capability: bpf(2) for this user')
      place.syscalls.close(probe)
      const queues: TunPort[] = []
      for (let i = 0; i < 3; i++) {
        queues.push(
          await ns.openTap({ name: 'tap0', multiQueue: true, up: true, ...(i === 0 ? { steering: 'flow hash' } : {}) }),
        )
      }
      const from = await neighbour(ns)
      const wanted: number[][] = [[], [], []]
      const batch = from.createBatch()
      for (let port = 5000; port < 5060; port++) {
        batch.add(udpFrame(port))
        wanted[queueOf(port, 3)]?.push(port)
      }
      from.write(batch)
      for (const [queue, each] of queues.entries()) {
        const ports: number[] = []
        const into = each.createBatch()
        while (ports.length < (wanted[queue]?.length as number)) {
          await each.read(into)
          for (const frame of into) if (frame[12] === 8 && frame[23] === 17) ports.push(view(frame).getUint16(34))
        }
        assert.deepEqual(ports, wanted[queue], `queue ${queue}`)
        assert.ok(ports.length > 5, 'spread')
      }
      for (const each of queues) await each.close()
    }),
  )

  withTun('a program of one’s own says how much of a frame passes', (place) =>
    inside(place, async (ns) => {
      const [cut, drop] = [constant(place, 60), constant(place, 0)]
      if (cut === undefined || drop === undefined) return place.skip('lacks capability: bpf(2) for this user')
      await using port = await ns.openTap({ name: 'tap0', up: true, frameFilter: { fd: cut } })
      const from = await neighbour(ns)
      const send = async () => {
        from.write(frames(4))
        return lengths(from, port)
      }
      assert.deepEqual(await send(), [60, 60, 60, 60])
      port.setFrameFilter({ fd: drop })
      assert.deepEqual(await send(), [])
      port.setFrameFilter(undefined)
      assert.deepEqual(await send(), [200, 200, 200, 200])
      for (const fd of [cut, drop]) place.syscalls.close(fd)
    }),
  )

  withTun('a Duplex: written to as fast as the port takes, read from, ended by closing', (place) =>
    inside(place, async (ns) => {
      const port = await ns.openTap({ name: 'tap0', up: true })
      const from = await neighbour(ns)
      const [left, right] = [duplexOf(from), duplexOf(port, { highWaterMark: 4 })]
      const [frame] = [...frames(1)]
      let full = 0
      const seen: number[] = []
      right.on('data', (each: Uint8Array) => {
        if (view(each).getUint16(12) === TESTED) seen.push(each.length)
      })
      for (let i = 0; i < 300; i++) {
        if (left.write(frame)) continue
        full++
        await once(left, 'drain')
      }
      while (seen.length < 300) await once(right, 'data')
      assert.ok(full > 0, 'a stream that is full says so')
      assert.equal(from.counters.writtenFrames, 300)
      const ended = once(right, 'end')
      await port.close()
      await ended
      left.destroy()
      await once(left, 'close')
      assert.equal(
        codeOf(() => place.syscalls.close(1_000_000)),
        'EBADF',
      )
      assert.throws(() => from.write(frames(1)), { code: 'VNET_CLOSED' })
    }),
  )
}

/** A client in the namespace of a place. */
async function inside(place: Place, body: (ns: Namespace) => Promise<void>): Promise<void> {
  const host = await openHost({ driver: () => linuxDriver(place.syscalls) })
  try {
    await using ns = await host.namespace.open({ fd: place.namespace })
    await body(ns)
  } finally {
    await host.close()
  }
}

/** A second TAP, in one bridge with `tap0`: what is written to it arrives at `tap0`. */
async function neighbour(ns: Namespace): Promise<TunPort> {
  await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
  const port = await ns.openTap({ name: 'from0', up: true })
  for (const name of ['tap0', 'from0']) await ns.link.set(name, { master: 'br0', up: true })
  for (const name of ['tap0', 'from0']) {
    while ((await ns.link.get(name))?.port?.state !== 'forwarding')
      await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return port
}

const view = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset)

function frameOf(type: number, octets: number): Uint8Array {
  const frame = new Uint8Array(octets)
  frame.set([2, 0, 0, 0, 0, 0x22, 2, 0, 0, 0, 0, 0x11, type >> 8, type & 0xff])
  return frame
}

function frames(count: number): FrameBatch {
  const batch = new FrameBatch()
  for (let i = 0; i < count; i++) batch.add(frameOf(TESTED, 200))
  return batch
}

/** The lengths of the frames that arrive before a mark, which is sent when no filter is in its way any more. */
async function lengths(from: TunPort, to: TunPort): Promise<number[]> {
  const found: number[] = []
  to.setFrameFilter(undefined)
  const mark = new FrameBatch()
  mark.add(frameOf(MARK, 64))
  from.write(mark)
  const batch = to.createBatch()
  for (;;) {
    await to.read(batch)
    for (const frame of batch) {
      const type = view(frame).getUint16(12)
      if (type === TESTED) found.push(frame.length)
      if (type === MARK) return found
    }
  }
}

/** A UDP packet over IPv4 from a port to port 7, in a frame; the checksum of UDP is left out. */
function udpFrame(port: number): Uint8Array {
  const frame = frameOf(0x0800, 60)
  frame.set([0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 14)
  let sum = 0
  for (let at = 14; at < 34; at += 2) sum += view(frame).getUint16(at)
  view(frame).setUint16(24, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff)
  view(frame).setUint16(34, port)
  view(frame).setUint16(36, 7)
  view(frame).setUint16(38, 26)
  return frame
}

/** What the built-in program is documented to do with such a packet. */
function queueOf(port: number, queues: number): number {
  const mixed = 0x0a000001 ^ 0x0a000002 ^ ((port << 16) | 7)
  return (Math.imul(mixed, 0x9e3779b1) >>> 16) % queues
}

/** A program that answers with one number; `undefined` where this user may not load programs. */
function constant({ syscalls }: Place, answer: number): number | undefined {
  // r0 = answer; exit
  const program = new Uint8Array([0xb7, 0, 0, 0, answer, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
  try {
    return syscalls.loadProgram(program, 'MIT')
  } catch (error) {
    if ((error as { code?: string }).code === 'EPERM') return undefined
    throw error
  }
}
