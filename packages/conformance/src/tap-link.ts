/** macvtap and ipvtap links as ports: frames through their character devices. @module */
import { isVnetError, type TunPort, type TunPortOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, fails, refuses } from './expectation.js'
import { turnEcho } from './frame.js'
import { exchange } from './port.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** Registers the tests of such ports. */
export function tapLink(suite: Suite): void {
  for (const kind of ['macvtap', 'ipvtap'] as const) {
    const needs = ['tap device', 'link veth', `link ${kind}`] as const
    const variants: readonly (readonly [title: string, options: TunPortOptions])[] = [
      ['plain frames', {}],
      ['super-frames, split', { offloads: true, receive: 'split' }],
      ['two queues', { queues: 2 }],
    ]
    for (const [title, options] of variants) {
      suite.test(`${kind}: answers echo requests of another namespace: ${title}`, needs, async (context) => {
        const there = await addTapLink(context, kind)
        const { ns } = context
        await using port = await opened(context, { ...options, name: 't0', create: 'never' })
        expect(port).toMatchObject({ name: 't0', kind: 'tap', queues: options.queues ?? 1 })
        const answered = answer(port)
        const reply = await eventually(() => there.ping({ address: '10.0.0.5', timeout: 2 }))
        expect(reply.address).toBe('10.0.0.5')
        expect(port.counters.readFrames).toBeGreaterThan(0)
        expect(port.counters.writtenFrames).toBeGreaterThan(0)
        await port.close()
        expect(await answered).toBeGreaterThan(0)
        expect(await ns.link.get('t0')).toMatchObject({ kind })
      })
    }

    suite.test(`${kind}: a link that is deleted ends the port`, needs, async (context) => {
      await addTapLink(context, kind)
      await using port = await opened(context, { name: 't0', create: 'never' })
      const pending = port.read(port.createBatch())
      const ended = fails(drained(pending, port), 'EBADFD')
      await context.ns.link.delete('t0')
      await ended
      expect(() => port.write(port.createBatch())).toThrowError(/EBADFD/)
    })

    suite.test(`${kind}: what it does not have, and what has no device, is refused`, needs, async (context) => {
      await addTapLink(context, kind)
      const { ns } = context
      await (await opened(context, { name: 't0', create: 'never' })).close()
      const open = { name: 't0', create: 'never' } as const
      const options = [
        { persistent: true },
        { persistent: false },
        { owner: 0 },
        { napi: true },
        { steering: 'flow hash' },
      ]
      for (const option of options as readonly TunPortOptions[]) {
        const error = await fails(ns.openTap({ ...open, ...option }), 'EOPNOTSUPP')
        expect(error).toMatchObject({ subject: 't0', attribute: `options.${Object.keys(option)[0]}` })
      }
      await fails(ns.openTun(open), 'EINVAL')
      // The mock has no files.
      await fails(ns.openTap({ ...open, device: '/dev/null' }), ['ENODEV', 'ENOTTY', 'ENOENT'])
      await fails(ns.openTap({ ...open, device: '/dev/none-of-vnet' }), 'ENOENT')
      await fails(ns.openTap({ ...open, name: 'v0', device: '/dev/null' }), 'EINVAL')
      await refuses(ns.openTap({ name: 't0', device: '/dev/tap1' }))
      await refuses(ns.openTun({ ...open, device: '/dev/tap1' } as never))
    })
  }

  suite.test('two macvtaps of one parent', ['tap device', 'link veth', 'link macvtap'], async (context) => {
    await addTapLink(context, 'macvtap')
    const { ns } = context
    const index = freeIndex()
    await ns.link.add({ ...macvtap, name: 't1', index, mac: mac(0x22), parent: 'v0', up: true })
    await using first = await opened(context, { name: 't0', create: 'never' })
    await using second = await opened(context, { name: 't1', create: 'never' })
    await exchange(first, second)
  })
}

const macvtap = { kind: 'macvtap', macvlan: { mode: 'bridge' } } as const

/** An index that no other namespace uses: the devices of all namespaces have their names by it in one directory. */
function freeIndex(): number {
  return 1_000_000 + Math.floor(Math.random() * 1_000_000_000)
}

/** `t0` on `v0`, whose other end is in the namespace that is returned; 10.0.0.5 is to be answered for by who has `t0` open. */
async function addTapLink({ ns, another }: Context, kind: 'macvtap' | 'ipvtap'): Promise<PlacedNamespace> {
  const there = await another()
  await ns.link.add({
    kind: 'veth',
    name: 'v0',
    mac: mac(1),
    up: true,
    peer: { name: 'v1', namespace: there, up: true },
  })
  const index = freeIndex()
  if (kind === 'macvtap') await ns.link.add({ ...macvtap, name: 't0', index, mac: mac(0x11), parent: 'v0', up: true })
  else {
    await ns.link.add({ kind, name: 't0', index, parent: 'v0', ipvlan: { mode: 'l2' }, up: true })
    await ns.address.add({ link: 't0', address: '10.0.0.5/24' })
  }
  await there.address.add({ link: 'v1', address: '10.0.0.1/24' })
  const lladdr = kind === 'macvtap' ? mac(0x11) : mac(1)
  await there.neighbour.set({ link: 'v1', address: '10.0.0.5', mac: lladdr, state: 'permanent' })
  return there
}

/** The port, or a skip where this machine has no device for it or lets nobody open it. */
async function opened({ ns, skip }: Context, options: TunPortOptions): Promise<TunPort> {
  try {
    return await ns.openTap(options)
  } catch (error) {
    const refused = isVnetError(error) && ['ENOENT', 'EACCES', 'EPERM'].includes(error.code)
    if (refused) skip(`lacks capability: /dev/tapINDEX that may be opened (${error.code})`)
    throw error
  }
}

/** Reads until that fails. */
async function drained(first: Promise<number>, port: TunPort): Promise<never> {
  await first
  for (const batch = port.createBatch(); ; ) await port.read(batch)
}

/** Answers echo requests until the port is closed; returns how many. */
async function answer(port: TunPort): Promise<number> {
  let answered = 0
  for await (const batch of port) {
    for (const frame of batch) {
      if (!turnEcho(frame.subarray(14))) continue
      const [to, from] = [frame.slice(0, 6), frame.slice(6, 12)]
      frame.set(from)
      frame.set(to, 6)
      answered++
    }
    port.write(batch)
  }
  return answered
}
