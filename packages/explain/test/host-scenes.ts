/** Two hosts and a cable, and what can be wrong with one of them. @module */
import type { Namespace } from '@vnet/core'
import { address, pair, type Scene, type Stage, set, veth } from './stage.js'

const toBlock = [...veth, 'traffic control', 'qdisc clsact', 'filter u32', 'action mirred', 'mirred block'] as const
const filtering = [...veth, 'traffic control', 'qdisc clsact', 'filter matchall', 'action gact'] as const

/** Two hosts, of which `b` has a place for filters; it may be that of a block. */
async function gated(stage: Stage, block: { readonly ingressBlock?: number } = {}): Promise<Namespace> {
  await pair(stage)
  const b = await stage.at('b')
  await b.qdisc.add({ link: 'eth0', kind: 'clsact', ...block })
  return b
}

/** Drops at `b` what a rate lets go on to the next action. */
async function limited(stage: Stage, conform: 'ok' | 'pipe'): Promise<void> {
  const b = await gated(stage)
  const limit = { kind: 'police', rate: 8_000_000, burst: 100_000, exceed: 'shot', conform } as const
  const actions = [limit, { kind: 'gact', control: 'shot' }] as const
  await b.filter.add({ link: 'eth0', parent: 'ingress', kind: 'matchall', actions })
}

export const hostScenes: readonly Scene[] = [
  { name: 'a cable', needs: veth, to: '10.0.0.2', build: (stage) => pair(stage) },
  { name: 'a cable, IPv6', needs: veth, to: '2001:db8::2', build: (stage) => pair(stage) },
  { name: 'an address of one’s own', needs: veth, to: '10.0.0.1', build: (stage) => pair(stage) },
  {
    name: 'nobody has the address',
    needs: veth,
    to: '10.0.0.3',
    cause: 'no-neighbour',
    at: 'b eth0',
    build: (stage) => pair(stage),
  },
  {
    name: 'nobody has the address, IPv6',
    needs: veth,
    to: '2001:db8::3',
    cause: 'no-neighbour',
    at: 'b eth0',
    build: (stage) => pair(stage),
  },
  { name: 'no route', needs: veth, to: '192.0.2.1', cause: 'no-route', at: 'a', build: (stage) => pair(stage) },
  {
    name: 'the own link is down',
    needs: veth,
    to: '10.0.0.2',
    cause: 'no-route',
    at: 'a',
    build: async (stage) => {
      await pair(stage)
      await set(stage, 'a eth0', { up: false })
    },
  },
  {
    name: 'the far link is down',
    needs: veth,
    to: '10.0.0.2',
    cause: 'no-carrier',
    at: 'a eth0',
    build: async (stage) => {
      await pair(stage)
      await set(stage, 'b eth0', { up: false })
    },
  },
  {
    name: 'a neighbour with a wrong MAC',
    needs: veth,
    to: '10.0.0.2',
    cause: 'wrong-mac',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      await (await stage.at('a')).neighbour.add({ link: 'eth0', address: '10.0.0.2', mac: '02:00:00:00:00:77' })
    },
  },
  ...(['unreachable', 'blackhole', 'prohibit'] as const).flatMap((type) =>
    ['10.0.9.0/24', '2001:db8:9::/64'].map((destination): Scene => {
      const to = destination.replace(/0?\/.*/, '1')
      return {
        name: `a route of type ${type} to ${destination}`,
        needs: veth,
        to,
        cause: 'route-refuses',
        at: 'a',
        build: async (stage) => {
          await pair(stage)
          await (await stage.at('a')).route.add({ destination, type })
        },
      }
    }),
  ),
  {
    name: 'a link that leads nowhere',
    needs: ['link dummy'],
    to: '10.0.8.2',
    cause: 'swallowed',
    at: 'a d0',
    build: async (stage) => {
      await (await stage.at('a')).link.add({ kind: 'dummy', name: 'd0', up: true })
      await address(stage, 'a d0', '10.0.8.1/24')
    },
  },
  {
    name: 'a namespace that is not looked into',
    needs: veth,
    to: '10.0.0.9',
    hidden: ['c'],
    cause: 'outside',
    at: 'a eth0',
    build: (stage) => pair(stage, 'c'),
  },
  {
    name: 'an address for everybody',
    needs: veth,
    to: '10.0.0.255',
    cause: 'not-followed',
    at: 'a',
    build: (stage) => pair(stage),
  },
  {
    name: 'a neighbour who ignores questions for addresses of other links',
    needs: [...veth, 'link dummy'],
    to: '10.0.0.5',
    cause: 'no-neighbour',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      const b = await stage.at('b')
      await b.link.add({ kind: 'dummy', name: 'd0', up: true })
      await address(stage, 'b d0', '10.0.0.5/32')
      await b.sysctl.set('net.ipv4.conf.eth0.arp_ignore', 1)
    },
  },
  {
    name: 'a neighbour whose way back is another link',
    needs: [...veth, 'link dummy'],
    to: '10.0.0.2',
    cause: 'rp-filter',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      const b = await stage.at('b')
      await b.link.add({ kind: 'dummy', name: 'd0', up: true })
      await b.route.add({ destination: '10.0.0.1/32', link: 'd0' })
      await b.sysctl.set('net.ipv4.conf.eth0.rp_filter', 1)
    },
  },
  {
    name: 'two hosts with one address',
    needs: veth,
    to: '10.0.0.2',
    cause: 'own-source',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      await address(stage, 'b eth0', '10.0.0.1/32')
    },
  },
  {
    name: 'a line that loses all',
    needs: [...veth, 'traffic control', 'qdisc netem'],
    to: '10.0.0.2',
    cause: 'impaired',
    at: 'a eth0',
    build: async (stage) => {
      await pair(stage)
      await (await stage.at('a')).qdisc.add({ link: 'eth0', kind: 'netem', loss: 1 })
    },
  },
  {
    name: 'the host does not answer',
    needs: veth,
    to: '10.0.0.2',
    cause: 'not-answered',
    at: 'b',
    build: async (stage) => {
      await pair(stage)
      await (await stage.at('b')).sysctl.set('net.ipv4.icmp_echo_ignore_all', 1)
    },
  },
  { name: 'larger than the MTU, in fragments', needs: veth, to: '10.0.0.2', size: 3000, build: (stage) => pair(stage) },
  {
    name: 'larger than the far end takes',
    needs: veth,
    to: '10.0.0.2',
    size: 1400,
    cause: 'too-big',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      await set(stage, 'b eth0', { mtu: 1300 })
    },
  },
  {
    name: 'an answer in fragments that the far end takes',
    needs: veth,
    to: '10.0.0.2',
    size: 1400,
    build: async (stage) => {
      await pair(stage)
      await set(stage, 'a eth0', { mtu: 1300 })
      await (await stage.at('b')).route.set({ destination: '10.0.0.1', link: 'eth0', metrics: { mtu: 1300 } })
    },
  },
  {
    name: 'a filter that drops what goes there',
    needs: filtering,
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      const b = await gated(stage)
      await b.filter.add({
        link: 'eth0',
        parent: 'ingress',
        kind: 'matchall',
        actions: [{ kind: 'gact', control: 'shot' }],
      })
    },
  },
  {
    name: 'a filter that sends what goes there to a link that is gone',
    needs: [...veth, 'traffic control', 'qdisc clsact', 'filter matchall', 'action mirred'],
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      const b = await gated(stage)
      await b.link.add({ kind: 'veth', name: 'm0', up: true, peer: { name: 'm1', up: true } })
      const actions = [{ kind: 'mirred', link: 'm0' }] as const
      await b.filter.add({ link: 'eth0', parent: 'ingress', kind: 'matchall', actions })
      await b.link.delete('m0')
    },
  },
  {
    name: 'a filter of a block that drops',
    needs: filtering,
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      const b = await gated(stage, { ingressBlock: 7 })
      await b.filter.add({ block: 7, kind: 'matchall', actions: [{ kind: 'gact', control: 'shot' }] })
    },
  },
  {
    name: 'a filter that sends to a block which has no other link',
    needs: toBlock,
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      const b = await gated(stage, { ingressBlock: 7 })
      await b.filter.add({ block: 7, kind: 'u32', actions: [{ kind: 'mirred', block: 7 }] })
    },
  },
  {
    name: 'a filter that sends to all links of a block, one of which leads there',
    needs: toBlock,
    to: '10.0.0.2',
    build: async (stage) => {
      const b = await gated(stage, { ingressBlock: 7 })
      await b.link.add({ kind: 'veth', name: 'm0', up: true, peer: { name: 'm1', up: true } })
      await b.qdisc.add({ link: 'm0', kind: 'clsact', ingressBlock: 7 })
      // What comes in by eth0 comes in by m0 instead, which has the host's MAC.
      const { mac } = (await b.link.get('eth0')) as { readonly mac: string }
      await b.link.set('m0', { mac })
      const actions = [{ kind: 'mirred', direction: 'ingress', block: 7 }] as const
      await b.filter.add({ block: 7, priority: 1, kind: 'u32', inputLink: 'eth0', protocol: 'ip', actions })
    },
  },
  {
    name: 'a filter that shares an action that drops',
    needs: filtering,
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      const b = await gated(stage)
      const place = { link: 'eth0', parent: 'ingress', kind: 'matchall' } as const
      await b.filter.add({
        ...place,
        priority: 9,
        protocol: 'ipv6',
        actions: [{ kind: 'gact', control: 'shot', index: 4 }],
      })
      await b.filter.add({ ...place, priority: 8, protocol: 'ip', actions: [{ kind: 'gact', index: 4 }] })
    },
  },
  {
    name: 'a filter in a chain that another one leads to',
    needs: filtering,
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      const b = await gated(stage)
      const place = { link: 'eth0', parent: 'ingress', kind: 'matchall' } as const
      await b.filter.add({ ...place, chain: 5, actions: [{ kind: 'gact', control: 'shot' }] })
      await b.filter.add({ ...place, protocol: 'ip', actions: [{ kind: 'gact', control: 'goto chain 5' }] })
    },
  },
  {
    name: 'a jump over the action that would drop it',
    needs: filtering,
    to: '10.0.0.2',
    build: async (stage) => {
      const b = await gated(stage)
      const actions = (['jump 2', 'shot', 'ok'] as const).map((control) => ({ kind: 'gact', control }) as const)
      await b.filter.add({ link: 'eth0', parent: 'ingress', kind: 'matchall', actions })
    },
  },
  {
    name: 'a rate that ends the actions of what is within it',
    needs: [...filtering, 'action police'],
    to: '10.0.0.2',
    build: async (stage) => limited(stage, 'ok'),
  },
  {
    name: 'a rate after which the next action drops',
    needs: [...filtering, 'action police'],
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => limited(stage, 'pipe'),
  },
]
