/** The runner and the ports in memory: frames arrive, ports die, everything ends. @module */
import { FrameBatch, isVnetError, type Port } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import {
  fault,
  manualClock,
  memoryPorts,
  type PortEnd,
  Switch,
  SwitchRunner,
  seededRandom,
  shape,
} from '../src/index.js'
import { broadcast, frame, host, own } from './frames.js'

/** Sends frames; they must all be taken. */
export function send(port: Port, ...frames: Uint8Array[]): void {
  const batch = new FrameBatch({ frames: Math.max(1, frames.length), octets: 1 << 20 })
  for (const each of frames) batch.add(each)
  expect(port.write(batch)).toBe(frames.length)
}

/** What has arrived at a port, or arrives soon. */
export async function receive(port: Port): Promise<Uint8Array[]> {
  const batch = new FrameBatch()
  await port.read(batch)
  return Array.from(batch, (each) => each.slice())
}

/** Lets everything that can go on go on. */
export const settle = async () => {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve))
}

const code = async (promise: Promise<unknown>) => {
  try {
    await promise
  } catch (error) {
    return isVnetError(error) ? error.code : String(error)
  }
  return 'fulfilled'
}

describe('ports in memory', () => {
  it('pass frames in order, wait, and say what was taken', async () => {
    const [a, b] = memoryPorts({ queue: 3, batchSize: 2, names: ['left', 'right'] })
    const waiting = receive(b)
    const frames = [1, 2, 3, 4, 5].map((mark) => frame(host(1), host(2), { mark }))
    const batch = new FrameBatch()
    for (const each of frames) batch.add(each)
    expect(a.write(batch)).toBe(3)
    // The reader that waited has taken two of them at the end of the write.
    expect(await waiting).toEqual(frames.slice(0, 2))
    expect(a.write(batch, 3)).toBe(2)
    expect(a.write(batch, 0)).toBe(0)
    let room = false
    const writable = a.writable().then(() => {
      room = true
    })
    await settle()
    expect(room).toBe(false)
    expect(await receive(b)).toEqual(frames.slice(2, 4))
    await writable
    expect(await receive(b)).toEqual(frames.slice(4))
    expect([a.name, b.name, a.mtu]).toEqual(['left', 'right', 1500])
    expect([a.counters.writtenFrames, b.counters.readOctets]).toEqual([5, 300])
  })

  it('refuse what is too long or needs offloads, and end cleanly', async () => {
    const [a, b] = memoryPorts({ mtu: 100 })
    send(a, frame(host(1), host(2), { length: 119 }), new Uint8Array(13), frame(host(1), host(2), { length: 118 }))
    expect((await receive(b)).map(({ length }) => length)).toEqual([118])
    const batch = new FrameBatch()
    batch.headerSize = 12
    batch.add(frame(host(1), host(2)))
    batch.header(0)[1] = 1
    expect(a.write(batch)).toBe(1)
    expect(a.counters.dropped).toMatchObject({ tooLong: 1, malformed: 2 })
    const pending = code(receive(b))
    expect(await code(b.read(new FrameBatch()))).toBe('EBUSY')
    await b.close()
    await b.close()
    expect([await pending, await code(receive(b)), await code(b.writable())]).toEqual(Array(3).fill('VNET_CLOSED'))
    expect(() => b.write(batch)).toThrow('VNET_CLOSED')
    send(a, frame(host(1), host(2)))
    expect(a.counters.dropped.linkDown).toBe(1)
    await a.writable()
    expect(() => memoryPorts({ mtu: 67 })).toThrow(RangeError)
  })
})

const stage = async (
  count: number,
  options: ConstructorParameters<typeof SwitchRunner>[1] = {},
  stp = false,
  queue = 256,
) => {
  const clock = manualClock()
  const pairs = Array.from({ length: count }, (_, i) => memoryPorts({ names: [`in${i}`, `out${i}`], queue }))
  const runner = new SwitchRunner(new Switch({ mac: own, stp }), { clock, ...options })
  for (const [inner] of pairs) runner.addPort(inner)
  return { clock, runner, far: pairs.map(([, outer]) => outer), near: pairs.map(([inner]) => inner) }
}

describe('the runner', () => {
  it('forwards between ports and the host', async () => {
    const { runner, far } = await stage(3)
    const [up, station] = memoryPorts()
    runner.attachHost(up)
    expect(() => runner.attachHost(up)).toThrow('taken')
    const hello = frame(broadcast, host(1))
    send(far[0] as Port, hello)
    for (const port of [far[1], far[2], station]) expect(await receive(port as Port)).toEqual([hello])
    const reply = frame(host(1), own)
    send(station, reply)
    expect(await receive(far[0] as Port)).toEqual([reply])
    expect(runner.bridge.ports.map(({ name }) => name)).toEqual(['host', 'in0', 'in1', 'in2'])
    await runner.close()
    expect(await Promise.all([...far, station].map((port) => code(port?.writable() as Promise<void>)))).toHaveLength(4)
    expect(await code(up.read(new FrameBatch()))).toBe('VNET_CLOSED')
  })

  it('queues for a slow port, drops what is too much, and keeps the others going', async () => {
    const { runner, far } = await stage(3, { queue: 8 }, false, 4)
    const wave = (from: number) => [0, 1, 2, 3].map((i) => frame(broadcast, host(1), { mark: from + i }))
    for (let i = 0; i < 10; i++) {
      send(far[0] as Port, ...wave(4 * i))
      await settle()
      expect(await receive(far[2] as Port)).toHaveLength(4)
    }
    // 4 wait at the other end, 8 in the queue.
    expect(runner.waiting(2)).toBe(8)
    expect(runner.bridge.counters(2)).toMatchObject({ outFrames: 40, dropped: { queueFull: 28 } })
    const got: number[] = []
    while (got.length < 12) {
      for (const bytes of await receive(far[1] as Port)) got.push(((bytes[14] as number) << 8) | (bytes[15] as number))
      await settle()
    }
    expect(got).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect(runner.waiting(2)).toBe(0)
    await runner.close()
  })

  it('one port that dies ends alone, and is told', async () => {
    const ends: PortEnd[] = []
    const { runner, far, near } = await stage(3, { onPortEnd: (end) => ends.push(end) })
    send(far[1] as Port, frame(broadcast, host(2)))
    await settle()
    await near[1]?.close()
    await settle()
    expect(ends.map(({ port, name, error }) => [port, name, (error as { code: string }).code])).toEqual([
      [2, 'in1', 'VNET_CLOSED'],
    ])
    expect(ends[0]?.counters).toMatchObject({ inFrames: 1, outFrames: 0 })
    expect([runner.bridge.port(2), runner.bridge.learned]).toEqual([undefined, 0])
    await receive(far[2] as Port)
    send(far[0] as Port, frame(broadcast, host(1), { mark: 9 }))
    expect(await receive(far[2] as Port)).toEqual([frame(broadcast, host(1), { mark: 9 })])
    const [again] = memoryPorts()
    expect(runner.addPort(again)).toBe(2)
    await runner.removePort(2)
    expect(await code(again.read(new FrameBatch()))).toBe('VNET_CLOSED')
    expect(ends).toHaveLength(1)
    await runner.close()
  })

  it('a port that fails when it is written to ends alone too', async () => {
    const ends: PortEnd[] = []
    const { runner, far } = await stage(2, { onPortEnd: (end) => ends.push(end) })
    const [inner] = memoryPorts({ names: ['bad', 'far'] })
    const bad = Object.create(inner, {
      write: {
        value: () => {
          throw new Error('gone')
        },
      },
      read: { value: (b: FrameBatch) => inner.read(b) },
      close: { value: () => inner.close() },
      name: { value: 'bad' },
      mtu: { value: 1500 },
      batchSize: { value: 64 },
    }) as Port
    runner.addPort(bad)
    send(far[0] as Port, frame(broadcast, host(1)))
    expect(await receive(far[1] as Port)).toHaveLength(1)
    await settle()
    expect(ends.map(({ port, name, error }) => [port, name, (error as Error).message])).toEqual([[3, 'bad', 'gone']])
    await runner.close()
  })

  it('lets time pass: BPDUs, states, ageing', async () => {
    const { runner, far, clock } = await stage(2, {}, true)
    expect((await receive(far[0] as Port))[0]?.subarray(0, 6)).toEqual(Uint8Array.of(1, 0x80, 0xc2, 0, 0, 0))
    for (let i = 0; i < 5; i++) {
      clock.advance(1)
      await settle()
    }
    expect(runner.bridge.port(1)).toMatchObject({ state: 'forwarding', edge: true })
    await runner.close()
    const plain = await stage(2)
    send(plain.far[0] as Port, frame(broadcast, host(1)))
    await settle()
    expect(plain.runner.bridge.learned).toBe(1)
    plain.clock.advance(301)
    expect(plain.runner.bridge.learned).toBe(0)
    await plain.runner.close()
  })

  it('ends by a signal, before or while it runs, and closes everything', async () => {
    const controller = new AbortController()
    const { runner, far, near } = await stage(2, { signal: controller.signal }, true)
    controller.abort()
    await runner.closed
    for (const port of near) expect(await code(port.read(new FrameBatch()))).toBe('VNET_CLOSED')
    send(far[0] as Port, frame(broadcast, host(1)))
    expect(far[0]?.counters.dropped.linkDown).toBe(1)
    expect(() => runner.addPort(memoryPorts()[0])).toThrow('ended')
    await new SwitchRunner(new Switch({ mac: own }), { signal: controller.signal }).closed
    await (async () => {
      await using other = new SwitchRunner(new Switch({ mac: own }))
      other.addPort(memoryPorts()[0])
    })()
  })

  it('three switches in a ring, run together, heal a cut cable in real steps', async () => {
    const clock = manualClock()
    const runners = [0, 1, 2].map((i) => new SwitchRunner(new Switch({ mac: host(0xf00 + i), stp: true }), { clock }))
    const cables = [0, 1, 2].map(() => memoryPorts())
    cables.forEach(([a, b], i) => {
      runners[i]?.addPort(a)
      runners[(i + 1) % 3]?.addPort(b)
    })
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1)
        await settle()
      }
    }
    await settle()
    await pass(5)
    const states = () => runners.flatMap(({ bridge }) => bridge.ports.slice(1).map(({ state }) => state))
    expect(states().filter((state) => state === 'discarding')).toHaveLength(1)
    await cables[0]?.[0].close()
    await pass(10)
    expect(states().filter((state) => state === 'discarding')).toHaveLength(0)
    for (const runner of runners) await runner.close()
  })

  it('works around wrapped ports', async () => {
    const clock = manualClock()
    const [a, farA] = memoryPorts()
    const [b, farB] = memoryPorts()
    const runner = new SwitchRunner(new Switch({ mac: own }), { clock, queue: 4 })
    runner.addPort(fault(a, { random: seededRandom(1), in: { delay: 2 }, clock }))
    runner.addPort(shape(b, { out: { rate: 60, burst: 60 }, clock }))
    const frames = [0, 1, 2].map((mark) => frame(broadcast, host(1), { mark }))
    send(farA, ...frames)
    await settle()
    expect(farB.counters.readFrames + runner.bridge.counters(1).inFrames).toBe(0)
    const got: number[] = []
    for (let i = 0; i < 6; i++) {
      clock.advance(1)
      await settle()
      got.push(b.counters.writtenFrames)
    }
    expect(got).toEqual([0, 1, 2, 3, 3, 3])
    await runner.close()
  })
})
