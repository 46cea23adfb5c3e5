/** Bridges, VLANs and links on links. @module */
import { address, both, bridge, pair, type Scene, type Stage, star, veth } from './stage.js'

/** MAC of a host of {@link star}. */
const macOf = async (stage: Stage, host: string): Promise<string> =>
  (await (await stage.at(host)).link.get('eth0'))?.mac as string

/** VLAN 5 on a cable, with links at both ends. */
async function tagged(stage: Stage): Promise<void> {
  await pair(stage)
  for (const [place, last] of both) {
    const ns = await stage.at(place)
    await ns.link.add({ kind: 'vlan', name: 'eth0.5', parent: 'eth0', vlan: { id: 5 }, up: true })
    await address(stage, `${place} eth0.5`, `10.5.0.${last}/24`)
  }
}

/** The same, and where frames come in a filter that drops what it matches behind the tag. */
const droppingTagged =
  (match: object) =>
  async (stage: Stage): Promise<void> => {
    await tagged(stage)
    const b = await stage.at('b')
    await b.qdisc.add({ link: 'eth0', kind: 'clsact' })
    const filter = { link: 'eth0', parent: 'ingress', kind: 'flower', protocol: '802.1Q' } as const
    await b.filter.add({ ...filter, vlan: 5, ...match, actions: [{ kind: 'gact', control: 'shot' }] })
  }
const flower = [...veth, 'link vlan', 'traffic control', 'qdisc clsact', 'filter flower', 'action gact'] as const

export const linkScenes: readonly Scene[] = [
  { name: 'a bridge', needs: bridge, to: '10.0.0.2', build: async (stage) => void (await star(stage, ['a', 'b'])) },
  {
    name: 'a bridge that knows where everybody is',
    needs: bridge,
    to: '10.0.0.3',
    build: async (stage) => {
      await star(stage, ['a', 'b', 'c'])
      await (await stage.at('a')).ping('10.0.0.3')
    },
  },
  {
    name: 'the bridge’s own address',
    needs: bridge,
    to: '10.0.0.9',
    build: async (stage) => {
      await star(stage, ['a', 'b'])
      await address(stage, 'sw br0', '10.0.0.9/24')
    },
  },
  {
    name: 'the bridge is down',
    needs: bridge,
    to: '10.0.0.2',
    cause: 'link-down',
    at: 'sw br0',
    build: async (stage) => (await star(stage, ['a', 'b'])).link.set('br0', { up: false }),
  },
  {
    name: 'isolated ports',
    needs: bridge,
    to: '10.0.0.2',
    cause: 'port-refuses',
    at: 'sw p2',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b'])
      for (const port of ['p1', 'p2']) await sw.link.set(port, { port: { isolated: true } })
    },
  },
  {
    name: 'a port that is not flooded',
    needs: bridge,
    to: '10.0.0.2',
    cause: 'port-refuses',
    at: 'sw p2',
    build: async (stage) => (await star(stage, ['a', 'b'])).link.set('p2', { port: { broadcastFlood: false } }),
  },
  {
    name: 'a port too narrow',
    needs: bridge,
    to: '10.0.0.2',
    size: 1400,
    cause: 'too-big',
    at: 'sw p2',
    build: async (stage) => (await star(stage, ['a', 'b'])).link.set('p2', { mtu: 1300 }),
  },
  {
    name: 'a blocked port',
    needs: bridge,
    to: '10.0.0.2',
    cause: 'port-blocked',
    at: 'sw p1',
    build: async (stage) => (await star(stage, ['a', 'b'])).link.set('p1', { port: { state: 'listening' } }),
  },
  {
    name: 'a station that a port’s MAC filter denies',
    needs: [...bridge, 'mac filter'],
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'sw p1',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b'])
      await sw.macFilter.set({ link: 'p1', deny: [await macOf(stage, 'a'), '02:00:00:00:00:66'] })
    },
  },
  {
    name: 'a station that the answer’s port does not allow',
    needs: [...bridge, 'mac filter'],
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'sw p2',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b'])
      await sw.macFilter.set({ link: 'p2', allow: ['02:00:00:00:00:66'] })
    },
  },
  {
    name: 'stations that MAC filters let in',
    needs: [...bridge, 'mac filter'],
    to: '10.0.0.2',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b'])
      await sw.macFilter.set({ link: 'p1', allow: [await macOf(stage, 'a')] })
      await sw.macFilter.set({ link: 'p2', deny: ['02:00:00:00:00:66'] })
    },
  },
  {
    name: 'one VLAN of a bridge',
    needs: [...bridge, 'bridge vlan-filtering'],
    to: '10.0.0.2',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b'], true)
      for (const link of ['p1', 'p2']) await sw.bridgeVlan.add({ link, vlan: 20, pvid: true, untagged: true })
    },
  },
  {
    name: 'two VLANs of a bridge',
    needs: [...bridge, 'bridge vlan-filtering'],
    to: '10.0.0.2',
    cause: 'vlan-filtered',
    at: 'sw p2',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b'], true)
      await sw.bridgeVlan.add({ link: 'p1', vlan: 20, pvid: true, untagged: true })
    },
  },
  {
    name: 'an address that nobody has, beside ports of another VLAN',
    needs: [...bridge, 'bridge vlan-filtering'],
    to: '10.0.0.9',
    cause: 'no-neighbour',
    at: 'b eth0',
    build: async (stage) => {
      const sw = await star(stage, ['a', 'b', 'c'], true)
      for (const link of ['p1', 'p2']) await sw.bridgeVlan.add({ link, vlan: 20, pvid: true, untagged: true })
    },
  },
  {
    name: 'an address that nobody has, beside a shut port',
    needs: bridge,
    to: '10.0.0.9',
    cause: 'no-neighbour',
    at: 'b eth0',
    build: async (stage) => (await star(stage, ['a', 'b', 'c'])).link.set('p3', { up: false }),
  },
  {
    name: 'a host behind a shut port',
    needs: bridge,
    to: '10.0.0.3',
    cause: 'port-blocked',
    at: 'sw p3',
    build: async (stage) => (await star(stage, ['a', 'b', 'c'])).link.set('p3', { up: false }),
  },
  {
    name: 'two ipvlans on one parent',
    needs: [...veth, 'link ipvlan', 'packets ipvlan', 'namespace named'],
    to: '10.6.0.2',
    named: true,
    build: async (stage) => {
      await stage.cable('a eth0', 'b eth0')
      const [a, c] = [await stage.at('a'), await stage.at('c')]
      await a.link.add({ kind: 'ipvlan', name: 'i1', parent: 'eth0', up: true })
      await a.link.add({ kind: 'ipvlan', name: 'i2', parent: 'eth0', namespace: c })
      await c.link.set('i2', { up: true })
      await address(stage, 'a i1', '10.6.0.1/24')
      await address(stage, 'c i2', '10.6.0.2/24')
    },
  },
  {
    name: 'VLAN links at both ends',
    needs: [...veth, 'link vlan'],
    to: '10.5.0.2',
    build: tagged,
  },
  {
    name: 'a filter that drops an address behind a tag',
    needs: flower,
    to: '10.5.0.2',
    cause: 'filtered',
    at: 'b eth0',
    build: droppingTagged({ vlanEtherType: 'ip', to: '10.5.0.2/32' }),
  },
  {
    name: 'a filter that drops IPv6 behind a tag',
    needs: flower,
    to: '10.5.0.2',
    build: droppingTagged({ vlanEtherType: 'ipv6' }),
  },
  {
    name: 'a filter that drops what has a priority in its tag',
    needs: flower,
    to: '10.5.0.2',
    build: droppingTagged({ vlanPriority: 5 }),
  },
  {
    name: 'a VLAN link at one end only',
    needs: [...veth, 'link vlan'],
    to: '10.5.0.2',
    cause: 'no-vlan',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      await (await stage.at('a')).link.add({ kind: 'vlan', name: 'eth0.5', parent: 'eth0', vlan: { id: 5 }, up: true })
      await address(stage, 'a eth0.5', '10.5.0.1/24')
    },
  },
  {
    name: 'two macvlans on one parent',
    needs: [...veth, 'link macvlan', 'namespace named'],
    to: '10.6.0.2',
    named: true,
    build: async (stage) => {
      await stage.cable('a eth0', 'b eth0')
      const a = await stage.at('a')
      const c = await stage.at('c')
      await a.link.add({ kind: 'macvlan', name: 'm1', parent: 'eth0', macvlan: { mode: 'bridge' }, up: true })
      await a.link.add({ kind: 'macvlan', name: 'm2', parent: 'eth0', macvlan: { mode: 'bridge' }, namespace: c })
      await c.link.set('m2', { up: true })
      await address(stage, 'a m1', '10.6.0.1/24')
      await address(stage, 'c m2', '10.6.0.2/24')
    },
  },
]
