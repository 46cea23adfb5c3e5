/** Small frames and what a switch does with them. @module */
import { FrameBatch } from '@vnet/core'
import { macToNumber, setMacAt } from '@vnet/wire'
import type { Switch } from '../src/index.js'

export const broadcast = 'ff:ff:ff:ff:ff:ff'
export const own = '02:00:00:00:ff:ff'
/** The address of host `i`. */
export const host = (i: number) =>
  `02:00:00:00:${Math.floor(i / 256)
    .toString(16)
    .padStart(2, '0')}:${(i % 256).toString(16).padStart(2, '0')}`

/** A frame of 60 octets with a tag where one is asked for; its payload holds `mark`. */
export function frame(
  destination: string,
  source: string,
  options: { tci?: number; mark?: number; length?: number } = {},
) {
  const { tci, mark = 0, length = 60 } = options
  const tag = tci === undefined ? 0 : 4
  const bytes = new Uint8Array(length + tag)
  setMacAt(bytes, 0, macToNumber(destination))
  setMacAt(bytes, 6, macToNumber(source))
  if (tci !== undefined) bytes.set([0x81, 0, tci >> 8, tci & 255], 12)
  bytes.set([0x88, 0xb5, mark >> 8, mark & 255], 12 + tag)
  return bytes
}

/** Lets frames in at a port; which frames go out where, as copies. */
export function pass(bridge: Switch, port: number, frames: Uint8Array[], now = 0): Map<number, Uint8Array[]> {
  const batch = new FrameBatch({ frames: Math.max(1, frames.length), octets: 1 << 20, headroom: 4 })
  for (const each of frames) if (!batch.add(each)) throw new Error('the batch is full')
  bridge.forward(batch, port, now)
  return out(bridge)
}

/** What goes out, as copies. */
export function out(bridge: Switch): Map<number, Uint8Array[]> {
  const sent = new Map<number, Uint8Array[]>()
  bridge.deliver((port, batch) => {
    const list = sent.get(port) ?? []
    for (const each of batch) list.push(each.slice())
    sent.set(port, list)
  })
  return sent
}

/** The numbers of the ports that got something. */
export const portsOf = (sent: Map<number, Uint8Array[]>) => [...sent.keys()].sort((a, b) => a - b)
