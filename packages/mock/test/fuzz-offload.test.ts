/** Frames with right, changed and random virtio headers into each link that takes them: nothing throws, and each frame is counted. @module */
import { chanceOf, headedFrame } from '@vnet/conformance'
import { FrameBatch, type Host, type TunPort, type TunPortOptions } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { here, there } from './fuzz-corpus.js'
import { openLab } from './lab.js'

/** Into each link, with each size of header and each way of writing (`VNET_FUZZ_FRAMES=1000000` for as many as into a kind). */
const frames = Number(process.env.VNET_FUZZ_FRAMES ?? 12_000) / 8
const seed = Number(process.env.VNET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const front = { to: here.mac, tagged: true }

interface Scene {
  readonly front: typeof front | undefined
  open(host: Host, options: TunPortOptions): Promise<TunPort>
}

const scenes: Readonly<Record<string, Scene>> = {
  TUN: { front: undefined, open: (host, options) => host.openTun(options) },
  TAP: { front, open: (host, options) => host.openTap({ ...options, mac: here.mac }) },
  'TAP of a bridge': {
    front,
    open: async (host, options) => {
      await host.link.add({ kind: 'bridge', name: 'br0', up: true })
      const port = await host.openTap(options)
      await host.link.set('x0', { master: 'br0' })
      // Nobody reads it: its queue is full soon.
      await host.openTap({ name: 'y0', up: true })
      await host.link.set('y0', { master: 'br0' })
      return port
    },
  },
  macvtap: {
    front,
    open: async (host, options) => {
      await host.link.add({ kind: 'dummy', name: 'd0', up: true })
      const link = { kind: 'macvtap', name: 'x0', parent: 'd0', up: true, macvlan: { mode: 'bridge' } } as const
      const { index } = await host.link.add(link)
      const { up: _up, ...others } = options
      return host.openTap({ ...others, create: 'never', device: `/dev/tap${index}` })
    },
  },
}
const writing: Readonly<Record<string, TunPortOptions>> = {
  'headers of 12 octets': { offloads: true },
  'headers of 10 octets': { offloads: true, headerSize: 10 },
}

describe(`${frames} frames with virtio headers into each link, seed ${seed} (set VNET_SEED to repeat)`, () => {
  for (const [name, scene] of Object.entries(scenes))
    for (const [how, options] of Object.entries(writing))
      test(`${name}, ${how}`, { timeout: 60_000 + frames * 2 }, async () => {
        const { host, clock } = await openLab()
        await host.link.set('lo', { up: true })
        await host.sysctl.set('net.ipv4.ip_forward', 1)
        await host.sysctl.set('net.ipv6.conf.all.forwarding', 1)
        const port = await scene.open(host, { name: 'x0', up: true, ...options })
        await host.address.add({ link: 'x0', address: `${here.ip4}/8` })
        await host.address.add({ link: 'x0', address: `${here.ip6}/32`, noDad: true })
        await host.neighbour.add({ link: 'x0', address: there.ip4, mac: there.mac })
        clock.advance(20)
        const batch = new FrameBatch({ frames: 10, octets: 1 << 20 })
        const seen = { taken: 0, refused: 0 }
        for (let number = 0; number < frames; ) {
          const chance = chanceOf(seed, number)
          batch.clear()
          batch.headerSize = chance(2) === 0 ? 10 : 12
          for (; batch.count < 10; number++) {
            const { octets, header } = headedFrame(chanceOf(seed, number), scene.front)
            expect(batch.add(octets)).toBe(true)
            const head = batch.header(batch.count - 1)
            const { headerLength, gsoSize, checksumStart, checksumOffset } = header
            head.set([header.flags, header.gsoType])
            head.set(new Uint8Array(Uint16Array.of(headerLength, gsoSize, checksumStart, checksumOffset).buffer), 2)
            // Nothing of it need be right.
            if (chance(4) === 0) for (let at = 0; at < head.length; at++) head[at] = chance(256)
          }
          const before = port.counters
          expect(port.write(batch)).toBe(10)
          const after = port.counters
          const taken = after.writtenFrames - before.writtenFrames
          const refused = sumOf(after.dropped) - sumOf(before.dropped)
          // What a super-frame was split into counts by its parts.
          expect(taken + refused).toBeGreaterThanOrEqual(10)
          seen.taken += taken
          seen.refused += refused
          if (chance(50) === 0) clock.advance(chance(4000) / 1000)
        }
        // Half of them, more or less; of few, a third may be missed by chance.
        expect(seen.taken).toBeGreaterThan(frames / 4)
        expect(seen.refused).toBeGreaterThan(frames / 50)
        expect((await host.ping('127.0.0.1')).address).toBe('127.0.0.1')
        await port.close()
        await host.close()
      })
})

const sumOf = (counts: object): number => Object.values(counts).reduce((sum: number, count) => sum + Number(count), 0)
