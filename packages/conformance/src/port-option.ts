/** Options of ports, and what can be changed while they are open. @module */
import { FrameBatch, type TunPortOptions } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, refuses } from './expectation.js'
import { numberedFrame } from './frame.js'
import { exchange, readNumbers, twoTaps, writeAll } from './port.js'
import type { Suite } from './suite.js'
import { addBridge, mac, namesOf } from './surroundings.js'

const needs = ['tun port', 'link tun', 'link tap'] as const

/** Options that are refused before anything is made: what is wrong, the options, where. */
const wrong: readonly (readonly [title: string, kind: 'tun' | 'tap', options: unknown, at: string])[] = [
  ['a name of 16 octets', 'tun', { name: 'a234567890123456' }, 'options.name'],
  ['a name of 8 letters and 16 octets', 'tap', { name: 'éééééééé' }, 'options.name'],
  ['a name that is a pattern', 'tun', { name: 'tun%d' }, 'options.name'],
  ['an unknown option', 'tun', { nmae: 'tun0' }, 'options.nmae'],
  ['no queue', 'tun', { queues: 0 }, 'options.queues'],
  ['257 queues', 'tun', { queues: 257 }, 'options.queues'],
  ['several queues without multiQueue', 'tun', { queues: 2, multiQueue: false }, 'options.queues'],
  ['a batch of no frame', 'tun', { batchSize: 0 }, 'options.batchSize'],
  ['half a frame', 'tun', { batchSize: 1.5 }, 'options.batchSize'],
  ['segmentation without checksums', 'tun', { offloads: { checksum: false, tso4: true } }, 'options.offloads.checksum'],
  ['splitting without offloads', 'tun', { receive: 'split' }, 'options.receive'],
  ['merging without offloads', 'tun', { merge: true }, 'options.merge'],
  ['a header without offloads', 'tun', { headerSize: 10 }, 'options.headerSize'],
  ['a header of 11 octets', 'tun', { offloads: true, headerSize: 11 }, 'options.headerSize'],
  ['a header of 20 octets', 'tun', { offloads: true, headerSize: 20 }, 'options.headerSize'],
  ['both headers', 'tun', { offloads: true, packetInformation: true }, 'options.packetInformation'],
  ['a MAC on a TUN', 'tun', { mac: mac(1) }, 'options.mac'],
  ['a filter on a TUN', 'tun', { filter: { macs: [] } }, 'options.filter'],
  ['fragments on a TUN', 'tun', { napi: true, napiFrags: true }, 'options.napiFrags'],
  ['fragments without NAPI', 'tap', { napiFrags: true }, 'options.napiFrags'],
  ['a group address as MAC', 'tap', { mac: '01:00:5e:00:00:01' }, 'options.mac'],
  ['MTU 67', 'tap', { mtu: 67 }, 'options.mtu'],
  ['an unknown program', 'tap', { steering: 'random' }, 'options.steering'],
  ['a descriptor below 0', 'tap', { fd: -1 }, 'options.fd'],
  ['a link that must be there, without a name', 'tap', { create: 'never' }, 'options.create'],
  ['a user that cannot be', 'tap', { owner: -1 }, 'options.owner'],
  ['a text as options', 'tap', 'tap0', 'options'],
]

/** Registers the tests. */
export function portOption(suite: Suite): void {
  suite.test('wrong options are refused, and nothing is made', [], async ({ ns }) => {
    for (const [title, kind, options, at] of wrong) {
      const opening = kind === 'tun' ? ns.openTun(options as TunPortOptions) : ns.openTap(options as TunPortOptions)
      const error = (await refuses(opening)) as Error & { attribute: string; operation: string; hint?: string }
      expect(error.attribute, title).toBe(at)
      expect(error.operation, title).toBe(`${kind} open`)
      expect(error.hint, title).toBeTruthy()
    }
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('a link that must be new, one that must be there, and either', needs, async ({ ns }) => {
    await fails(ns.openTun({ name: 'tun0', create: 'never' }), 'ENODEV')
    expect(await namesOf(ns)).toEqual([])
    {
      await using made = await ns.openTun({ name: 'tun0', create: 'always', persistent: true })
      expect(made.name).toBe('tun0')
      const busy = await fails(ns.openTun({ name: 'tun0' }), 'EBUSY')
      expect(busy.hint).toContain('multiQueue')
    }
    await fails(ns.openTun({ name: 'tun0', create: 'always' }), 'EEXIST')
    await using attached = await ns.openTun({ name: 'tun0', create: 'never' })
    expect(attached.index).toBe((await ns.link.get('tun0'))?.index)
  })

  suite.test('a name that the kernel chooses', needs, async ({ ns }) => {
    await using first = await ns.openTap()
    await using second = await ns.openTap()
    expect([first.name, second.name]).toEqual(['tap0', 'tap1'])
  })

  suite.test('a link of another sort is refused', [...needs, 'link bridge'], async ({ ns }) => {
    await addBridge(ns)
    await ns.link.add({ kind: 'tap', name: 'tap0' })
    await ns.link.add({ kind: 'tun', name: 'tun0', tun: { multiQueue: true } })
    for (const name of ['br0', 'tap0', 'tun0']) {
      expect((await fails(ns.openTun({ name }), 'EINVAL')).hint).toContain('multiQueue')
    }
    expect((await namesOf(ns)).sort()).toEqual(['br0', 'tap0', 'tun0'])
  })

  suite.test('persistence, given and taken back', needs, async ({ ns }) => {
    const first = await ns.openTap({ name: 'tap0', persistent: true, owner: 0, ownerGroup: 0 })
    expect((await ns.link.get('tap0'))?.tun).toMatchObject({ persistent: true, owner: 0, ownerGroup: 0 })
    await first.close()
    expect(await ns.link.get('tap0')).toMatchObject({ carrier: false })
    const second = await ns.openTap({ name: 'tap0' })
    second.setPersistent(false)
    await second.close()
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('nothing is left of a port that cannot be set up', needs, async ({ ns }) => {
    await fails(ns.openTap({ name: 'tap0', persistent: true, steering: { fd: 1_000_000 } }), ['EBADF', 'EINVAL'])
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('settings of the link', needs, async ({ ns }) => {
    await using opened = await ns.openTap({ name: 'tap0', up: true, mtu: 9000, mac: mac(7) })
    expect(opened.mtu).toBe(9000)
    expect(await ns.link.get('tap0')).toMatchObject({ up: true, mtu: 9000, mac: mac(7), carrier: true })
  })

  suite.test('carrier, from the start and later', [...needs, 'tun no-carrier'], async ({ ns }) => {
    await using opened = await ns.openTap({ name: 'tap0', up: true, carrier: false })
    expect(await ns.link.get('tap0')).toMatchObject({ carrier: false })
    opened.setCarrier(true)
    await eventually(async () => expect(await ns.link.get('tap0')).toMatchObject({ carrier: true }))
    opened.setCarrier(false)
    await eventually(async () => expect(await ns.link.get('tap0')).toMatchObject({ carrier: false }))
  })

  suite.test('packet information in front of each packet', [...needs, 'packets'], async ({ ns }) => {
    await using opened = await ns.openTun({ name: 'tun0', up: true, packetInformation: true })
    await ns.address.add({ link: 'tun0', address: '2001:db8::1/64', noDad: true })
    const asking = ns.ping({ address: '2001:db8::2', timeout: 0.5 }).catch(() => {})
    const batch = opened.createBatch()
    await opened.read(batch)
    await asking
    // Whatever the kernel says first is IPv6.
    expect([...batch.frame(0).subarray(0, 5)]).toEqual([0, 0, 0x86, 0xdd, 0x60])
  })

  suite.test(
    'NAPI: frames pass as without, and the link has it',
    [...needs, 'tun napi', 'link bridge'],
    async ({ ns, defer }) => {
      const [from, to] = await twoTaps(ns, defer, { napi: true, multiQueue: true })
      await exchange(from, to)
      const error = await fails(ns.openTap({ name: 'tap0', multiQueue: true }), 'EINVAL')
      expect(error.detail).toContain('napi is on')
    },
  )

  suite.test('NAPI with fragments, or the refusal that it needs', [...needs, 'tun napi'], async ({ ns }) => {
    // It needs CAP_NET_ADMIN in the first user namespace: rootless it is refused.
    const napi = { name: 'tap0', napi: true, multiQueue: true }
    const opened = await ns.openTap({ ...napi, napiFrags: true }).catch((error) => error)
    if (opened instanceof Error) expect(opened).toMatchObject({ code: 'EPERM' })
    else {
      expect((await fails(ns.openTap(napi), 'EINVAL')).detail).toContain('napiFrags is on')
      await opened.close()
    }
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('flags that a link with queues keeps are an error', [...needs, 'tun offload'], async ({ ns }) => {
    await using first = await ns.openTap({ name: 'tap0', multiQueue: true })
    const error = await fails(ns.openTap({ name: 'tap0', multiQueue: true, offloads: true }), 'EINVAL')
    expect(error.detail).toContain('offloads (virtio header) is off')
    await using second = await ns.openTap({ name: 'tap0', multiQueue: true })
    expect(second.index).toBe(first.index)
    expect((await ns.link.get('tap0'))?.tun).toMatchObject({ queues: 2 })
  })

  suite.test('the built-in steering program', [...needs, 'link bridge'], async ({ ns, defer, skip }) => {
    const [from, to] = await twoTaps(ns, defer, { queues: 2 })
    try {
      to.setSteering('flow hash')
    } catch (error) {
      // Rootless, the kernel loads no programs where kernel.unprivileged_bpf_disabled says so.
      expect(error).toMatchObject({ code: 'EPERM' })
      skip('needs bpf(2)')
    }
    await exchange(from, to)
    to.setSteering(undefined)
    await exchange(from, to)
    expect(() => to.setSteering({ fd: 1_000_000 })).toThrow(/EBADF|EINVAL/)
  })

  suite.test('other batch sizes', [...needs, 'link bridge'], async ({ ns, defer }) => {
    for (const batchSize of [1, 3, 256]) {
      const [from, to] = await twoTaps(ns, defer, { batchSize })
      expect(to.createBatch().capacity).toBe(batchSize)
      await exchange(from, to)
      await from.close()
      await to.close()
      await ns.link.delete('br0')
    }
  })

  suite.test(
    'no frame is cut when the MTU is raised while it is open',
    [...needs, 'link bridge'],
    async ({ ns, defer }) => {
      const [from, to] = await twoTaps(ns, defer, { batchSize: 32 })
      const send = (octets: number, count = 32) => {
        const batch = new FrameBatch({ frames: count, octets: 1 << 22 })
        for (let number = 0; number < count; number++) batch.add(numberedFrame(number, octets, 0x22, 0x11))
        return writeAll(from, batch)
      }
      const numbers = Array.from({ length: 32 }, (_, number) => number)
      const batch = to.createBatch()
      for (const [mtu, octets] of [
        [1500, 1514],
        [9000, 9014],
        [65_521, 65_535],
      ] as const) {
        for (const name of ['tap0', 'tap1', 'br0']) await ns.link.set(name, { mtu })
        // Small ones first, so that many are asked for at once.
        await send(100)
        expect(await readNumbers(to, 32, () => 100, batch)).toEqual(numbers)
        await send(octets)
        expect(await readNumbers(to, 32, () => octets, batch)).toEqual(numbers)
      }
      expect(to.counters.dropped.cut).toBe(0)
    },
  )

  suite.test('one read takes all that is there, up to a batch', [...needs, 'link bridge'], async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer, { batchSize: 48 })
    const batch = new FrameBatch({ frames: 200 })
    for (let number = 0; number < 100; number++) batch.add(numberedFrame(number, 64, 0x22, 0x11))
    await writeAll(from, batch)
    const into = new FrameBatch({ frames: 256 })
    expect(await to.read(into)).toBe(48)
    expect(await to.read(into)).toBe(48)
    expect(await to.read(into)).toBeGreaterThanOrEqual(4)
  })
}
