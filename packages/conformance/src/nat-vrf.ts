/**
 * Address translation and VRFs (`net/netfilter/nf_nat_core.c`, `drivers/net/vrf.c`): a packet is translated at the port by which it
 * comes in or leaves, and nothing at the VRF but where a route leads into it. @module
 */
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'
import { plain } from './routed.js'
import { octets, opener } from './socket-place.js'
import type { Suite } from './suite.js'

const needs = ['nat', 'packets', 'packets vrf', 'sysctl', 'link vrf', 'link veth', 'socket'] as const

/** Registers the test. */
export function natVrf(suite: Suite): void {
  suite.test('behind a VRF, rules act at its ports', needs, async (context) => {
    const { router, one, two } = await vrfPlace(context)
    // The first packet of a connection counts where it matches: which rules had one since they were last asked.
    const had = await counted(router)
    expect(await had()).toEqual([])
    await one.ping({ address: '10.0.0.1', timeout: 5 })
    expect(await had()).toEqual(['in p0'])
    await one.ping({ address: '10.0.1.2', timeout: 5 })
    expect(await had()).toEqual(['in p0', 'leaves by p1'])
    await two.ping({ address: '10.0.0.2', timeout: 5 })
    expect(await had()).toEqual(['in p1', 'leaves by p0'])
    const socket = await opener(context.defer)(router, { kind: 'udp4', link: 'blue' })
    await socket.send(octets('made here'), { address: '10.0.0.2', port: 5300 })
    expect(await had()).toEqual(['leaves by p0', 'made for p0'])
    // A route into the VRF: what this host makes is made for the VRF, and leaves by the port.
    await router.route.add({ destination: '10.0.0.0/24', link: 'blue' })
    await router.ping({ address: '10.0.0.2', timeout: 5 }).catch(() => {})
    expect(await had()).toEqual(['leaves by p0', 'made for blue'])
  })

  suite.test('behind a VRF, what is translated at a port comes back', needs, async (context) => {
    const { router, one } = await vrfPlace(context)
    await router.nat.add({ kind: 'dnat', to: '10.0.0.77', inputLink: 'blue', address: '10.0.0.99' })
    await router.nat.add({ kind: 'dnat', to: '10.0.0.77', inputLink: 'p0', address: '10.0.1.2' })
    await router.nat.add({ kind: 'snat', outputLink: 'p1', address: '10.0.1.55' })
    await one.route.add({ destination: '10.0.0.77/32', via: '10.0.0.1' })
    await router.address.add({ link: 'p1', address: '10.0.1.55/24' })
    expect(await one.ping({ address: '10.0.0.77', timeout: 5 })).toMatchObject({ address: '10.0.0.77' })
    const rules = await router.nat.list()
    expect(rules.map(({ packets }) => packets)).toEqual([0, 1, 1])
  })
}

/** A router whose ports `p0` and `p1` are of the VRF `blue`, and a host at each. */
async function vrfPlace({ ns: router, another }: Context) {
  const [one, two] = [await another(), await another()]
  for (const ns of [router, one, two]) await plain(ns, ns === router)
  await router.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
  for (const [at, namespace] of [one, two].entries()) {
    const name = `p${at}`
    await router.link.add({ kind: 'veth', name, master: 'blue', up: true, peer: { name: 'eth0', up: true, namespace } })
    await router.address.add({ link: name, address: `10.0.${at}.1/24` })
    await namespace.address.add({ link: 'eth0', address: `10.0.${at}.2/24` })
    await namespace.route.add({ destination: '0.0.0.0/0', via: `10.0.${at}.1` })
    await eventually(() => namespace.ping({ address: `10.0.${at}.1`, timeout: 2 }))
  }
  return { router, one, two }
}

/** Rules for each place and link, whose destinations stay what they are; tells which were asked since the last time. */
async function counted(router: PlacedNamespace): Promise<() => Promise<readonly string[]>> {
  for (const link of ['p0', 'p1', 'blue']) {
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.1.2']) {
      const same = { kind: 'dnat', to: `${address}/32`, address } as const
      await router.nat.add({ ...same, inputLink: link, comment: `in ${link}` })
      await router.nat.add({ ...same, hook: 'output', outputLink: link, comment: `made for ${link}` })
    }
    await router.nat.add({ kind: 'masquerade', outputLink: link, comment: `leaves by ${link}` })
  }
  const before = new Map<number, number>()
  return async () => {
    const had: string[] = []
    for (const { handle, comment = '', packets = 0 } of await router.nat.list()) {
      if (packets > (before.get(handle) ?? 0)) had.push(comment)
      before.set(handle, packets)
    }
    return had.sort()
  }
}
