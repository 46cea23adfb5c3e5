/** VRFs: tables of their own, and what knows nothing of them. @module */
import type { Namespace } from '@vnet/core'
import { address, both, pair, routed, type Scene, type Stage, set, veth } from './stage.js'

const vrf = [...veth, 'link vrf', 'packets vrf'] as const

/** Makes a link of a namespace a port of the VRF `red`; IPv6 addresses do not survive that. */
async function enslave(stage: Stage, place: string, ...links: readonly string[]): Promise<Namespace> {
  const ns = await stage.at(place)
  await ns.link.add({ kind: 'vrf', name: 'red', vrf: { table: 10 }, up: true })
  for (const link of links) await ns.link.set(link, { master: 'red' })
  return ns
}

export const vrfScenes: readonly Scene[] = [
  {
    name: 'a host whose link is in a VRF answers by its table',
    needs: vrf,
    to: '10.0.0.2',
    build: async (stage) => {
      await pair(stage)
      await enslave(stage, 'b', 'eth0')
    },
  },
  {
    name: 'a host whose link is in a VRF, IPv6',
    needs: vrf,
    to: '2001:db8::2',
    build: async (stage) => {
      await pair(stage)
      await enslave(stage, 'b', 'eth0')
      await address(stage, 'b eth0', '2001:db8::2/64')
    },
  },
  {
    name: 'a host in a VRF has to ask who its neighbour is, IPv6',
    needs: vrf,
    to: '2001:db8::2',
    build: async (stage) => {
      await pair(stage)
      const b = await enslave(stage, 'b', 'eth0')
      await address(stage, 'b eth0', '2001:db8::2/64')
      const { mac } = (await b.link.get('eth0')) ?? {}
      if (mac === undefined) throw new Error('b has no MAC')
      await (await stage.at('a')).neighbour.add({ link: 'eth0', address: '2001:db8::2', mac })
    },
  },
  {
    name: 'outside of the VRF its routes are not known',
    needs: vrf,
    to: '10.0.0.2',
    cause: 'no-route',
    at: 'a',
    build: async (stage) => {
      await pair(stage)
      await enslave(stage, 'a', 'eth0')
    },
  },
  {
    // The rule of the local table comes before that of VRFs.
    name: 'an address of the same host outside of the VRF',
    needs: vrf,
    to: '10.0.9.2',
    build: async (stage) => {
      await pair(stage)
      await (await stage.at('b')).link.add({ kind: 'dummy', name: 'd0', up: true })
      await enslave(stage, 'b', 'eth0')
      await address(stage, 'b d0', '10.0.9.2/32')
      await (await stage.at('a')).route.add({ destination: '10.0.9.0/24', via: '10.0.0.2' })
    },
  },
  {
    name: 'an address of the VRF itself',
    needs: vrf,
    to: '10.0.9.2',
    build: async (stage) => {
      await pair(stage)
      await enslave(stage, 'b', 'eth0')
      await address(stage, 'b red', '10.0.9.2/32')
      await (await stage.at('a')).route.add({ destination: '10.0.9.0/24', via: '10.0.0.2' })
    },
  },
  {
    name: 'a VRF that is down',
    needs: vrf,
    to: '10.0.0.2',
    cause: 'no-route',
    at: 'b',
    way: 'back',
    build: async (stage) => {
      await pair(stage)
      await enslave(stage, 'b', 'eth0')
      await set(stage, 'b red', { up: false })
    },
  },
  {
    name: 'a router in a VRF',
    needs: vrf,
    to: '10.0.2.2',
    build: async (stage) => {
      await routed(stage)
      await enslave(stage, 'r', 'left', 'right')
    },
  },
  {
    // What the table of the VRF does not know, the usual ones are asked for: there, but not back.
    name: 'a router of which one link is in a VRF',
    needs: vrf,
    to: '10.0.2.2',
    cause: 'no-route',
    at: 'r',
    way: 'back',
    build: async (stage) => {
      await routed(stage)
      await enslave(stage, 'r', 'left')
    },
  },
  {
    name: 'a route that leads into a VRF, and one that leads out',
    needs: vrf,
    to: '10.0.2.2',
    build: async (stage) => {
      await routed(stage)
      const r = await enslave(stage, 'r', 'left')
      await r.route.add({ destination: '10.0.2.0/24', link: 'right', table: 10 })
      await r.route.add({ destination: '10.0.1.0/24', link: 'red' })
    },
  },
  {
    name: 'the default route of a VRF',
    needs: vrf,
    to: '10.0.2.2',
    build: async (stage) => {
      await routed(stage, { back: false })
      const b = await enslave(stage, 'b', 'eth0')
      await b.route.add({ destination: 'default', via: '10.0.2.1', table: 10 })
    },
  },
  {
    name: 'a VRF at either end of a VXLAN',
    needs: [...vrf, 'link vxlan', 'packets vxlan'],
    to: '10.7.0.2',
    cause: 'no-route',
    at: 'b',
    way: 'back',
    build: async (stage) => {
      await pair(stage)
      for (const [place, local, remote] of both) {
        const ns = await stage.at(place)
        const vxlan = { id: 7, local: `10.0.0.${local}`, remote: `10.0.0.${remote}` }
        await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan, up: true })
        await address(stage, `${place} vx0`, `10.7.0.${local}/24`)
      }
      const b = await enslave(stage, 'b', 'vx0')
      await b.route.delete({ destination: '10.7.0.0/24', table: 10 })
    },
  },
]
