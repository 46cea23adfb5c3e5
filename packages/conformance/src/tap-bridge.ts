/** A bridge with TAPs as ports: frames go in octet by octet, and what comes out where is known, without waiting for nothing. @module */
import type { BridgeOptions, Namespace, TunPort } from '@vnet/core'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { ethernet, u16 } from './frame.js'
import { addBridge, mac } from './surroundings.js'

/** What tests with such a bridge need. */
export const tapBridgeNeeds = ['tun port', 'link tap', 'link bridge'] as const

/** The port whose frames end each turn. */
const marker = 'tapm'
const markerType = 0x88b6

/** A bridge `br0` with the ports `tap0`, `tap1`, … */
export interface TapBridge {
  readonly ns: Namespace
  /**
   * Sends frames into ports, one after another, and returns what came out at each: every frame that was under way, up to one
   * that is sent last. The kernel forwards a frame while it is written, and keeps the order at each port.
   */
  send(...frames: readonly (readonly [port: number, frame: Uint8Array])[]): Promise<Uint8Array[][]>
  /** The ports at which a frame came out, whatever the other octets that the kernel sends. */
  reached(port: number, frame: Uint8Array): Promise<number[]>
}

/** Makes the bridge, and waits until its ports forward. The frames that end a turn go to a MAC of each port: what is flooded does not matter. */
export async function tapBridge(
  { ns, defer }: Pick<Context, 'ns' | 'defer'>,
  count: number,
  options?: BridgeOptions,
): Promise<TapBridge> {
  await addBridge(ns)
  if (options !== undefined) await ns.link.set('br0', { bridge: options })
  const names = [...Array.from({ length: count }, (_, number) => `tap${number}`), marker]
  const ports: TunPort[] = []
  for (const [number, name] of names.entries()) {
    const port = await ns.openTap({ name, mac: mac(0x70 + number) })
    defer(() => port.close())
    await ns.link.set(name, { master: 'br0', up: true })
    ports.push(port)
  }
  await eventually(async () => {
    for (const name of names) {
      if ((await ns.link.get(name))?.port?.state !== 'forwarding') throw new Error(`${name} does not forward yet`)
    }
  })
  const last = ports.pop() as TunPort
  const ends = ports.map((_, number) => ethernet(endOf(number), mac(0xee), markerType, new Uint8Array(46)))
  for (const number of ports.keys())
    await ns.fdb.add({ link: `tap${number}`, mac: endOf(number), master: true, state: 'static' })
  const waiting = ports.map((): Uint8Array[] => [])
  const send: TapBridge['send'] = async (...frames) => {
    for (const [port, frame] of frames) await write(ports[port] as TunPort, frame)
    for (const end of ends) await write(last, end)
    const out: Uint8Array[][] = []
    for (const [number, port] of ports.entries()) out.push(await readUpToMarker(port, waiting[number] as Uint8Array[]))
    return out
  }
  return {
    ns,
    send,
    async reached(port, frame) {
      const out = await send([port, frame])
      return out.flatMap((frames, number) => (frames.some((one) => isSame(one, frame)) ? [number] : []))
    },
  }
}

const endOf = (port: number): string => mac(0x90 + port)

async function write(port: TunPort, frame: Uint8Array): Promise<void> {
  const batch = port.createBatch()
  batch.add(frame)
  while (port.write(batch) === 0) await port.writable()
}

/**
 * The frames up to the marker. What the kernel sent on its own between marker and read is in the same batch: it stays in
 * `waiting` for the next turn, or a query that comes once in two minutes would be lost to a machine that is slow to read.
 */
async function readUpToMarker(port: TunPort, waiting: Uint8Array[]): Promise<Uint8Array[]> {
  const batch = port.createBatch()
  for (;;) {
    const end = waiting.findIndex((frame) => u16(frame, 12) === markerType)
    if (end >= 0) return waiting.splice(0, end + 1).slice(0, -1)
    await port.read(batch)
    for (const frame of batch) waiting.push(frame.slice())
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, index) => octet === b[index])
