/** Datagrams to ports, and messages of ICMP: rules and filters that look at them. @module */
import { bridge, pair, routed, type Scene, type Stage, star, veth } from './stage.js'

const nat = [...veth, 'nat'] as const
const udp = 17
const tcp = 6
const [icmp, icmpv6] = [1, 58]

/** A filter at a link of `b` that drops what it matches, of datagrams unless it says otherwise. */
const dropping =
  (parent: 'ingress' | 'egress', match: object) =>
  async (stage: Stage): Promise<void> => {
    await pair(stage)
    const b = await stage.at('b')
    await b.qdisc.add({ link: 'eth0', kind: 'clsact' })
    const actions = [{ kind: 'gact', control: 'shot' }] as const
    await b.filter.add({ link: 'eth0', parent, protocol: 'ip', kind: 'flower', ipProtocol: udp, ...match, actions })
  }
const flower = [...veth, 'traffic control', 'qdisc clsact', 'filter flower', 'action gact'] as const

export const portScenes: readonly Scene[] = [
  {
    name: 'a port at which nobody listens: the host says so',
    needs: veth,
    to: '10.0.0.2',
    udp: { port: 53 },
    build: (stage) => pair(stage),
  },
  {
    name: 'a port at which somebody listens, IPv6',
    needs: veth,
    to: '2001:db8::2',
    udp: { port: 53, listens: ['b', 53] },
    build: (stage) => pair(stage),
  },
  {
    name: 'a datagram in fragments',
    needs: veth,
    to: '10.0.0.2',
    size: 4000,
    udp: { port: 53, listens: ['b', 53] },
    build: (stage) => pair(stage),
  },
  {
    name: 'a port that is forwarded to another port of a host behind',
    needs: nat,
    to: '10.0.1.1',
    udp: { port: 8080, listens: ['b', 80] },
    build: async (stage) => {
      const r = await routed(stage)
      await r.nat.add({
        ...{ kind: 'dnat', toLocal: true, ipProtocol: udp, destinationPorts: 8080 },
        ...{ address: '10.0.2.2', ports: 80 },
      })
    },
  },
  {
    name: 'ports that are forwarded to nobody, in IPv6',
    needs: nat,
    to: '2001:db8:1::1',
    udp: { port: 8081 },
    cause: 'no-neighbour',
    at: 'b eth0',
    build: async (stage) => {
      const r = await routed(stage)
      await r.nat.add({
        ...{ kind: 'dnat', toLocal: true, ipProtocol: udp, destinationPorts: [8080, 8089] },
        address: '2001:db8:2::9',
      })
    },
  },
  {
    name: 'another port, and another protocol, than those that are forwarded to nobody',
    needs: nat,
    to: '10.0.1.1',
    udp: { port: 8080, listens: ['r', 8080] },
    build: async (stage) => {
      const r = await routed(stage)
      const nobody = { kind: 'dnat', toLocal: true, address: '10.0.2.9' } as const
      await r.nat.add({ ...nobody, ipProtocol: tcp, destinationPorts: 8080 })
      await r.nat.add({ ...nobody, ipProtocol: udp, destinationPorts: [8081, 8089] })
    },
  },
  {
    name: 'a router that masquerades for some ports, and this one of them',
    needs: nat,
    to: '10.0.2.2',
    udp: { port: 53, listens: ['b', 53] },
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'masquerade', ipProtocol: udp, destinationPorts: [50, 60], ports: [2000, 2999] })
    },
  },
  {
    name: 'a router that masquerades for some ports, and this one not',
    needs: nat,
    to: '10.0.2.2',
    udp: { port: 80, listens: ['b', 80] },
    cause: 'no-route',
    at: 'b',
    way: 'back',
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'masquerade', ipProtocol: udp, destinationPorts: [50, 60] })
    },
  },
  {
    name: 'a router that masquerades what is sent from a port',
    needs: nat,
    to: '10.0.2.2',
    udp: { port: 53, sourcePort: 5000, listens: ['b', 53] },
    build: async (stage) => {
      const r = await routed(stage, { back: false })
      await r.nat.add({ kind: 'masquerade', ipProtocol: udp, sourcePorts: 5000 })
    },
  },
  {
    name: 'a router that answers a port itself, by another',
    needs: nat,
    to: '192.0.2.1',
    udp: { port: 53, listens: ['r', 5353] },
    build: async (stage) => {
      const r = await routed(stage)
      await (await stage.at('a')).route.add({ destination: 'default', via: '10.0.1.1' })
      await r.nat.add({ kind: 'redirect', inputLink: 'left', ipProtocol: udp, destinationPorts: 53, ports: 5353 })
    },
  },
  {
    name: 'a forwarded port whose answer does not come back by the router',
    needs: [...nat, ...bridge],
    to: '10.0.0.3',
    udp: { port: 8080, listens: ['b', 80] },
    cause: 'wrong-source',
    at: 'a eth0',
    way: 'back',
    build: async (stage) => {
      await star(stage, ['a', 'b', 'r'])
      const r = await stage.at('r')
      await r.sysctl.set('net.ipv4.ip_forward', 1)
      await r.nat.add({
        ...{ kind: 'dnat', toLocal: true, ipProtocol: udp, destinationPorts: 8080 },
        ...{ address: '10.0.0.2', ports: 80 },
      })
    },
  },
  {
    name: 'a filter that drops what goes to the port',
    needs: flower,
    to: '10.0.0.2',
    udp: { port: 53, listens: ['b', 53] },
    cause: 'filtered',
    at: 'b eth0',
    build: dropping('ingress', { destinationPort: 53 }),
  },
  {
    name: 'a filter that drops what goes to another port',
    needs: flower,
    to: '10.0.0.2',
    udp: { port: 54, listens: ['b', 54] },
    build: dropping('ingress', { destinationPort: 53 }),
  },
  {
    name: 'a filter that drops answers of the port',
    needs: flower,
    to: '10.0.0.2',
    udp: { port: 53, listens: ['b', 53] },
    cause: 'filtered',
    at: 'b eth0',
    way: 'back',
    build: dropping('egress', { sourcePort: 53 }),
  },
  {
    name: 'a filter that drops all that is no first fragment',
    needs: flower,
    to: '10.0.0.2',
    udp: { port: 53, listens: ['b', 53] },
    cause: 'filtered',
    at: 'b eth0',
    build: dropping('ingress', { firstFragment: false }),
  },
  {
    name: 'a filter that drops echo replies where requests come in',
    needs: flower,
    to: '10.0.0.2',
    build: dropping('ingress', { ipProtocol: icmp, icmpType: 0 }),
  },
  {
    name: 'a filter of what comes in by another link',
    needs: flower,
    to: '10.0.0.2',
    build: dropping('ingress', { ipProtocol: icmp, inputLink: 'lo' }),
  },
  {
    name: 'a filter that drops echo replies where they leave',
    needs: flower,
    to: '10.0.0.2',
    cause: 'filtered',
    at: 'b eth0',
    way: 'back',
    build: dropping('egress', { ipProtocol: icmp, icmpType: 0, icmpCode: 0 }),
  },
  {
    name: 'a filter that drops echo requests of IPv6, and not what asks for neighbours',
    needs: flower,
    to: '2001:db8::2',
    cause: 'filtered',
    at: 'b eth0',
    build: dropping('ingress', { protocol: 'ipv6', ipProtocol: icmpv6, icmpType: 128 }),
  },
  {
    name: 'a filter that drops what asks for neighbours',
    needs: flower,
    to: '2001:db8::2',
    cause: 'filtered',
    at: 'b eth0',
    build: dropping('ingress', { protocol: 'ipv6', ipProtocol: icmpv6, icmpType: 135 }),
  },
  {
    name: 'a filter that drops by the octets of the port',
    needs: [...veth, 'traffic control', 'qdisc clsact', 'filter u32', 'action gact'],
    to: '10.0.0.2',
    udp: { port: 53, listens: ['b', 53] },
    cause: 'filtered',
    at: 'b eth0',
    build: async (stage) => {
      await pair(stage)
      const b = await stage.at('b')
      await b.qdisc.add({ link: 'eth0', kind: 'clsact' })
      await b.filter.add({
        ...{ link: 'eth0', parent: 'ingress', protocol: 'ip', kind: 'u32' },
        keys: [{ offset: 20, value: 53, mask: 0xffff }],
        actions: [{ kind: 'gact', control: 'shot' }],
      })
    },
  },
]
