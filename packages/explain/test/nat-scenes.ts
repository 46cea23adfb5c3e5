/** Routers that translate addresses. @module */
import { address, bridge, pair, routed, type Scene, star, veth } from './stage.js'

const nat = [...veth, 'nat'] as const

export const natScenes: readonly Scene[] = [
  {
    name: 'a router that masquerades hosts nobody knows the way to',
    needs: nat,
    to: '10.0.2.2',
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'masquerade', outputLink: 'right' })
    },
  },
  {
    name: 'a router that masquerades, IPv6',
    needs: nat,
    to: '2001:db8:2::2',
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'masquerade', family: 6, from: '2001:db8:1::/64' })
    },
  },
  {
    name: 'a router that masquerades others',
    needs: nat,
    to: '10.0.2.2',
    cause: 'no-route',
    at: 'b',
    way: 'back',
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'masquerade', from: '10.0.7.0/24' })
      await r.nat.add({ kind: 'masquerade', outputLink: 'left' })
      await r.nat.add({ kind: 'masquerade', except: ['10.0.2.0/24'] })
      await r.nat.add({ kind: 'masquerade', ipProtocol: 17 })
    },
  },
  {
    name: 'a source that is not the router’s',
    needs: nat,
    to: '10.0.2.2',
    cause: 'no-neighbour',
    at: 'r right',
    way: 'back',
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'snat', address: '10.0.2.77' })
    },
  },
  {
    name: 'a port that is forwarded: the router’s address stands for a host behind it',
    needs: nat,
    to: '10.0.1.1',
    build: async (stage) => {
      const r = await routed(stage)
      await r.nat.add({ kind: 'dnat', toLocal: true, inputLink: 'left', address: '10.0.2.2' })
    },
  },
  {
    name: 'a destination that is nobody’s',
    needs: nat,
    to: '10.0.1.1',
    cause: 'no-neighbour',
    at: 'b eth0',
    build: async (stage) => {
      const r = await routed(stage)
      await r.nat.add({ kind: 'dnat', address: '10.0.2.9', to: '10.0.1.1/32' })
    },
  },
  {
    name: 'an answer that does not come back by the router that translated the question',
    needs: [...nat, ...bridge],
    to: '10.0.0.3',
    cause: 'wrong-source',
    at: 'a eth0',
    way: 'back',
    build: async (stage) => {
      await star(stage, ['a', 'b', 'r'])
      const r = await stage.at('r')
      await r.sysctl.set('net.ipv4.ip_forward', 1)
      await r.nat.add({ kind: 'dnat', address: '10.0.0.2', toLocal: true })
    },
  },
  {
    name: 'the same, where the router also masquerades',
    needs: [...nat, ...bridge],
    to: '10.0.0.3',
    build: async (stage) => {
      await star(stage, ['a', 'b', 'r'])
      const r = await stage.at('r')
      await r.sysctl.set('net.ipv4.ip_forward', 1)
      await r.nat.add({ kind: 'dnat', address: '10.0.0.2', toLocal: true })
      await r.nat.add({ kind: 'masquerade' })
    },
  },
  {
    name: 'a router that answers itself for all others',
    needs: nat,
    to: '192.0.2.1',
    build: async (stage) => {
      const r = await routed(stage)
      await (await stage.at('a')).route.add({ destination: 'default', via: '10.0.1.1' })
      await r.nat.add({ kind: 'redirect', inputLink: 'left' })
    },
  },
  {
    name: 'a destination that the sender itself changes',
    needs: nat,
    to: '10.0.9.9',
    build: async (stage) => {
      await pair(stage)
      await address(stage, 'a eth0', '10.0.9.1/24')
      await (await stage.at('a')).nat.add({ kind: 'dnat', hook: 'output', to: '10.0.9.9/32', address: '10.0.0.2' })
      await (await stage.at('b')).route.add({ destination: '10.0.9.0/24', via: '10.0.0.1' })
    },
  },
]
