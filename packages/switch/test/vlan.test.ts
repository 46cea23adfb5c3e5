/** VLANs: who is reached, and which tags frames carry then. @module */
import { FrameBatch } from '@vnet/core'
import { expect, it } from 'vitest'
import { Switch, type SwitchPortOptions } from '../src/index.js'
import { broadcast, frame, host, own, pass, portsOf } from './frames.js'

const bridge = (ports: (SwitchPortOptions['vlan'] | undefined)[], hostVlan?: SwitchPortOptions['vlan']) => {
  const made = new Switch({ mac: own, vlanFiltering: true, ...(hostVlan ? { hostVlan } : {}) })
  for (const vlan of ports) made.addPort(0, vlan ? { vlan } : {})
  return made
}

it('access ports of one VLAN reach each other without tags', () => {
  const made = bridge([{ mode: 'access', id: 10 }, { mode: 'access', id: 10 }, { mode: 'access', id: 20 }, undefined])
  const bytes = frame(broadcast, host(1))
  expect([...pass(made, 1, [bytes])]).toEqual([[2, [bytes]]])
  expect(portsOf(pass(made, 4, [bytes]))).toEqual([0])
  expect(pass(made, 1, [frame(broadcast, host(1), { tci: 0x600a })]).get(2)).toEqual([bytes])
  expect(pass(made, 1, [frame(broadcast, host(1), { tci: 0x6000 })]).get(2)).toEqual([bytes])
  expect(portsOf(pass(made, 1, [frame(broadcast, host(1), { tci: 20 })]))).toEqual([])
  expect(portsOf(pass(made, 1, [frame(broadcast, host(1), { tci: 4095 })]))).toEqual([])
  expect(made.counters(1).dropped.vlan).toBe(2)
})

it('trunks carry tags, but for the native VLAN; priorities stay', () => {
  const made = bridge([
    { mode: 'access', id: 10 },
    { mode: 'trunk', native: 1, allowed: [10, [20, 29]] },
    { mode: 'trunk', allowed: [10] },
    { mode: 'trunk', native: 10 },
    { mode: 'hybrid', pvid: 20, tagged: [10], untagged: [[20, 21]] },
  ])
  const plain = frame(broadcast, host(1), { mark: 7 })
  const tagged = frame(broadcast, host(1), { mark: 7, tci: 10 })
  expect([...pass(made, 1, [plain])]).toEqual([
    [2, [tagged]],
    [3, [tagged]],
    [4, [plain]],
    [5, [tagged]],
  ])
  const urgent = frame(broadcast, host(2), { tci: 0xb00a })
  expect(pass(made, 2, [urgent])).toEqual(
    new Map([
      [1, [frame(broadcast, host(2))]],
      [3, [urgent]],
      [4, [frame(broadcast, host(2))]],
      [5, [urgent]],
    ]),
  )
  // Only a priority: the tag names the VLAN of the port on the way out.
  expect(pass(made, 4, [frame(broadcast, host(3), { tci: 0xa000 })]).get(3)).toEqual([
    frame(broadcast, host(3), { tci: 0xa00a }),
  ])
  expect(portsOf(pass(made, 3, [frame(broadcast, host(3))]))).toEqual([])
  expect(portsOf(pass(made, 5, [frame(broadcast, host(4))]))).toEqual([2, 4])
  expect(pass(made, 2, [frame(broadcast, host(5), { tci: 21 })]).get(5)).toEqual([frame(broadcast, host(5))])
  expect(portsOf(pass(made, 2, [frame(broadcast, host(5))]))).toEqual([0, 4])
})

it('every VLAN has a table of its own', () => {
  const made = bridge([
    { mode: 'access', id: 10 },
    { mode: 'access', id: 20 },
    { mode: 'trunk' },
    { mode: 'access', id: 10 },
  ])
  pass(made, 1, [frame(broadcast, host(1))])
  pass(made, 2, [frame(broadcast, host(1))])
  expect(made.macs.map(({ port, vlan }) => [port, vlan])).toEqual([
    [1, 10],
    [2, 20],
  ])
  expect(portsOf(pass(made, 3, [frame(host(1), host(3), { tci: 20 })]))).toEqual([2])
  expect(portsOf(pass(made, 3, [frame(host(1), host(3), { tci: 10 })]))).toEqual([1])
  expect(portsOf(pass(made, 3, [frame(host(1), host(3), { tci: 30 })]))).toEqual([])
  made.addMac(host(7), 4, { vlan: 10 })
  expect(portsOf(pass(made, 3, [frame(host(7), host(3), { tci: 10 })]))).toEqual([4])
  expect(() => made.addMac(host(7), 4, { vlan: 0 })).toThrow(RangeError)
  expect(made.deleteMac(host(7), { vlan: 20 })).toBe(false)
})

it('the host is in its VLANs only', () => {
  const made = bridge(
    [
      { mode: 'access', id: 10 },
      { mode: 'access', id: 20 },
      { mode: 'access', id: 20 },
    ],
    { mode: 'access', id: 10 },
  )
  expect([portsOf(pass(made, 1, [frame(own, host(1))])), portsOf(pass(made, 2, [frame(own, host(2))]))]).toEqual([
    [0],
    [],
  ])
  expect(portsOf(pass(made, 0, [frame(broadcast, own)]))).toEqual([1])
})

it('a tag moves a virtio header along, with its offsets', () => {
  const made = bridge([{ mode: 'access', id: 10 }, { mode: 'trunk' }, { mode: 'access', id: 10 }])
  const batch = new FrameBatch({ headroom: 4 })
  batch.headerSize = 12
  const bytes = frame(broadcast, host(1))
  batch.add(bytes)
  const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
  const header = (offset: number) => {
    const out = new Uint8Array(12)
    const view = new DataView(out.buffer)
    out[0] = 1
    view.setUint16(2, 54 + offset, little)
    view.setUint16(6, 34 + offset, little)
    view.setUint16(8, 16, little)
    return out
  }
  batch.header(0).set(header(0))
  made.forward(batch, 1, 0)
  const got: [number, Uint8Array, Uint8Array][] = []
  made.deliver((port, frames) => got.push([port, frames.header(0).slice(), frames.frame(0).slice()]))
  expect(got).toEqual([
    [2, header(4), frame(broadcast, host(1), { tci: 10 })],
    [3, header(0), bytes],
  ])
})

it('needs headroom for tags, and whole tags', () => {
  const made = bridge([{ mode: 'trunk', native: 1 }, { mode: 'trunk' }])
  expect(() => made.forward(new FrameBatch(), 1, 0)).toThrow('headroom')
  expect(portsOf(pass(made, 1, [frame(broadcast, host(1), { tci: 5 }).subarray(0, 17)]))).toEqual([])
  expect(made.counters(1).dropped.malformed).toBe(1)
  for (const vlan of [
    { mode: 'access' },
    { mode: 'hybrid', pvid: 3 },
    { mode: 'trunk', allowed: [[5, 4]] },
    { mode: 'x' },
  ]) {
    expect(() => bridge([vlan as SwitchPortOptions['vlan']])).toThrow(RangeError)
  }
})
