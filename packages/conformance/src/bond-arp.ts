/** Bonds that ask by ARP and Neighbour Discovery whether their ports work, and what they report after a change (`arp_interval`). @module */
import type { BondOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, sleep } from './expectation.js'
import { hex, u16 } from './frame.js'
import { listen } from './listen.js'
import { opener } from './socket-place.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'

const [OWN, TARGET, OTHER] = ['10.0.0.1', '10.0.0.2', '10.0.0.9']
const [OWN6, TARGET6] = ['2001:db8::1', '2001:db8::2']

/** A bond with the ports `v0` and `v1`, whose other ends `p0` and `p1` are ports of a bridge of another host, which has the target. */
async function bonded({ ns, another }: Context, bond: BondOptions) {
  const far = await another()
  await addBridge(far)
  // A link that is no port of the bridge does not answer for it.
  await far.sysctl.set('net.ipv4.conf.all.arp_ignore', 1)
  for (const i of [0, 1]) {
    const peer = { name: `p${i}`, namespace: far.ref, mac: mac(0x20 + i), up: true }
    await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer })
    await far.link.set(`p${i}`, { master: 'br0' })
  }
  await far.address.add({ link: 'br0', address: `${TARGET}/24` })
  await far.address.add({ link: 'br0', address: `${TARGET6}/64`, noDad: true })
  await ns.link.add({ kind: 'bond', name: 'b0', mac: mac(0xb1), bond })
  for (const name of ['v0', 'v1']) await ns.link.set(name, { master: 'b0' })
  await ns.link.set('b0', { up: true })
  await ns.address.add({ link: 'b0', address: `${OWN}/24` })
  await ns.address.add({ link: 'b0', address: `${OWN6}/64`, noDad: true })
  /** The port in use, whether each works, and the carrier. */
  const state = async () => {
    const [link, ...ports] = await Promise.all(['b0', 'v0', 'v1'].map((name) => ns.link.get(name)))
    const active = ports.find((port) => port?.index === link?.bond?.activeSlave)?.name
    return [active, ...ports.map((port) => port?.bondPort?.miiStatus), link?.carrier]
  }
  return { ns, far, state }
}

/** Registers the tests. */
export function bondArp(suite: Suite): void {
  const needs = ['packets bond', 'link bond', 'link veth', 'link bridge', 'sysctl'] as const
  // A slow machine may miss an answer; then the primary comes back.
  const asks = { mode: 'active-backup', primary: 'v0', arpInterval: 50, arpIpTargets: [TARGET] } as const

  suite.test(
    'active-backup: a port whose target no longer answers is given up, with its carrier',
    needs,
    async (context) => {
      const { ns, far, state } = await bonded(context, asks)
      await eventually(async () => expect(await state()).toEqual(['v0', 'up', 'up', true]))
      // The cable is whole: only what is behind it is gone.
      await far.link.set('p0', { master: null })
      await eventually(async () => expect(await state()).toEqual(['v1', 'down', 'up', true]))
      expect((await ns.link.get('v0'))?.bondPort?.linkFailures).toBeGreaterThan(0)
      expect((await ns.link.get('v0'))?.carrier).toBe(true)
      await far.link.set('p0', { master: 'br0' })
      // It hears the other one's questions, and is the primary.
      await eventually(async () => expect(await state()).toEqual(['v0', 'up', 'up', true]))
      for (const name of ['p0', 'p1']) await far.link.set(name, { master: null })
      await eventually(async () => {
        const [active, , , carrier] = await state()
        expect([active, carrier]).toEqual([undefined, false])
      })
      await far.link.set('p0', { master: 'br0' })
      await eventually(async () => {
        const [active, , , carrier] = await state()
        expect([active, carrier]).toEqual(['v0', true])
      })
    },
  )

  suite.test(
    'asked from the address of the bond in that network, or from none',
    [...needs, 'capture'],
    async (context) => {
      const { far } = await bonded(context, { ...asks, arpIpTargets: [TARGET, '192.0.2.1'] })
      const heard = await listen(far, context.defer, 'p0')
      const asked = (target: readonly number[]) =>
        heard.frames.find(
          (frame) => u16(frame, 12) === 0x0806 && hex(frame.subarray(38, 42)) === hex(Uint8Array.from(target)),
        )
      await eventually(() => {
        expect(hex(asked([10, 0, 0, 2])?.subarray(28, 32) ?? new Uint8Array())).toBe('0a000001')
        expect(hex(asked([192, 0, 2, 1])?.subarray(28, 32) ?? new Uint8Array())).toBe('00000000')
      })
      expect(asked([10, 0, 0, 2])?.[21]).toBe(1)
    },
  )

  suite.test('arpValidate: only answers of targets count', [...needs, 'socket'], async (context) => {
    const { ns, far, state } = await bonded(context, { ...asks, arpIpTargets: [OTHER], arpValidate: 'all' })
    await eventually(async () => {
      const [active, , , carrier] = await state()
      expect([active, carrier]).toEqual([undefined, false])
    })
    // What anybody says is enough.
    await ns.link.set('b0', { bond: { arpValidate: 'none' } })
    let talks = true
    context.defer(() => {
      talks = false
    })
    const socket = await opener(context.defer)(far, { kind: 'udp4', broadcast: true })
    const talk = (async () => {
      for (; talks; await sleep(5)) await socket.send(Uint8Array.of(1), { address: '10.0.0.255', port: 9 })
    })()
    await eventually(async () => expect((await state())[3]).toBe(true))
    await ns.link.set('b0', { bond: { arpValidate: 'all' } })
    await eventually(async () => expect((await state())[3]).toBe(false))
    talks = false
    await talk
    await far.address.add({ link: 'br0', address: `${OTHER}/24` })
    await eventually(async () => expect((await state())[3]).toBe(true))
  })

  suite.test('arpAllTargets: one target is enough, or all must answer', needs, async (context) => {
    const { ns, far, state } = await bonded(context, { ...asks, arpIpTargets: [TARGET, OTHER], arpValidate: 'all' })
    await eventually(async () => expect(await state()).toEqual(['v0', 'up', 'up', true]))
    await ns.link.set('b0', { bond: { arpAllTargets: 'all' } })
    await eventually(async () => expect((await state())[3]).toBe(false))
    await far.address.add({ link: 'br0', address: `${OTHER}/24` })
    await eventually(async () => expect((await state())[3]).toBe(true))
  })

  suite.test('neighbourTargets: asked by Neighbour Discovery', needs, async (context) => {
    const { far, state } = await bonded(context, {
      ...asks,
      arpIpTargets: [],
      neighbourTargets: [TARGET6],
      arpValidate: 'all',
    })
    await eventually(async () => expect(await state()).toEqual(['v0', 'up', 'up', true]))
    await far.address.delete({ link: 'br0', address: `${TARGET6}/64` })
    await eventually(async () => expect((await state())[3]).toBe(false))
  })

  for (const mode of ['balance-rr', 'balance-xor', 'broadcast'] as const) {
    suite.test(`${mode}: each port works that is heard`, needs, async (context) => {
      const { far, state } = await bonded(context, { mode, arpInterval: 50, arpIpTargets: [TARGET] })
      const working = async () => (await state()).slice(1)
      await eventually(async () => expect(await working()).toEqual(['up', 'up', true]))
      await far.link.set('p0', { master: null })
      await eventually(async () => expect(await working()).toEqual(['down', 'up', true]))
      await far.link.set('p0', { master: 'br0' })
      await eventually(async () => expect(await working()).toEqual(['up', 'up', true]))
    })
  }

  suite.test('asking ends with the interval: then every port works that has carrier', needs, async (context) => {
    const { ns, state } = await bonded(context, { ...asks, arpIpTargets: [OTHER], arpValidate: 'all' })
    await eventually(async () => expect((await state())[3]).toBe(false))
    await ns.link.set('b0', { bond: { arpInterval: 0, miimon: 20 } })
    await eventually(async () => expect((await state()).slice(1)).toEqual(['up', 'up', true]))
  })

  suite.test(
    'groups are reported again by the port that comes into use',
    [...needs, 'capture', 'socket'],
    async (context) => {
      const { ns, far, state } = await bonded(context, { mode: 'active-backup', miimon: 20, resendIgmp: 3 })
      await eventually(async () => expect(await state()).toEqual(['v0', 'up', 'up', true]))
      const socket = await opener(context.defer)(ns, { kind: 'udp4' })
      socket.join('239.1.2.3', 'b0')
      const heard = await listen(far, context.defer, 'p1')
      await far.link.set('p0', { up: false })
      await eventually(() => {
        // Reports of IGMP 3: the group as it is, which is no change (RFC 3376 § 4.2.12).
        const reports = heard.frames.filter(
          (frame) =>
            hex(frame.subarray(0, 6)) === '01005e000016' && hex(frame.subarray(38)).includes('02000000ef010203'),
        )
        expect(reports).toHaveLength(3)
      })
    },
  )
}
