/** Ports in trouble: bad input at a link that is there changes nothing, and whatever happens, the loop does not spin. @module */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { FrameBatch, type TunPortOptions } from '@vnet/core'
import { expect } from 'vitest'
import { fails, sleep } from './expectation.js'
import { numberedFrame } from './frame.js'
import { hold, twoTaps, writeAll } from './port.js'
import { stateAtRest } from './rest.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'

const needs = ['tun port', 'link tap', 'link tun'] as const

type Row = readonly [title: string, kind: 'tun' | 'tap', options: TunPortOptions, code: string | readonly string[]]

/** What only the kernel can know to be wrong, with `tap0`, `tun0` (both persistent, of one queue), `many` (several) and `br0` there. */
const rows: readonly Row[] = [
  ['a name that is taken', 'tap', { name: 'tap0', create: 'always' }, 'EEXIST'],
  ['a link that is not there', 'tap', { name: 'tap9', create: 'never' }, 'ENODEV'],
  ['a TAP as TUN', 'tun', { name: 'tap0' }, 'EINVAL'],
  ['a TUN as TAP', 'tap', { name: 'tun0' }, 'EINVAL'],
  ['a bridge as TAP', 'tap', { name: 'br0' }, 'EINVAL'],
  ['several queues of a link of one', 'tap', { name: 'tap0', queues: 2 }, 'EINVAL'],
  ['one queue of a link of several', 'tap', { name: 'many', multiQueue: false }, 'EINVAL'],
  [
    'a program for steering that is none',
    'tap',
    { name: 'many', multiQueue: true, steering: { fd: 1_000_000 } },
    'EBADF',
  ],
  ['a program for filtering that is none', 'tap', { name: 'tap0', frameFilter: { fd: 1_000_000 } }, 'EBADF'],
  ['an MTU that is too large for a TAP', 'tap', { name: 'tap0', mtu: 65_535, mac: mac(9), up: true }, 'EINVAL'],
  ['an MTU that is too large for a new TAP', 'tap', { name: 'tap9', mtu: 65_535, persistent: true }, 'EINVAL'],
  ['a descriptor that is not open', 'tap', { fd: 1_000_000 }, 'EBADF'],
]

/** Registers the tests. */
export function portFault(suite: Suite): void {
  suite.test('bad input fails by name and changes nothing', [...needs, 'link bridge'], async ({ ns }) => {
    await addBridge(ns)
    await ns.link.add({ kind: 'tap', name: 'tap0', mac: mac(1), mtu: 1400, tun: { owner: 0 } })
    await ns.link.add({ kind: 'tun', name: 'tun0' })
    await ns.link.add({ kind: 'tap', name: 'many', mac: mac(2), tun: { multiQueue: true } })
    const before = await stateAtRest(ns)
    for (const [title, kind, options, code] of rows) {
      const opening = kind === 'tun' ? ns.openTun(options) : ns.openTap(options)
      const error = await fails(opening, code)
      expect(error.operation, title).toBe(`${kind} open`)
      if (options.name !== undefined) expect(error.subject, title).toBe(options.name)
      expect(await stateAtRest(ns), title).toEqual(before)
    }
  })

  suite.test('a descriptor of something else is refused, and stays open', [...needs, 'tun fd'], async ({ ns }) => {
    const fd = openSync('/dev/null', 'r+')
    try {
      const error = await fails(ns.openTap({ name: 'tap0', fd }), 'ENOTTY')
      expect(error.hint).toContain('/dev/net/tun')
      expect(fstatSync(fd).isCharacterDevice()).toBe(true)
    } finally {
      closeSync(fd)
    }
    expect(await ns.link.get('tap0')).toBeUndefined()
  })

  suite.test('methods refuse bad input, and the port goes on', [...needs, 'link bridge'], async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    const bad = [
      () => to.setSendBuffer(-1),
      () => to.setSendBuffer(0),
      () => to.setQueue(-1, false),
      () => to.setQueue(0, 'no' as never),
      () => to.setCarrier(1 as never),
      () => to.setPersistent('yes' as never),
      () => to.setSteering('random' as never),
      () => to.setSteering({ fd: -1 }),
      () => to.setFrameFilter({} as never),
    ]
    for (const call of bad) {
      const refused = (error: unknown) => error instanceof TypeError || error instanceof RangeError
      expect(call, String(call)).toThrow(expect.toSatisfy(refused))
    }
    const batch = new FrameBatch()
    batch.add(numberedFrame(1, 64, 0x22, 0x11))
    await writeAll(from, batch)
    expect(await to.read(to.createBatch())).toBeGreaterThan(0)
  })

  suite.test('given up while it opens: nothing is left', needs, async ({ ns }) => {
    const ends = new AbortController()
    const opening = ns.openTap({ name: 'tap0', persistent: true }, { signal: ends.signal })
    ends.abort()
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
    expect(await ns.link.get('tap0')).toBeUndefined()
  })

  suite.test(
    'the loop rests when frames wait, when nothing can be written, and when the link is gone',
    [...needs, 'link bridge', 'namespace exec'],
    async (context) => {
      const { ns, defer, skip } = context
      const [from, to] = await twoTaps(ns, defer, { queues: 2, sendBuffer: 32_768 })
      const batch = new FrameBatch({ frames: 100 })
      for (let number = 0; number < 100; number++) batch.add(numberedFrame(number, 1400, 0x22, 0x11))
      // Read once, so that readiness was asked for, and then no more.
      await writeAll(from, batch)
      await to.read(to.createBatch())
      await writeAll(from, batch)
      expect(await busy(), 'frames wait').toBeLessThan(0.3)
      if (!(await hold(ns, 'tap1'))) skip('needs tc and the queueing discipline tbf')
      expect(from.write(batch)).toBeLessThan(100)
      const blocked = fails(
        forever(async () => {
          from.write(batch)
          await from.writable()
        }),
        'EBADFD',
      )
      expect(await busy(), 'nothing can be written').toBeLessThan(0.3)
      const reading = fails(
        forever(() => to.read(to.createBatch())),
        'EBADFD',
      )
      for (const name of ['tap0', 'tap1']) await ns.link.delete(name)
      await Promise.all([blocked, reading])
      expect(await busy(), 'the link is gone').toBeLessThan(0.3)
    },
  )
}

/** Again and again, as a program that waits and tries does. */
async function forever(step: () => Promise<unknown>): Promise<never> {
  for (;;) await step()
}

/** Which part of a while this process was computing: a loop that spins computes all of the time. */
async function busy(): Promise<number> {
  const [began, before] = [performance.now(), process.cpuUsage()]
  await sleep(400)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / (performance.now() - began)
}
