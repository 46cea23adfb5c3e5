/** Several TAPs with ports, and what arrives at each: the frames that tests of links and bridges are made of. @module */
import { FrameBatch, type TunPort } from '@vnet/core'
import type { Context, PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'
import { everybody, joined, macOctets, u16 } from './frame.js'
import { writeAll } from './port.js'
import { mac } from './surroundings.js'

/** EtherType of the tests' frames (IEEE 802 local experimental). */
const TEST = 0x88b5
/** The number of the frame that ends what is looked at. */
const LAST = 0xffff

/** How a frame of a test looks. */
export interface TestFrame {
  /** Destination. */
  readonly to: string
  /** Source; that of the port's test station when absent. */
  readonly from?: string
  /** Tells it apart. */
  readonly number: number
  /** Tags, the outermost first: EtherType and control information. */
  readonly tags?: readonly (readonly [type: number, tci: number])[]
  /** Octets in all, without tags; 60 when absent. */
  readonly size?: number
}

/** The octets of a frame. */
export function frameOf({ to, from = mac(0x99), number, tags = [], size = 60 }: TestFrame): Uint8Array {
  const payload = new Uint8Array(size - 14)
  payload.set([number >> 8, number & 0xff])
  const words = tags.flatMap(([type, tci]) => [type >> 8, type & 0xff, tci >> 8, tci & 0xff])
  return joined(macOctets(to), macOctets(from), Uint8Array.of(...words, TEST >> 8, TEST & 0xff), payload)
}

/** A frame of the tests in words: its number, with its tags in front (`8100:6005 7`); `undefined` for what the kernel sends. */
export function wordsOf(frame: Uint8Array): string | undefined {
  let at = 12
  const tags: string[] = []
  const hex = (value: number) => value.toString(16).padStart(4, '0')
  for (; u16(frame, at) === 0x8100 || u16(frame, at) === 0x88a8; at += 4) {
    tags.push(`${hex(u16(frame, at))}:${hex(u16(frame, at + 2))} `)
  }
  return u16(frame, at) === TEST ? `${tags.join('')}${u16(frame, at + 2)}` : undefined
}

/** A TAP with a port. */
export interface Tap {
  readonly name: string
  readonly port: TunPort
}

/** TAPs `tap1`, `tap2`, … as ports of `br0`, which is there, each of which forwards. */
export async function addTaps({ ns, defer }: Pick<Context, 'ns' | 'defer'>, count: number): Promise<Tap[]> {
  const taps: Tap[] = []
  for (let number = 1; number <= count; number++) taps.push(await addTap(ns, defer, `tap${number}`, number))
  return taps
}

/** A TAP as a port of `br0`. */
export async function addTap(ns: PlacedNamespace, defer: Context['defer'], name: string, number: number): Promise<Tap> {
  const port = await ns.openTap({ name, mac: mac(number) })
  defer(() => port.close())
  await ns.link.set(name, { master: 'br0', up: true })
  await eventually(async () => {
    const state = (await ns.link.get(name))?.port?.state
    if (state !== 'forwarding') throw new Error(`${name} is ${state}`)
  })
  return { name, port }
}

/** Sends frames. */
export async function send({ port }: Tap, ...frames: readonly TestFrame[]): Promise<void> {
  const batch = new FrameBatch({ frames: Math.max(1, frames.length) })
  for (const frame of frames) batch.add(frameOf(frame))
  await writeAll(port, batch)
}

/** What arrives at a port, in words, until the frame that ends it. */
export async function arrivals({ port }: Tap): Promise<string[]> {
  const batch = port.createBatch()
  const seen: string[] = []
  for (;;) {
    await port.read(batch)
    for (const frame of batch) {
      const words = wordsOf(frame)
      if (words?.endsWith(String(LAST))) return seen
      if (words !== undefined) seen.push(words)
    }
  }
}

/**
 * Sends frames from one TAP, then one to everybody, and tells what arrived before that at others.
 *
 * @param free Lets that last one pass.
 */
export async function passed(
  from: Tap,
  to: readonly Tap[],
  frames: readonly TestFrame[],
  free: () => Promise<unknown> = async () => {},
): Promise<string[][]> {
  await send(from, ...frames)
  await free()
  await send(from, { to: everybody, number: LAST })
  return Promise.all(to.map(arrivals))
}
