/** A line to try traffic control on: frames go in at `in0`, through `br0`, and leave by `out0`, and nobody else sends. @module */
import { FrameBatch, type Qdisc, type TunPort } from '@vnet/core'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, present } from './expectation.js'
import { ethernet, ipv4, joined, numberedFrame, numberOf, udpHeader } from './frame.js'
import { writeAll } from './port.js'
import { mac } from './surroundings.js'

/** What such tests need. */
export const lineNeeds = ['traffic control', 'packets', 'tun port', 'link tap', 'link bridge'] as const

/** Octets of the frames. Links with an MTU below 1,280 have no IPv6, so that the kernel sends nothing by itself. */
const MTU = 1200
/** Octets of a numbered frame. */
export const SIZE = 1000

/** The line. */
export interface Line {
  readonly ns: PlacedNamespace
  /** Sends frames with these numbers. */
  send(...numbers: readonly number[]): Promise<void>
  /** Sends frames as they are. */
  sendFrames(...frames: readonly Uint8Array[]): Promise<void>
  /** Reads as many frames as are wanted. */
  read(count: number): Promise<Uint8Array[]>
  /** The numbers of as many frames. */
  numbers(count: number): Promise<number[]>
  /** The discipline of a kind on `out0`. */
  told(kind: string): Promise<Qdisc>
}

/** Makes the line, and waits until it forwards. */
export async function addLine({ ns, defer }: Pick<Context, 'ns' | 'defer'>): Promise<Line> {
  // A bridge that snoops joins the group of snoopers (RFC 4286), and tells it.
  await ns.link.add({ kind: 'bridge', name: 'br0', mtu: MTU, up: true, bridge: { multicastSnooping: false } })
  const open = async (name: string): Promise<TunPort> => {
    const port = await ns.openTap({ name, mtu: MTU, up: false })
    defer(() => port.close())
    await ns.link.set(name, { master: 'br0', up: true })
    return port
  }
  const [from, to] = [await open('in0'), await open('out0')]
  await eventually(async () => {
    for (const name of ['in0', 'out0'])
      if ((await ns.link.get(name))?.port?.state !== 'forwarding') throw new Error(`${name} does not forward yet`)
  })
  const batch = to.createBatch()
  const waiting: Uint8Array[] = []
  const line: Line = {
    ns,
    send: (...numbers) => line.sendFrames(...numbers.map((number) => numberedFrame(number, SIZE, 0x22, 0x11))),
    async sendFrames(...frames) {
      const all = new FrameBatch({ frames: frames.length, octets: frames.length * (MTU + 64) })
      for (const frame of frames) all.add(frame)
      await writeAll(from, all)
    },
    async read(count) {
      while (waiting.length < count) {
        await to.read(batch)
        for (const frame of batch) waiting.push(frame.slice())
      }
      return waiting.splice(0, count)
    },
    async numbers(count) {
      return (await line.read(count)).map((frame) => present(numberOf(frame), 'a frame of the test'))
    },
    async told(kind) {
      const [found] = await ns.qdisc.list({ link: 'out0', kind })
      return present(found, `the ${kind} of out0`)
    },
  }
  return line
}

/** Lets one frame go, and the next ones too late for any test: 100 octets a second. */
export const shut = { link: 'out0', handle: '1:', kind: 'tbf', rate: 800, burst: SIZE, limit: 100_000 } as const

/** The numbers from 0 on. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number)

/** A packet of UDP, told apart by its source port. */
export function datagram(port: number, ecn = 0): Uint8Array {
  const payload = new Uint8Array(SIZE - 42)
  const packet = ipv4('10.0.0.1', '10.0.0.2', 17, joined(udpHeader(port, 7, 8 + payload.length), payload))
  packet[1] = ecn
  return ethernet(mac(0x22), mac(0x11), 0x0800, packet)
}

/** Numbers of frames of the EtherType that tests have, which lies behind both MACs. */
export const isNumber = (number: number) => [{ offset: 0, value: number, mask: 0xffffffff }]
/** A number that no filter matches. */
export const LAST = 60_000

/** Sends frames, and then one that passes; what arrived before that. */
export async function passing(line: Line, frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
  await line.sendFrames(...frames)
  await line.send(LAST)
  const seen: Uint8Array[] = []
  for (;;) {
    const frame = present((await line.read(1))[0])
    if (numberOf(frame) === LAST) return seen
    seen.push(frame)
  }
}
