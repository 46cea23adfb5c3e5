/** Address translation on the mock: what needs its clock, its state, or a packet that no program sends. @module */
import { type Datagram, type Namespace, type NetworkSocket, openHost } from '@vnet/core'
import { encodeFrame, ipProtocols } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import { type Drop, diffStates, manualClock, mockDriver } from '../src/index.js'
import { openLab } from './lab.js'

/** Two clients in a network of their own, a router, and a server that knows nothing of that network. */
async function network() {
  const drops: Drop[] = []
  const lab = await openLab({ onDrop: (drop) => drops.push(drop) })
  const router = await lab.host.namespace.add('router')
  for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) await router.sysctl.set(name, 1)
  await router.link.add({ kind: 'bridge', name: 'inside', up: true })
  await router.link.set('lo', { up: true })
  for (const address of ['10.0.0.1/24', 'fd00::1/64']) await router.address.add({ link: 'inside', address })
  const clients: Namespace[] = []
  for (const last of [2, 3]) {
    const client = await lab.host.namespace.add(`c${last}`)
    await join(router, `in${last}`, client)
    await router.link.set(`in${last}`, { master: 'inside' })
    for (const address of [`10.0.0.${last}/24`, `fd00::${last}/64`]) await client.address.add({ link: 'eth0', address })
    for (const via of ['10.0.0.1', 'fd00::1']) await client.route.add({ destination: 'default', via })
    clients.push(client)
  }
  const server = await lab.host.namespace.add('server')
  await join(router, 'wan', server)
  for (const last of [1, 9]) {
    const [where, link] = last === 1 ? [router, 'wan'] : [server, 'eth0']
    for (const address of [`192.0.2.${last}/24`, `2001:db8::${last}/64`]) await where.address.add({ link, address })
  }
  // Duplicates are looked for.
  lab.clock.advance(3)
  drops.length = 0
  const [one, two] = clients as [Namespace, Namespace]
  return { ...lab, drops, router, server, one, two }
}

async function join(here: Namespace, name: string, there: Namespace): Promise<void> {
  await here.link.add({ kind: 'veth', name, up: true, peer: { name: 'eth0', namespace: there, up: true } })
}

async function udp(where: Namespace, port: number, address?: string): Promise<NetworkSocket> {
  const socket = await where.openSocket({ kind: address?.includes(':') === true ? 'udp6' : 'udp4' })
  socket.bind({ port, ...(address === undefined ? {} : { address }) })
  return socket
}

const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Sends, and tells whom the receiver saw. */
async function seen(
  from: NetworkSocket,
  to: NetworkSocket,
  address: string,
  port: number,
): Promise<string | undefined> {
  await from.send(octets('x'), { address, port })
  return whom(to.take())
}

function whom(datagram: Datagram | undefined): string | undefined {
  const source = datagram?.from as { address: string; port: number } | undefined
  return source && `${source.address} ${source.port}`
}

const masquerade = { kind: 'masquerade', from: '10.0.0.0/24', outputLink: 'wan' } as const

describe('masquerading', () => {
  it('gives answers back, counts first packets, and keeps ports where they are free', async () => {
    const { router, server, one, two, drops } = await network()
    await router.nat.add(masquerade)
    expect((await one.ping('192.0.2.9')).address).toBe('192.0.2.9')
    expect(await router.nat.list()).toMatchObject([{ packets: 1, bytes: 84 }])
    const [asked, first, second, low] = [
      await udp(server, 53),
      await udp(one, 5000),
      await udp(two, 5000),
      await udp(two, 300),
    ]
    expect(await seen(first, asked, '192.0.2.9', 53)).toBe('192.0.2.1 5000')
    expect(await seen(first, asked, '192.0.2.9', 53)).toBe('192.0.2.1 5000')
    const other = (await seen(second, asked, '192.0.2.9', 53)) as string
    expect(other).toMatch(/^192\.0\.2\.1 \d+$/)
    const port = Number(other.split(' ')[1])
    expect(port).not.toBe(5000)
    expect(port).toBeGreaterThanOrEqual(1024)
    expect(await seen(asked, second, '192.0.2.1', port)).toBe('192.0.2.9 53')
    expect(await seen(asked, first, '192.0.2.1', 5000)).toBe('192.0.2.9 53')
    expect(await seen(low, asked, '192.0.2.9', 53)).toBe('192.0.2.1 300')
    expect(await router.nat.list()).toMatchObject([{ packets: 4, bytes: 84 + 3 * 29 }])
    expect(drops).toEqual([])
  })

  it('gives a port the same standing when it is taken', async () => {
    const { router, server, one, two } = await network()
    await router.nat.add(masquerade)
    const asked = await udp(server, 53)
    for (const [port, least, most] of [
      [300, 1, 511],
      [700, 600, 1023],
    ] as const) {
      await seen(await udp(one, port), asked, '192.0.2.9', 53)
      const got = Number((await seen(await udp(two, port), asked, '192.0.2.9', 53))?.split(' ')[1])
      expect(got).not.toBe(port)
      expect(got).toBeGreaterThanOrEqual(least)
      expect(got).toBeLessThanOrEqual(most)
    }
  })

  it('lets errors of the far end, of routers and of lost neighbours through', async () => {
    const { router, one } = await network()
    await router.nat.add(masquerade)
    const socket = await one.openSocket({ kind: 'udp4' })
    socket.connect({ address: '192.0.2.9', port: 99 })
    await socket.send(octets('x'))
    await expect(socket.receive()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(one.ping({ address: '192.0.2.9', ttl: 1 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  })

  it('tells a client that the neighbour of the router is not there', async () => {
    const { router, one, clock } = await network()
    await router.nat.add(masquerade)
    const lost = one.ping({ address: '192.0.2.77', timeout: 20 })
    const told = expect(lost).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    clock.advance(5)
    await told
  })

  it('cuts again what came in pieces', async () => {
    const { router, one, drops } = await network()
    await router.nat.add(masquerade)
    expect((await one.ping({ address: '192.0.2.9', size: 4000 })).size).toBe(4008)
    expect(await router.nat.list()).toMatchObject([{ packets: 1, bytes: 4028 }])
    expect(drops).toEqual([])
  })

  it('works with IPv6', async () => {
    const { router, server, one, drops } = await network()
    await router.nat.add({ kind: 'masquerade', from: 'fd00::/64', outputLink: 'wan' })
    expect((await one.ping({ address: '2001:db8::9', size: 3000 })).size).toBe(3008)
    const [asked, client] = [await udp(server, 53, '2001:db8::9'), await udp(one, 5000, 'fd00::2')]
    expect(await seen(client, asked, '2001:db8::9', 53)).toBe('2001:db8::1 5000')
    expect(await seen(asked, client, '2001:db8::1', 5000)).toBe('2001:db8::9 53')
    const refused = await one.openSocket({ kind: 'udp6' })
    refused.connect({ address: '2001:db8::9', port: 99 })
    await refused.send(octets('x'))
    await expect(refused.receive()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(drops.map(({ cause }) => cause).filter((cause) => cause !== 'not-member')).toEqual(['no-listener'])
  })

  it('ends with the address that stood for it, and with the link', async () => {
    const { router, server, one } = await network()
    await router.nat.add(masquerade)
    await router.address.add({ link: 'wan', address: '192.0.2.5/24' })
    const [asked, client] = [await udp(server, 53), await udp(one, 5000)]
    await seen(client, asked, '192.0.2.9', 53)
    expect(await seen(asked, client, '192.0.2.1', 5000)).toBe('192.0.2.9 53')
    await router.link.set('wan', { up: false })
    await router.link.set('wan', { up: true })
    expect(await seen(asked, client, '192.0.2.1', 5000)).toBeUndefined()
    const later = await udp(one, 6000)
    expect(await seen(later, asked, '192.0.2.9', 53)).toBe('192.0.2.1 6000')
    await router.address.delete({ link: 'wan', address: '192.0.2.1/24' })
    await router.address.add({ link: 'wan', address: '192.0.2.1/24' })
    expect(await seen(asked, later, '192.0.2.1', 6000)).toBeUndefined()
  })

  it('drops what finds no free port, and says so', async () => {
    const { router, server, one, two, drops } = await network()
    await router.nat.add({ ...masquerade, ipProtocol: ipProtocols.udp, ports: [7000, 7000] })
    const asked = await udp(server, 53)
    expect(await seen(await udp(one, 5000), asked, '192.0.2.9', 53)).toBe('192.0.2.1 7000')
    expect(await seen(await udp(two, 5000), asked, '192.0.2.9', 53)).toBeUndefined()
    expect(drops.map(({ cause, link }) => `${link} ${cause}`)).toEqual(['inside not-translated'])
  })
})

describe('connections', () => {
  it('are forgotten in their time', async () => {
    const { router, server, one, clock } = await network()
    await router.nat.add(masquerade)
    const [asked, client] = [await udp(server, 53), await udp(one, 5000)]
    await seen(client, asked, '192.0.2.9', 53)
    clock.advance(29)
    expect(await seen(asked, client, '192.0.2.1', 5000)).toBe('192.0.2.9 53')
    clock.advance(31)
    expect(await seen(asked, client, '192.0.2.1', 5000)).toBeUndefined()
    clock.advance(31)
    // In both directions for longer than two seconds: a stream.
    await seen(client, asked, '192.0.2.9', 53)
    await seen(asked, client, '192.0.2.1', 5000)
    clock.advance(3)
    await seen(client, asked, '192.0.2.9', 53)
    clock.advance(119)
    expect(await seen(asked, client, '192.0.2.1', 5000)).toBe('192.0.2.9 53')
    await router.sysctl.set('net.netfilter.nf_conntrack_udp_timeout_stream', 5)
    await seen(client, asked, '192.0.2.9', 53)
    clock.advance(6)
    expect(await seen(asked, client, '192.0.2.1', 5000)).toBeUndefined()
  })

  it('and rules are part of a saved state', async () => {
    const { router, server, one, driver, clock } = await network()
    await router.nat.add(masquerade)
    await router.nat.add({ kind: 'dnat', to: '192.0.2.1', ipProtocol: 17, destinationPorts: 80, address: '10.0.0.3' })
    const [asked, client] = [await udp(server, 53), await udp(one, 5000)]
    await seen(client, asked, '192.0.2.9', 53)
    const state = JSON.parse(JSON.stringify(driver.save()))
    clock.advance(40)
    expect((await diffStates(state, driver.save())).filter(({ group }) => group === 'connection')).toMatchObject([
      {
        namespace: 'router',
        kind: 'connection delete',
        object: { protocol: 17, reply: { from: '192.0.2.9', to: '192.0.2.1', source: 53, destination: 5000 } },
        text: 'router: connection of protocol 17, 10.0.0.2 5000 > 192.0.2.9 53, answered 192.0.2.9 53 > 192.0.2.1 5000, deleted',
      },
    ])
    const rules = await router.nat.list()
    const again = mockDriver({ clock: manualClock(1000), state })
    const host = await openHost({ driver: again })
    const [routerAgain, serverAgain, oneAgain] = await Promise.all(
      ['router', 'server', 'c2'].map((name) => host.namespace.open(name)),
    )
    expect(await routerAgain?.nat.list()).toEqual(rules)
    const [from, to] = [await udp(serverAgain as Namespace, 53), await udp(oneAgain as Namespace, 5000)]
    expect(await seen(from, to, '192.0.2.1', 5000)).toBe('192.0.2.9 53')
  })

  it('of UDP without a checksum stay without', async () => {
    const { router, server, one } = await network()
    await router.nat.add(masquerade)
    const [asked, raw] = [await udp(server, 53), await one.openSocket({ kind: 'raw4', protocol: 17, header: true })]
    const frame = encodeFrame([
      { layer: 'ethernet', destination: '02:00:00:00:00:01', source: '02:00:00:00:00:02' },
      { layer: 'ipv4', source: '10.0.0.2', destination: '192.0.2.9' },
      { layer: 'udp', sourcePort: 5000, destinationPort: 53, checksum: 0 },
    ])
    const capture = await server.openSocket({ kind: 'packet', link: 'eth0' })
    await raw.send(frame.subarray(14), { address: '192.0.2.9' })
    expect(whom(asked.take())).toBe('192.0.2.1 5000')
    const packets: Uint8Array[] = []
    for (let got = capture.take(); got !== undefined; got = capture.take()) packets.push(got.data)
    expect(packets.some((packet) => packet[23] === 17 && packet[40] === 0 && packet[41] === 0)).toBe(true)
  })

  it('are none where there are no rules', async () => {
    const { router, server, one, driver } = await network()
    await server.route.add({ destination: '10.0.0.0/24', via: '192.0.2.1' })
    await router.nat.add(masquerade)
    await router.nat.flush()
    expect((await one.ping('192.0.2.9')).address).toBe('192.0.2.9')
    const saved = driver.save().namespaces.map(({ nat }) => (nat as { connections: unknown[] }).connections)
    expect(saved.flat()).toEqual([])
  })
})

describe('destinations', () => {
  it('are translated for what comes in, for the router itself, and round the corner', async () => {
    const { router, server, one, two } = await network()
    const forward = {
      kind: 'dnat',
      to: '192.0.2.1',
      ipProtocol: 17,
      destinationPorts: 80,
      address: '10.0.0.2',
      ports: 8080,
    } as const
    await router.nat.add(forward)
    await router.nat.add({ ...forward, hook: 'output' })
    const [web, outside, neighbour, own] = [
      await udp(one, 8080),
      await udp(server, 1000),
      await udp(two, 1000),
      await udp(router, 1000),
    ]
    expect(await seen(outside, web, '192.0.2.1', 80)).toBe('192.0.2.9 1000')
    expect(await seen(own, web, '192.0.2.1', 80)).toBe('192.0.2.1 1000')
    // The answer would go straight to the neighbour, which asked somebody else.
    await router.nat.add({ kind: 'masquerade', from: '10.0.0.0/24', to: '10.0.0.2', outputLink: 'inside' })
    expect(await seen(neighbour, web, '192.0.2.1', 80)).toBe('10.0.0.1 1000')
    await web.send(octets('y'), { address: '10.0.0.1', port: 1000 })
    expect(whom(neighbour.take())).toBe('192.0.2.1 80')
    await web.send(octets('y'), { address: '192.0.2.1', port: 1000 })
    expect(whom(own.take())).toBe('192.0.2.1 80')
  })

  it('can be this host itself', async () => {
    const { router, server } = await network()
    await router.nat.add({ kind: 'redirect', ipProtocol: 17, destinationPorts: 53, ports: 5353 })
    await router.nat.add({ kind: 'redirect', ipProtocol: 17, destinationPorts: 53, ports: 5354, hook: 'output' })
    const [resolver, inner] = [await udp(router, 5353), await udp(router, 5354, '127.0.0.1')]
    const [client, own] = [await udp(server, 1000), await udp(router, 1000)]
    expect(await seen(client, resolver, '192.0.2.1', 53)).toBe('192.0.2.9 1000')
    expect(await seen(resolver, client, '192.0.2.9', 1000)).toBe('192.0.2.1 53')
    expect(await seen(own, inner, '192.0.2.9', 53)).toBe('192.0.2.1 1000')
    expect(await seen(inner, own, '192.0.2.1', 1000)).toBe('192.0.2.9 53')
  })
})
