/** A cable between two ports that changes, cuts, repeats, delays and loses what passes. @module */
import { FrameBatch, joinPorts, type Port, type PortJoin } from '@vnet/core'
import { randomFrame } from './fuzz-frame.js'

/** The cable, and what it does. */
export interface BadCable extends PortJoin {
  /** While it is false, all passes as it is. */
  bad: boolean
  /** Frames that it has let through, as they were and otherwise. */
  readonly passed: { whole: number; changed: number }
}

/** Frames of one direction that it remembers. */
const remembered = 64

/** Joins two ports. */
export function badCable(first: Port, second: Port, random: (limit: number) => number): BadCable {
  const passed = { whole: 0, changed: 0 }
  /** The port, with what is written to it made bad. */
  const behind = (port: Port): Port => {
    const recent: Uint8Array[] = []
    const batch = new FrameBatch({ frames: 2 * port.batchSize, octets: 1 << 20 })
    const add = (frame: Uint8Array, isChanged: boolean) => {
      if (batch.add(frame)) passed[isChanged ? 'changed' : 'whole']++
    }
    return {
      name: port.name,
      mtu: port.mtu,
      batchSize: port.batchSize,
      read: (into) => port.read(into),
      writable: () => port.writable(),
      get counters() {
        return port.counters
      },
      close: () => port.close(),
      [Symbol.asyncDispose]: () => port.close(),
      write(from, start = 0) {
        if (!cable.bad) return port.write(from, start)
        batch.clear()
        for (let at = start; at < from.count; at++) {
          const frame = from.frame(at).slice()
          recent[random(remembered)] = frame
          const way = random(16)
          if (way < 9) add(frame, false)
          else if (way < 13) add(randomFrame([frame, frame, ...recent.filter(Boolean)], random), true)
          else if (way === 13) for (let times = 2; times > 0; times--) add(frame, false)
          else if (way === 14) add(recent.find(Boolean) ?? frame, true)
        }
        port.write(batch)
        return from.count - start
      },
    }
  }
  const cable: BadCable = Object.assign(joinPorts(behind(first), behind(second)), { bad: true, passed })
  return cable
}
