/** A line with a clock: frames that are written to `in0` leave by `v0` and come in at `v1`. */
import { FrameBatch, type Host, type TunPort } from '@vnet/core'
import { type Lab, openLab } from './lab.js'

/** Octets of a frame. */
export const SIZE = 1000
/** The link that frames leave by. */
export const link = 'v0'

/** The line. */
export interface Line extends Lab {
  send(count: number): void
  /** Frames that came in at `v1` since the line was made. */
  arrived(): Promise<number>
}

/** Makes the line. */
export async function openLine(): Promise<Line> {
  const lab = await openLab()
  const { host } = lab
  await host.link.add({ kind: 'bridge', name: 'br0', mtu: 1200, up: true })
  await host.link.add({ kind: 'veth', name: link, mtu: 1200, up: true, peer: { name: 'v1', mtu: 1200, up: true } })
  await host.link.set(link, { master: 'br0' })
  const port = await host.openTap({ name: 'in0', mtu: 1200 })
  await host.link.set('in0', { master: 'br0', up: true })
  lab.clock.advance(40)
  const begin = await received(host)
  return { ...lab, send: (count) => sendFrames(port, count), arrived: async () => (await received(host)) - begin }
}

/** Frames that came in at `v1`. */
export async function received(host: Host): Promise<number> {
  return (await host.link.get('v1', { statistics: true }))?.statistics?.rxPackets ?? 0
}

/** Writes frames. */
export function sendFrames(port: TunPort, count: number): void {
  const batch = new FrameBatch({ frames: count, octets: count * (SIZE + 64) })
  const frame = new Uint8Array(SIZE)
  frame.set([2, 0, 0, 0, 0, 0x22, 2, 0, 0, 0, 0, 0x11, 0x88, 0xb5])
  for (let i = 0; i < count; i++) batch.add(frame)
  port.write(batch)
}
