/** What a bridge lets through, proved by echo requests: VLANs, isolated ports, sub-interfaces on a trunk. @module */
import type { Context, PlacedNamespace } from './context.js'
import { eventually, fails } from './expectation.js'
import type { Suite } from './suite.js'

/** Registers the tests of frames through a bridge. */
export function bridgeTraffic(suite: Suite): void {
  const needs = ['link bridge', 'link veth', 'packets'] as const

  suite.test('isolated ports reach others, but not each other', needs, async (context) => {
    const { ns } = context
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
    const [a, b, c] = [await addHost(context, 1), await addHost(context, 2), await addHost(context, 3)]
    await reaches(a, 2)
    await reaches(a, 3)
    for (const name of ['p1', 'p2']) await ns.link.set(name, { port: { isolated: true } })
    await reachesNot(a, 2)
    await reachesNot(b, 1)
    await reaches(a, 3)
    await reaches(c, 2)
    await ns.link.set('p2', { port: { isolated: false } })
    await reaches(a, 2)
  })

  suite.test('VLANs are apart; ports of one VLAN are not', [...needs, 'bridge vlan-filtering'], async (context) => {
    const { ns } = context
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { vlanFiltering: true } })
    const [a, b] = [await addHost(context, 1), await addHost(context, 2), await addHost(context, 3)]
    await reaches(a, 3)
    for (const [name, vlan] of [
      ['p1', 10],
      ['p2', 10],
      ['p3', 20],
    ] as const) {
      await ns.bridgeVlan.add({ link: name, vlan, pvid: true, untagged: true })
      await ns.bridgeVlan.delete({ link: name, vlan: 1 })
    }
    await reaches(a, 2)
    await reachesNot(a, 3)
    await reachesNot(b, 3)
    // A VLAN that does not forward at one port passes nothing there.
    await ns.bridgeVlan.set({ link: 'p2', vlan: 10, state: 'blocking' })
    await reachesNot(a, 2)
    await ns.bridgeVlan.set({ link: 'p2', vlan: 10, state: 'forwarding' })
    await reaches(a, 2)
    await ns.bridgeVlan.delete({ link: 'p2', vlan: 10 })
    await reachesNot(a, 2)
  })

  const trunk = [...needs, 'bridge vlan-filtering', 'link vlan'] as const
  for (const protocol of ['802.1Q', '802.1ad'] as const) {
    suite.test(`sub-interfaces on a trunk of ${protocol}: each reaches its own VLAN`, trunk, async (context) => {
      const { ns } = context
      const bridge = { vlanFiltering: true, vlanProtocol: protocol }
      await ns.link.add({ kind: 'bridge', name: 'br0', up: true, bridge })
      const [a, b] = [await addHost(context, 1), await addHost(context, 2)]
      for (const link of ['p1', 'p2']) await ns.bridgeVlan.add({ link, vlan: [8, 9] })
      for (const [host, last] of [
        [a, 1],
        [b, 2],
      ] as const) {
        for (const id of [8, 9]) {
          const name = `eth0.${id}`
          await host.link.add({ kind: 'vlan', name, parent: 'eth0', up: true, vlan: { id, protocol } })
          // Two addresses on each, beside that of the untagged link.
          await host.address.add({ link: name, address: `10.0.${id}.${last}/24` })
          await host.address.add({ link: name, address: `10.1.${id}.${last}/24` })
        }
      }
      await reaches(a, 2)
      for (const to of ['10.0.8.2', '10.1.8.2', '10.0.9.2', '10.1.9.2']) await answers(a, to)
      await ns.bridgeVlan.delete({ link: 'p2', vlan: 9 })
      await silent(a, '10.0.9.2')
      await answers(a, '10.0.8.2')
    })
  }
}

/** A namespace with `eth0` (10.0.0.LAST/24), whose other end `pLAST` is a port of `br0`. */
async function addHost({ ns, another }: Context, last: number): Promise<PlacedNamespace> {
  const host = await another()
  const peer = { name: 'eth0', namespace: host.ref, up: true } as const
  await ns.link.add({ kind: 'veth', name: `p${last}`, master: 'br0', up: true, peer })
  await host.address.add({ link: 'eth0', address: `10.0.0.${last}/24` })
  return host
}

/** Ports begin to forward in the kernel's own time. */
const answers = (from: PlacedNamespace, address: string) => eventually(() => from.ping({ address, timeout: 1 }))
const silent = (from: PlacedNamespace, address: string) =>
  fails(from.ping({ address, timeout: 1 }), ['ETIMEDOUT', 'EHOSTUNREACH'])
const reaches = (from: PlacedNamespace, last: number) => answers(from, `10.0.0.${last}`)
const reachesNot = (from: PlacedNamespace, last: number) => silent(from, `10.0.0.${last}`)
