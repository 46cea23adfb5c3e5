/** The user-space switch and the kernel on one wire: spanning tree, learning and ageing, VLANs. @module */
import { FrameBatch, type Host, type Namespace, openHost, type Port } from '@vnet/core'
import { memoryPorts, Switch, type SwitchOptions, SwitchRunner } from '@vnet/switch'
import { decodeArp, encodeFrame } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import { napiDriver } from '../src/index.js'

/** How many times longer things may take: emulated kernels are slow. */
const patience = Number(process.env.VNET_PATIENCE ?? 1)

/** What a test needs of the kernel, or it is skipped by name. */
async function kernel(
  skip: (reason: string) => never,
  ...needed: ('tun port' | 'link vlan' | 'link bridge' | 'link veth')[]
) {
  const driver = await napiDriver().catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
  for (const capability of ['admin', 'namespace anonymous', ...needed] as const) {
    const answer = driver.supports[capability]
    if (answer !== true) skip(`lacks capability: ${capability} (${answer})`)
  }
  return openHost({ driver })
}

const until = async (seconds: number, holds: () => Promise<boolean> | boolean, what: string) => {
  const end = performance.now() + seconds * 1000 * patience
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`after ${seconds} s still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Starts a switch. */
const start = (options: Partial<SwitchOptions> = {}) =>
  new SwitchRunner(new Switch({ mac: '02:00:00:00:0f:01', seed: 1, ...options }))

const stationMac = '02:00:00:00:0a:01'

/** Asks for the MAC of 10.9.0.1 until it is answered; returns how many answers one question got then. */
async function ask(station: Port): Promise<number> {
  const question = encodeFrame([
    { layer: 'ethernet', destination: 'ff:ff:ff:ff:ff:ff', source: stationMac },
    {
      layer: 'arp',
      operation: 1,
      senderMac: stationMac,
      senderIp: '10.9.0.2',
      targetMac: '00:00:00:00:00:00',
      targetIp: '10.9.0.1',
    },
  ])
  const batch = new FrameBatch()
  batch.add(question)
  let answers = 0
  const inbox = new FrameBatch()
  const listening = (async () => {
    for (;;) {
      await station.read(inbox)
      for (const frame of inbox) {
        if (frame[12] === 8 && frame[13] === 6 && decodeArp(frame, 14).operation === 2) answers++
      }
    }
  })().catch(() => {})
  station.write(batch)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const found = answers
  await station.close()
  await listening
  return found
}

interface Ring {
  readonly host: Host
  readonly ns: Namespace
  readonly runner: SwitchRunner
}

const cables = ['tap0', 'tap1'] as const
const states = async ({ ns, runner }: Ring) => {
  const theirs = await Promise.all(cables.map(async (name) => (await ns.link.get(name))?.port?.state))
  const ours = runner.bridge.ports.filter(({ name }) => name.startsWith('tap')).map(({ state }) => state)
  return { theirs, ours }
}
/** Whether exactly `blocked` ends of the cables do not forward and everything else does. */
const settled = async (ring: Ring, blocked: number) => {
  const { theirs, ours } = await states(ring)
  return [...theirs, ...ours].filter((state) => state !== 'forwarding').length === blocked
}

/** A kernel bridge and our switch with two cables between them. */
async function ring(host: Host, ourPriority: number): Promise<Ring> {
  const ns = await host.namespace.add()
  await ns.link.add({
    kind: 'bridge',
    name: 'br0',
    mac: '02:00:00:00:0e:01',
    up: true,
    bridge: { stp: true, priority: 0x8000, forwardDelay: 4, helloTime: 1, maxAge: 6 },
  })
  await ns.address.add({ link: 'br0', address: '10.9.0.1/24' })
  const runner = start({ host: false, stp: { priority: ourPriority, forwardDelay: 4, helloTime: 1, maxAge: 6 } })
  for (const name of cables) {
    runner.addPort(await ns.openTap({ name }))
    await ns.link.set(name, { master: 'br0', up: true })
  }
  return { host, ns, runner }
}

describe('a ring of a kernel bridge and our switch', () => {
  for (const [who, priority] of [
    ['the kernel', 0x9000],
    ['our switch', 0x1000],
  ] as const) {
    it(`elects ${who}, blocks one port, and heals when a cable is cut`, { timeout: 120_000 * patience }, async ({
      skip,
    }) => {
      await using host = await kernel(skip, 'tun port', 'link bridge')
      const all = await ring(host, priority)
      const { ns, runner } = all
      try {
        await until(40, () => settled(all, 1), 'one end blocked')
        const root = priority < 0x8000 ? '1000.02:00:00:00:0f:01' : '8000.02:00:00:00:0e:01'
        expect((await ns.link.get('br0')) as { bridge?: { rootId?: string } }).toMatchObject({
          bridge: { rootId: root },
        })
        const { tree } = runner.bridge
        expect(`${tree?.root.priority.toString(16)}.${tree?.root.mac}`).toBe(root)
        // The port that is blocked is an end of the bridge that is not the root.
        const { theirs, ours } = await states(all)
        expect((priority < 0x8000 ? theirs : ours).filter((state) => state !== 'forwarding')).toHaveLength(1)
        // The kernel speaks STP; so do our ports by now.
        expect(runner.bridge.ports.map(({ stpVersion }) => stpVersion)).toEqual(['stp', 'stp'])

        const station = async () => {
          const [inner, outer] = memoryPorts()
          const port = runner.addPort(inner, { stp: { edge: true } })
          const answers = await ask(outer)
          await runner.removePort(port)
          return answers
        }
        expect(await station()).toBe(1)

        // The cable that carries traffic is cut.
        const used = runner.bridge.ports.findIndex(
          ({ state }, i) => state === 'forwarding' && theirs[i] === 'forwarding',
        )
        const name = cables[used] as string
        await ns.link.set(name, { up: false })
        const other = cables[1 - used] as string
        await until(
          40,
          async () =>
            (await ns.link.get(other))?.port?.state === 'forwarding' &&
            runner.bridge.ports.find((port) => port.name === other)?.state === 'forwarding',
          'the other cable forwards at both ends',
        )
        await until(5, async () => (await station()) === 1, 'the kernel answers over the other cable')
      } finally {
        await runner.close()
        await ns.close()
      }
    })
  }
})

it('a host behind a veth of the kernel learns and ages through us', { timeout: 60_000 * patience }, async ({
  skip,
}) => {
  await using host = await kernel(skip, 'tun port', 'link bridge', 'link veth')
  const [left, right, far] = [await host.namespace.add(), await host.namespace.add(), await host.namespace.add()]
  const runner = start({ host: false, ageingTime: 3 })
  try {
    runner.addPort(await left.openTap({ name: 'tap0', mac: '02:00:00:00:01:01', up: true }))
    await left.address.add({ link: 'tap0', address: '10.9.1.1/24' })
    runner.addPort(await right.openTap({ name: 'tap1', up: true }))
    const idle = await far.openTap({ name: 'tap2', up: true })
    runner.addPort(idle)
    await right.link.add({ kind: 'bridge', name: 'br0', up: true })
    await right.link.set('tap1', { master: 'br0' })
    const station = await host.namespace.add()
    const { ref } = station
    if (ref === undefined) throw new Error('the namespace cannot be named')
    await right.link.add({
      kind: 'veth',
      name: 'v0',
      master: 'br0',
      up: true,
      peer: { name: 'eth0', namespace: ref, mac: '02:00:00:00:01:02', up: true },
    })
    await station.address.add({ link: 'eth0', address: '10.9.1.2/24' })
    await until(
      20,
      () =>
        left.ping('10.9.1.2').then(
          () => true,
          () => false,
        ),
      'the host answers',
    )
    const learned = () => new Map(runner.bridge.macs.map(({ mac, port }) => [mac, port]))
    expect([learned().get('02:00:00:00:01:01'), learned().get('02:00:00:00:01:02')]).toEqual([1, 2])
    // What is known goes to one port only.
    const before = runner.bridge.counters(3).outFrames
    const { outFrames } = runner.bridge.counters(2)
    for (let sequence = 1; sequence <= 20; sequence++) await left.ping({ address: '10.9.1.2', sequence })
    expect(runner.bridge.counters(2).outFrames - outFrames).toBeGreaterThanOrEqual(20)
    expect(runner.bridge.counters(3).outFrames - before).toBeLessThan(10)
    await station.link.set('eth0', { up: false })
    await until(10, () => learned().get('02:00:00:00:01:02') === undefined, 'the host is forgotten')
    await station.link.set('eth0', { up: true })
    await until(
      10,
      () =>
        left.ping('10.9.1.2').then(
          () => true,
          () => false,
        ),
      'the host answers again',
    )
    expect(learned().get('02:00:00:00:01:02')).toBe(2)
    // The link of one port is deleted: the others go on.
    await far.link.delete('tap2')
    await until(5, () => runner.bridge.port(3) === undefined, 'the port has ended')
    await left.ping('10.9.1.2')
    await station.close()
  } finally {
    await runner.close()
    for (const each of [left, right, far]) await each.close()
  }
})

it('tags of the kernel are ours', { timeout: 60_000 * patience }, async ({ skip }) => {
  await using host = await kernel(skip, 'tun port', 'link vlan')
  const [trunk, ten, twenty] = [await host.namespace.add(), await host.namespace.add(), await host.namespace.add()]
  const runner = start({ host: false, vlanFiltering: true })
  try {
    runner.addPort(await trunk.openTap({ name: 'tap0', up: true }), { vlan: { mode: 'trunk', allowed: [10, 20] } })
    for (const id of [10, 20]) {
      await trunk.link.add({ kind: 'vlan', name: `tap0.${id}`, parent: 'tap0', vlan: { id }, up: true } as Parameters<
        typeof trunk.link.add
      >[0])
      await trunk.address.add({ link: `tap0.${id}`, address: `10.9.${id}.1/24` })
    }
    for (const [ns, id] of [
      [ten, 10],
      [twenty, 20],
    ] as const) {
      runner.addPort(await ns.openTap({ name: 'tap0', up: true }), { vlan: { mode: 'access', id } })
      await ns.address.add({ link: 'tap0', address: `10.9.${id}.2/24` })
    }
    await until(
      10,
      () =>
        ten.ping('10.9.10.1').then(
          () => true,
          () => false,
        ),
      'VLAN 10 answers',
    )
    await twenty.ping('10.9.20.1')
    await trunk.ping('10.9.20.2')
    await ten.address.add({ link: 'tap0', address: '10.9.20.3/24' })
    await expect(ten.ping({ address: '10.9.20.2', timeout: 0.5 })).rejects.toThrow()
  } finally {
    await runner.close()
    for (const ns of [trunk, ten, twenty]) await ns.close()
  }
})
