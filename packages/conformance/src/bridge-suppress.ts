/** A bridge that answers for neighbours it knows: ARP (RFC 826) and neighbour discovery (RFC 4861), frame by frame. @module */
import { parseIp } from '@vnet/core'
import { expect } from 'vitest'
import { ip4, ipv6, joined, put16, sum, u16 } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { broadcast, ethernet, macOctets, type TapBridge, tapBridge, tapBridgeNeeds } from './tap-bridge.js'

const asking = mac(0xa1)
const known = mac(0xb1)
const [from4, to4] = ['10.9.0.1', '10.9.0.9']
const [from6, to6] = ['2001:db8:9::1', '2001:db8:9::9']
const ip6 = (text: string) => parseIp(text) as Uint8Array

/** Who has `to4`? */
const arpRequest = ethernet(
  broadcast,
  asking,
  0x0806,
  joined(Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 1), ...[macOctets(asking), ip4(from4), new Uint8Array(6), ip4(to4)]),
)

/** Who has `to6`? Asked of its solicited-node group. */
const solicitation = (() => {
  const target = ip6(to6)
  const last = target.subarray(13)
  const group = joined(ip6('ff02::1:ff00:0').subarray(0, 13), last)
  const message = joined(Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0), target, Uint8Array.of(1, 1), macOctets(asking))
  const pseudo = joined(ip6(from6), group, Uint8Array.of(0, 0, 0, message.length, 0, 0, 0, 58), message)
  put16(message, 2, ~sum(pseudo) & 0xffff)
  return ethernet(
    `33:33:ff:${[...last].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`,
    asking,
    0x86dd,
    ipv6(ip6(from6), group, 58, message, 255),
  )
})()

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
const macText = (octets: Uint8Array): string => [...octets].map((one) => one.toString(16).padStart(2, '0')).join(':')

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
