/** Routers between hosts. @module */
import { address, routed, type Scene, set, veth } from './stage.js'

export const routerScenes: readonly Scene[] = [
  { name: 'a router', needs: veth, to: '10.0.2.2', build: async (stage) => void (await routed(stage)) },
  { name: 'a router, IPv6', needs: veth, to: '2001:db8:2::2', build: async (stage) => void (await routed(stage)) },
  {
    name: 'a host between that does not forward',
    needs: veth,
    to: '10.0.2.2',
    cause: 'not-forwarding',
    at: 'r left',
    build: async (stage) => void (await routed(stage, { forwards: false })),
  },
  {
    name: 'as many hops as it takes',
    needs: veth,
    to: '10.0.2.2',
    hops: 2,
    build: async (stage) => void (await routed(stage)),
  },
  {
    name: 'a hop too few',
    needs: veth,
    to: '10.0.2.2',
    hops: 1,
    cause: 'ttl-exceeded',
    at: 'r left',
    build: async (stage) => void (await routed(stage)),
  },
  {
    name: 'no way back',
    needs: veth,
    to: '10.0.2.2',
    cause: 'no-route',
    at: 'b',
    way: 'back',
    build: async (stage) => void (await routed(stage, { back: false })),
  },
  {
    name: 'a router without a route',
    needs: veth,
    to: '10.0.3.2',
    cause: 'no-route',
    at: 'r',
    build: async (stage) => {
      await routed(stage)
      await (await stage.at('a')).route.add({ destination: '10.0.3.0/24', via: '10.0.1.1' })
    },
  },
  {
    name: 'a narrow link behind a router',
    needs: veth,
    to: '10.0.2.2',
    size: 1400,
    cause: 'too-big',
    at: 'r right',
    build: async (stage) => {
      const r = await routed(stage)
      await r.link.set('right', { mtu: 1300 })
      await set(stage, 'b eth0', { mtu: 1300 })
    },
  },
  {
    name: 'the reverse path filter',
    needs: veth,
    to: '10.0.2.2',
    cause: 'rp-filter',
    at: 'r left',
    build: async (stage) => {
      const r = await routed(stage)
      await address(stage, 'a eth0', '10.0.7.1/24')
      await (await stage.at('a')).route.set({ destination: '10.0.2.0/24', via: '10.0.1.1', source: '10.0.7.1' })
      await r.route.add({ destination: '10.0.7.0/24', via: '10.0.2.2' })
      await r.sysctl.set('net.ipv4.conf.left.rp_filter', 1)
    },
  },
]
