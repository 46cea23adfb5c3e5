/** Every frame whose way ends is told, with the cause. @module */
import { FrameBatch } from '@vnet/core'
import { encodeFrame, icmpTypes, type LayerSpec } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import { type Drop, dropCauses } from '../src/index.js'
import { mac, openLab } from './lab.js'

/** A host with a TAP in a bridge and a veth in it to another namespace, and what was dropped since. */
async function dropping() {
  const drops: Drop[] = []
  const { host, clock } = await openLab({ onDrop: (drop) => drops.push(drop) })
  const blue = await host.namespace.add('blue')
  await host.link.add({ kind: 'bridge', name: 'br0', mac: mac(1), up: true })
  await host.link.add({
    kind: 'veth',
    name: 'v0',
    master: 'br0',
    up: true,
    peer: { name: 'v1', mac: mac(2), namespace: blue, up: true },
  })
  const tap = await host.openTap({ name: 'tap0', up: true })
  await host.link.set('tap0', { master: 'br0' })
  await blue.address.add({ link: 'v1', address: '10.0.0.2/24' })
  await blue.link.set('lo', { up: true })
  // Until the hosts have told their groups, and wait a minute before they ask for routers again.
  clock.advance(80)
  const inject = (...layers: LayerSpec[]) => {
    const batch = new FrameBatch()
    batch.add(encodeFrame(layers))
    tap.write(batch)
  }
  drops.length = 0
  const told = () => drops.splice(0).map(({ link, cause }) => `${link} ${cause}`)
  return { host, blue, clock, drops, told, inject }
}

const ethernet = (destination: string) => ({ layer: 'ethernet', destination, source: mac(9) }) as const
const to = (destination: string): LayerSpec => ethernet(destination)
const ip = (destination: string, source = '10.0.0.9'): LayerSpec => ({ layer: 'ipv4', source, destination })
const udp = { layer: 'udp', sourcePort: 9, destinationPort: 9 } as const
const echo: LayerSpec = {
  layer: 'icmp',
  kind: 'echo',
  type: icmpTypes.echo,
  identifier: 1,
  sequence: 1,
  data: new Uint8Array(),
}

describe('frames that are dropped', () => {
  it('are none where all arrives', async () => {
    const { host, told } = await dropping()
    await host.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await host.ping('10.0.0.2')
    expect(told()).toEqual([])
  })

  it('are told with place, time and octets', async () => {
    const { host, clock, drops, inject } = await dropping()
    await host.link.set('v0', { up: false })
    drops.length = 0
    inject(to(mac(2)), ip('10.0.0.2'), udp)
    const [drop] = drops
    expect(drop).toMatchObject({ cause: 'no-egress-port', link: 'tap0', format: 'ethernet' })
    expect(drop?.index).toBe((await host.link.get('tap0'))?.index)
    expect(drop?.bytes).toEqual(encodeFrame([to(mac(2)), ip('10.0.0.2'), udp]))
    expect(Number(drop?.time) / 1e9).toBeCloseTo(clock.now())
  })

  it('name the cause in hosts', async () => {
    const { told, inject } = await dropping()
    inject(to(mac(2)), ip('10.0.0.2', '127.0.0.1'), echo)
    inject(to(mac(2)), ip('10.0.0.2', '10.0.0.2'), echo)
    inject(to(mac(2)), ip('127.0.0.1'), echo)
    inject(to(mac(2)), ip('10.0.0.255'), echo)
    inject(to(mac(8)), ip('10.0.0.2'), echo)
    inject(to(mac(2)), ip('10.0.0.2'), { ...echo, checksum: 1 })
    inject({ ...ethernet(mac(2)), type: 0x88b5 })
    expect(told()).toEqual([
      'v1 invalid-source',
      'v1 invalid-source',
      'v1 invalid-destination',
      'v1 ignored',
      'v1 wrong-mac',
      'v1 checksum',
      'v1 no-protocol',
    ])
  })

  it('name a tunnel that is not there, and what was not encrypted', async () => {
    const { host, told, inject } = await dropping()
    await host.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await host.link.add({ kind: 'vxlan', name: 'x0', up: true, vxlan: { id: 5, port: 4789 } })
    await host.link.add({ kind: 'geneve', name: 'g0', up: true, geneve: { id: 5, remote: '10.0.0.9' } })
    await host.link.add({ kind: 'wireguard', name: 'w0' })
    await host.wireguard.set('w0', {
      privateKey: 'aAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=',
      listenPort: 51_820,
    })
    await host.link.set('w0', { up: true })
    const send = (destinationPort: number, ...bytes: number[]) =>
      inject(
        to(mac(1)),
        ip('10.0.0.1'),
        { layer: 'udp', sourcePort: 9, destinationPort },
        { layer: 'payload', bytes: Uint8Array.from({ length: 80 }, (_, i) => bytes[i] ?? 0) },
      )
    told()
    send(4789, 8, 0, 0, 0, 0, 0, 6)
    send(6081, 0, 0, 0x65, 0x58, 0, 0, 6)
    send(51_820, 4)
    expect(told()).toEqual(['br0 no-tunnel', 'br0 no-tunnel', 'br0 no-tunnel'])
    await host.link.add({ kind: 'macsec', name: 'm0', parent: 'br0', up: true, macsec: { validate: 'strict' } })
    await host.macsecSc.add({ link: 'm0', sci: '0200000000090001' })
    const tag = Uint8Array.from([0x2c, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0, 1, ...new Array<number>(64).fill(0xa5)])
    inject({ ...ethernet(mac(1)), type: 0x88e5 }, { layer: 'payload', bytes: tag })
    expect(told()).toEqual(['m0 not-decrypted'])
  })

  it('name another MAC at an ipvlan as at its parent', async () => {
    const { host, told, inject } = await dropping()
    await host.link.set('tap0', { master: null, mac: mac(4), promiscuous: true })
    await host.link.add({ kind: 'ipvlan', name: 'ip0', parent: 'tap0', up: true })
    await host.address.add({ link: 'ip0', address: '10.0.1.1/24' })
    // What it says to groups in this mode.
    expect(new Set(told())).toEqual(new Set(['ip0 not-carried']))
    inject(to(mac(8)), ip('10.0.1.1', '10.0.1.9'), echo)
    expect(told()).toEqual(['ip0 wrong-mac'])
    inject(to(mac(4)), ip('10.0.1.1', '10.0.1.9'), echo)
    // The answer goes by the routes of the parent, which has none.
    expect(told()).toEqual(['tap0 no-route'])
  })

  it('name a socket and a neighbour that is not there', async () => {
    const { clock, told, inject } = await dropping()
    inject(to(mac(2)), ip('10.0.0.2'), udp)
    clock.advance(10)
    // The answer, that the port is not reached, finds nobody.
    expect(told()).toEqual(['v1 no-listener', 'v1 neighbour-failed'])
  })

  it('name what is wrong with a datagram, and a socket that has no room', async () => {
    const { blue, told, inject } = await dropping()
    const socket = await blue.openSocket({ kind: 'udp4', receiveBuffer: 2048 })
    socket.bind({ port: 9 })
    inject(to(mac(2)), ip('10.0.0.2'), { ...udp, checksum: 1 })
    inject(to(mac(2)), ip('10.0.0.2'), { ...udp, length: 7 })
    expect(told()).toEqual(['v1 checksum', 'v1 malformed'])
    for (let i = 0; i < 20; i++) inject(to(mac(2)), ip('10.0.0.2'), udp)
    let kept = 0
    while (socket.take() !== undefined) kept++
    expect(kept).toBeGreaterThan(0)
    expect(told()).toEqual(new Array(20 - kept).fill('v1 queue-full'))
    await socket.close()
  })

  it('name the cause at a bridge', async () => {
    const { host, told, inject } = await dropping()
    inject({ layer: 'ethernet', destination: mac(2), source: '01:00:5e:00:00:01' }, ip('10.0.0.2'), udp)
    inject(to(mac(9)), ip('10.0.0.2'), udp)
    await host.link.set('tap0', { port: { locked: true, learning: false } })
    inject({ layer: 'ethernet', destination: mac(2), source: mac(7) }, ip('10.0.0.2'), udp)
    await host.link.set('tap0', { port: { locked: false } })
    await host.link.set('br0', { bridge: { vlanFiltering: true } })
    inject(to(mac(2)), { layer: 'vlan', id: 5 }, ip('10.0.0.2'), udp)
    await host.link.set('tap0', { port: { state: 'disabled' } })
    inject(to(mac(2)), ip('10.0.0.2'), udp)
    await host.link.set('tap0', { port: { state: 'forwarding' } })
    await host.macFilter.set({ link: 'tap0', deny: [mac(9)] })
    inject(to(mac(2)), ip('10.0.0.2'), udp)
    expect(told()).toEqual([
      'tap0 invalid-source-mac',
      'tap0 no-egress-port',
      'tap0 port-locked',
      'tap0 vlan-filtered',
      'tap0 port-blocked',
      'tap0 mac-filtered',
    ])
  })

  it('name traffic control', async () => {
    const { host, told, inject } = await dropping()
    await host.qdisc.add({ link: 'v0', kind: 'netem', handle: '1:', loss: 1 })
    inject(to(mac(2)), ip('10.0.0.2'), udp)
    await host.qdisc.delete({ link: 'v0' })
    await host.qdisc.add({ link: 'tap0', kind: 'clsact' })
    await host.filter.add({
      link: 'tap0',
      parent: 'ingress',
      kind: 'matchall',
      actions: [{ kind: 'gact', control: 'shot' }],
    })
    inject(to(mac(2)), ip('10.0.0.2'), udp)
    expect(told()).toEqual(['v0 discipline', 'tap0 filter'])
  })

  it('name what disciplines drop that had taken it in', async () => {
    const { host, clock, told, inject } = await dropping()
    await host.qdisc.add({ link: 'v0', kind: 'tbf', handle: '1:', rate: 8000, burst: 1514, limit: 10_000 })
    await host.qdisc.add({ link: 'v0', kind: 'fq_codel', parent: '1:1', limit: 2 })
    const send = () => inject(to(mac(2)), ip('10.0.0.2'), { ...echo, data: new Uint8Array(1400) })
    // One leaves, one is next, two wait; a fifth is one too many, and half of them go.
    for (let i = 0; i < 4; i++) send()
    expect(told()).toEqual([])
    send()
    expect(told()).toEqual(['v0 discipline', 'v0 discipline'])
    await host.qdisc.delete({ link: 'v0' })
    expect(told()).toEqual(['v0 discipline', 'v0 discipline'])
    await host.qdisc.add({ link: 'v0', kind: 'netem', handle: '1:', delay: 10 })
    await host.qdisc.add({ link: 'v0', kind: 'bfifo', parent: '1:1', limit: 0 })
    send()
    expect(told()).toEqual([])
    clock.advance(0.02)
    expect(told()).toEqual(['v0 discipline'])
  })

  it('name what waited in a discipline when the link went down, or when it was taken out', async () => {
    const { host, told, inject } = await dropping()
    const send = () => inject(to(mac(2)), ip('10.0.0.2'), { ...echo, data: new Uint8Array(1000) })
    for (const kind of ['netem', 'tbf', 'htb'] as const) {
      const options = {
        netem: { delay: 10 },
        tbf: { rate: 8000, burst: 1600, limit: 10_000 },
        htb: { default: 1 },
      }[kind]
      for (const ends of ['down', 'out']) {
        await host.qdisc.add({ link: 'v0', kind, handle: '1:', ...options } as never)
        if (kind === 'htb') {
          await host.class.add({ link: 'v0', kind: 'htb', classId: '1:1', parent: '1:', rate: 8000, burst: 1600 })
        }
        for (let i = 0; i < 5; i++) send()
        expect(told()).toEqual([])
        if (ends === 'down') await host.link.set('v0', { up: false })
        await host.qdisc.delete({ link: 'v0' })
        const gone = told().filter((line) => line.startsWith('v0'))
        expect(gone.length, `${kind} ${ends}`).toBeGreaterThanOrEqual(2)
        expect(new Set(gone), kind).toEqual(new Set(['v0 discipline']))
        await host.link.set('v0', { up: true })
      }
    }
  })

  it('name packets for groups that nobody listens to, answers that nobody asked for, and what has no handler', async () => {
    const { told, inject } = await dropping()
    const atHost = () => told().filter((line) => line.startsWith('v1'))
    inject(to('01:00:5e:00:00:01'), ip('224.0.0.1'), udp)
    expect(atHost()).toEqual(['v1 no-listener'])
    inject(to(mac(2)), ip('10.0.0.2'), { ...echo, kind: 'echo', type: icmpTypes.echoReply })
    inject(to(mac(2)), ip('10.0.0.2'), {
      layer: 'icmp',
      kind: 'other',
      type: 13,
      bytes: new Uint8Array(16),
    })
    expect(atHost()).toEqual(['v1 no-listener', 'v1 no-protocol'])
    const arp = { senderMac: mac(9), senderIp: '10.0.0.9', targetMac: mac(2), targetIp: '10.0.0.2' }
    inject(to(mac(2)), { layer: 'arp', operation: 3, ...arp })
    expect(atHost()).toEqual(['v1 no-protocol'])
  })

  it('are none where a socket has what no protocol takes', async () => {
    const { blue, told, inject } = await dropping()
    const unknown: LayerSpec[] = [
      { ...ethernet(mac(2)), type: 0x88b5 },
      { layer: 'payload', bytes: new Uint8Array(46) },
    ]
    const socket = await blue.openSocket({ kind: 'packet', link: 'v1', protocol: 0x88b5 })
    inject(...unknown)
    expect(socket.take()).toMatchObject({ protocol: 0x88b5 })
    expect(told()).toEqual([])
    await socket.close()
    inject(...unknown)
    expect(told()).toEqual(['v1 no-protocol'])
  })

  it('name fragments that do not fit, and those that come alone', async () => {
    const { clock, told, inject } = await dropping()
    const piece = (offset: number, size: number, more: boolean) =>
      inject(
        to(mac(2)),
        { ...ip('10.0.0.2'), protocol: 17, identification: 7, fragmentOffset: offset, moreFragments: more } as never,
        { layer: 'payload', bytes: new Uint8Array(size) },
      )
    piece(0, 32, true)
    piece(16, 32, false)
    expect(told()).toEqual(['v1 malformed'])
    piece(64, 32, false)
    clock.advance(31)
    expect(told()).toEqual(['v1 fragment-timeout'])
  })

  it('name bonds and teams without a port, and ports that they do not use', async () => {
    const { host, told } = await dropping()
    const send = async (link: string) => {
      const socket = await host.openSocket({ kind: 'packet', link })
      await socket.send(encodeFrame([to(mac(3)), ip('10.0.0.2'), udp]))
      await socket.close()
    }
    for (const mode of ['active-backup', 'broadcast', 'balance-tlb'] as const) {
      await host.link.add({ kind: 'bond', name: 'b0', up: true, bond: { mode } })
      await send('b0').catch(() => {})
      expect(told(), mode).toEqual(['b0 link-down'])
      await host.link.delete('b0')
    }
    await host.link.add({ kind: 'bond', name: 'b0', bond: { mode: 'active-backup', miimon: 10 } })
    for (const i of [1, 2]) {
      await host.link.add({ kind: 'veth', name: `p${i}`, peer: { name: `q${i}`, up: true } })
      await host.link.set(`p${i}`, { master: 'b0' })
    }
    await host.link.set('b0', { up: true })
    told()
    await send('q2')
    expect(told()).toEqual(['p2 port-not-in-use'])
    // Unless somebody listens there.
    const listener = await host.openSocket({ kind: 'packet', link: 'p2', protocol: 0x0800 })
    await send('q2')
    expect(listener.take()).toBeDefined()
    expect(told()).toEqual([])
    await listener.close()
    await host.link.add({ kind: 'team', name: 't0', up: true })
    await host.link.add({ kind: 'veth', name: 'p3', peer: { name: 'q3', up: true } })
    await host.link.set('p3', { master: 't0' })
    told()
    await send('t0')
    expect(told()).toEqual(['t0 no-egress-port'])
  })

  it('name what tunnels cannot send, and headers that they do not take', async () => {
    const { host, told, inject } = await dropping()
    await host.address.add({ link: 'br0', address: '10.0.0.1/24' })
    const send = async (link: string, ...octets: number[]) => {
      const socket = await host.openSocket({ kind: 'packet', link })
      const frame = octets.length > 0 ? Uint8Array.from(octets) : encodeFrame([to(mac(3)), ip('10.0.0.2'), udp])
      await socket.send(frame).catch(() => {})
      await socket.close()
      return told()
    }
    await host.link.add({ kind: 'gretap', name: 'g0', up: true, gretap: { local: '10.0.0.1', remote: '192.0.2.1' } })
    await host.link.add({ kind: 'vxlan', name: 'x0', up: true, vxlan: { id: 5, port: 4789 } })
    await host.link.add({ kind: 'geneve', name: 'n0', up: true, geneve: { id: 5, remote: '192.0.2.1' } })
    await host.link.add({ kind: 'macsec', name: 'm0', parent: 'br0', up: true })
    told()
    expect(await send('g0')).toEqual(['g0 no-route'])
    expect(await send('x0')).toEqual(['x0 no-far-end'])
    expect(await send('n0')).toEqual(['n0 no-route'])
    expect(await send('m0')).toEqual(['m0 not-encrypted'])
    const arrive = (destinationPort: number, ...bytes: number[]) =>
      inject(
        to(mac(1)),
        ip('10.0.0.1'),
        { layer: 'udp', sourcePort: 9, destinationPort },
        { layer: 'payload', bytes: Uint8Array.from(bytes) },
      )
    arrive(4789, 0)
    arrive(4789, 8, 1, 0, 0, 0, 0, 5, 0, ...new Array<number>(20).fill(2))
    arrive(4789, 8, 0, 0, 0, 0, 0, 5, 0, 1)
    arrive(6081, 0)
    expect(told()).toEqual(['br0 malformed', 'br0 tunnel-header', 'br0 malformed', 'br0 malformed'])
  })

  it('name packets that wait for a neighbour when its link goes down', async () => {
    const { host, blue, told } = await dropping()
    const socket = await blue.openSocket({ kind: 'udp4' })
    await socket.send(new Uint8Array(1), { address: '10.0.0.77', port: 9 })
    expect(told()).toEqual([])
    await blue.link.set('v1', { up: false })
    expect(told()).toContain('v1 neighbour-failed')
    await socket.close()
    await host.link.list()
  })

  it('name ipvlans that are kept apart', async () => {
    const { host, told } = await dropping()
    await host.link.add({ kind: 'dummy', name: 'd0', up: true })
    for (const i of [1, 2]) {
      const ipvlan = { mode: 'l3', modeFlag: 'private' } as const
      await host.link.add({ kind: 'ipvlan', name: `i${i}`, parent: 'd0', up: true, ipvlan })
      await host.address.add({ link: `i${i}`, address: `10.1.${i}.1/24` })
    }
    const socket = await host.openSocket({ kind: 'packet', link: 'i1' })
    told()
    await socket.send(encodeFrame([to(mac(3)), ip('10.1.2.1', '10.1.1.1'), udp])).catch(() => {})
    expect(told()).toEqual(['d0 isolated'])
    await socket.close()
  })

  it('name a netkit that its policy cuts', async () => {
    const { host, told } = await dropping()
    // NETKIT_DROP, in the machine's order.
    const policy = { type: 3, bytes: new Uint8Array(Uint32Array.of(2).buffer) }
    await host.link.add({ kind: 'netkit', name: 'k0', data: [policy] })
    const [far] = await host.link.list({ kind: 'netkit' }).then((ends) => ends.filter(({ name }) => name !== 'k0'))
    for (const link of [far?.index ?? 0, 'k0']) await host.link.set(link, { up: true })
    told()
    const socket = await host.openSocket({ kind: 'packet', link: 'k0' })
    await socket.send(encodeFrame([to(mac(3)), ip('10.0.0.2'), udp])).catch(() => {})
    expect(told()).toEqual(['k0 not-carried'])
    await socket.close()
  })

  it('name an MTU and a link that is down', async () => {
    const { host, blue, told, inject } = await dropping()
    await blue.link.set('v1', { mtu: 1000 })
    inject(to(mac(2)), ip('10.0.0.2'), { ...echo, data: new Uint8Array(1200) })
    await blue.link.set('v1', { mtu: 1500 })
    await host.link.add({ kind: 'vlan', name: 'br0.5', parent: 'br0', vlan: { id: 5 } })
    inject(to(mac(1)), { layer: 'vlan', id: 5 }, ip('10.0.0.1'), echo)
    inject(to(mac(1)), { layer: 'vlan', id: 6 }, ip('10.0.0.1'), echo)
    expect(told()).toEqual(['v1 mtu', 'br0.5 link-down', 'br0 no-vlan'])
  })
})

it('has a sentence for each cause', () => {
  for (const [cause, meaning] of Object.entries(dropCauses)) {
    expect(cause).toMatch(/^[a-z0-9-]+$/)
    expect(meaning.length).toBeGreaterThan(10)
  }
})
