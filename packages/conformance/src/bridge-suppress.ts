/** A bridge that answers for neighbours it knows: ARP (RFC 826) and neighbour discovery (RFC 4861), frame by frame. @module */
import { expect } from 'vitest'
import type { Context } from './context.js'
import { arp, everybody, hex, ip4, ip6, joined, u16, unknownMac } from './frame.js'
import { icmpv6, macOption } from './icmpv6-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { type TapBridge, tapBridge, tapBridgeNeeds } from './tap-bridge.js'

const asking = mac(0xa1)
const known = mac(0xb1)
const [from4, to4] = ['10.9.0.1', '10.9.0.9']
const [from6, to6] = ['2001:db8:9::1', '2001:db8:9::9']

/** Who has `to4`? */
const arpRequest = arp(1, everybody, asking, from4, unknownMac, to4)

/** Who has `to6`? Asked of its solicited-node group. */
const solicitation = icmpv6({
  mac: asking,
  from: from6,
  to: 'ff02::1:ff00:9',
  message: joined(Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0), ip6(to6), macOption(1, asking)),
})

/** The MAC that an ARP reply about `to4` gives; `undefined` for another frame. */
function arpAnswer(frame: Uint8Array): string | undefined {
  if (u16(frame, 12) !== 0x0806 || u16(frame, 20) !== 2) return undefined
  return textOf(frame.subarray(28, 32)) === textOf(ip4(to4)) ? macText(frame.subarray(22, 28)) : undefined
}

/** The MAC that a neighbour advertisement of `to6` gives; `undefined` for another frame. */
function ndAnswer(frame: Uint8Array): string | undefined {
  if (u16(frame, 12) !== 0x86dd || frame[20] !== 58 || frame[54] !== 136) return undefined
  const about = textOf(frame.subarray(62, 78))
  return about === textOf(ip6(to6)) && frame[78] === 2 ? macText(frame.subarray(80, 86)) : undefined
}

const textOf = (octets: Uint8Array): string => [...octets].join()
const macText = (octets: Uint8Array): string => hex(octets, ':')

/** Asks at `tap0`: the MAC in the answer that came out there, and the other ports that heard the question. */
async function ask(bridge: TapBridge, question: Uint8Array): Promise<{ answer: string | undefined; heard: number[] }> {
  const [own = [], ...others] = await bridge.send([0, question])
  const answers = own.map((frame) => arpAnswer(frame) ?? ndAnswer(frame)).filter((answer) => answer !== undefined)
  const isQuestion = (frame: Uint8Array) => textOf(frame) === textOf(question)
  return {
    answer: answers[0],
    heard: others.flatMap((frames, index) => (frames.some(isQuestion) ? [index + 1] : [])),
  }
}

/** The bridge knows both addresses, and the MAC is behind `tap1`. */
async function addKnown({ ns }: TapBridge): Promise<void> {
  for (const address of [to4, to6]) await ns.neighbour.add({ link: 'br0', address, mac: known })
  await ns.fdb.add({ link: 'tap1', mac: known, master: true, state: 'static' })
}

/** A bridge that tells VLANs apart, all of it in VLAN 1, with a link of the host in it. */
async function inVlan(context: Context): Promise<TapBridge> {
  const bridge = await tapBridge(context, 3)
  const { ns } = bridge
  await ns.link.set('br0', { bridge: { vlanFiltering: true } })
  await ns.link.add({ kind: 'vlan', name: 'br0.1', parent: 'br0', up: true, vlan: { id: 1 } })
  await ns.fdb.add({ link: 'tap1', mac: known, vlan: 1, master: true, state: 'static' })
  return bridge
}

/** Registers the tests. */
export function bridgeSuppress(suite: Suite): void {
  const needs = [...tapBridgeNeeds, 'packets', 'bridge protocols'] as const
  for (const [what, question] of [
    ['ARP', arpRequest],
    ['neighbour discovery', solicitation],
  ] as const) {
    suite.test(`neighbourSuppress: ${what} is answered, and not asked behind the port`, needs, async (context) => {
      const bridge = await tapBridge(context, 3)
      const { ns } = bridge
      expect(await ask(bridge, question)).toEqual({ answer: undefined, heard: [1, 2] })
      await addKnown(bridge)
      expect(await ask(bridge, question)).toEqual({ answer: undefined, heard: [1, 2] })
      await ns.link.set('tap1', { port: { neighbourSuppress: true } })
      expect(await ask(bridge, question)).toEqual({ answer: known, heard: [2] })
      // Only what the bridge knows is answered.
      for (const address of [to4, to6]) await ns.neighbour.delete({ link: 'br0', address })
      expect(await ask(bridge, question)).toEqual({ answer: undefined, heard: [1, 2] })
    })
  }

  const inVlans = [...needs, 'bridge vlan-filtering', 'link vlan'] as const
  for (const [what, question] of [
    ['ARP', arpRequest],
    ['neighbour discovery', solicitation],
  ] as const) {
    suite.test(`neighbourSuppress in a VLAN: ${what}, by what the VLAN’s link knows`, inVlans, async (context) => {
      const bridge = await inVlan(context)
      const { ns } = bridge
      for (const address of [to4, to6]) await ns.neighbour.add({ link: 'br0', address, mac: known })
      await ns.link.set('tap1', { port: { neighbourSuppress: true } })
      expect(await ask(bridge, question)).toEqual({ answer: undefined, heard: [1, 2] })
      for (const address of [to4, to6]) await ns.neighbour.add({ link: 'br0.1', address, mac: known })
      expect(await ask(bridge, question)).toEqual({ answer: known, heard: [2] })
    })

    suite.test(`neighbourVlanSuppress: ${what}, in VLANs that say so`, inVlans, async (context) => {
      const bridge = await inVlan(context)
      const { ns } = bridge
      if ((await ns.link.get('tap1'))?.port?.neighbourVlanSuppress === undefined)
        context.skip('lacks capability: neighbour suppression by VLAN (Linux 6.4)')
      for (const address of [to4, to6]) await ns.neighbour.add({ link: 'br0.1', address, mac: known })
      await ns.link.set('tap1', { port: { neighbourVlanSuppress: true } })
      // The bridge knows the MAC, but answers only where the VLAN says so.
      expect(await ask(bridge, question)).toMatchObject({ answer: undefined })
      await ns.bridgeVlan.set({ link: 'tap1', vlan: 1, neighbourSuppress: true })
      expect(await ask(bridge, question)).toEqual({ answer: known, heard: [2] })
    })
  }

  suite.test('questions without an answer are not heard behind the port either', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    await bridge.ns.link.set('tap1', { port: { neighbourSuppress: true } })
    // Whether an address is free, and that it is one's own.
    for (const sender of ['0.0.0.0', to4]) {
      const frame = arpRequest.slice()
      frame.set(ip4(sender), 28)
      expect(await ask(bridge, frame)).toEqual({ answer: undefined, heard: [2] })
    }
  })

  suite.test('proxyArp: answered to who asks at that port', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    await addKnown(bridge)
    await bridge.ns.link.set('tap0', { port: { proxyArp: true } })
    // Heard all the same where nothing says otherwise.
    expect(await ask(bridge, arpRequest)).toEqual({ answer: known, heard: [1, 2] })
    // Nothing at all is flooded to such a port.
    await bridge.ns.link.set('tap1', { port: { proxyArp: true } })
    expect(await ask(bridge, arpRequest)).toEqual({ answer: known, heard: [2] })
    await bridge.ns.link.set('tap0', { port: { proxyArp: false } })
    expect(await ask(bridge, arpRequest)).toMatchObject({ answer: undefined })
  })

  suite.test('proxyArpWifi: answered for who is behind that port', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    await addKnown(bridge)
    await bridge.ns.link.set('tap1', { port: { proxyArpWifi: true } })
    expect(await ask(bridge, arpRequest)).toEqual({ answer: known, heard: [2] })
  })
}
