/** What a session is as a link, the same on the mock and on a kernel. */
import type { Host } from '@vnet/core'
import { expect, test } from 'vitest'
import { pppoeLinks } from '../src/index.js'
import { answerOf, connect, network, serve, until } from './network.js'

/** Declares the tests. `host` opens the backend, or says with a skip why it cannot. */
export function linkScenes(open: (skip: (reason: string) => never) => Promise<Host>): void {
  const scene = (title: string, body: (host: Host) => Promise<void>) =>
    test(title, async (context) => {
      const host = await open((reason) => context.skip(reason))
      try {
        await body(host)
      } finally {
        await host.close()
      }
    })

  scene('a session is a ppp0 on both sides, with addresses, and carries pings of both versions of IP', async (host) => {
    await using net = await network(host)
    await using server = await serve(net)
    await using session = await connect(net)
    expect(session.link).toBe('ppp0')
    expect(session.ipv4).toEqual({ local: '10.0.0.10', remote: '10.0.0.1', dns: ['192.0.2.53'] })
    const link = await net.customer.link.get('ppp0')
    expect(link).toMatchObject({ kind: 'tun', mtu: 1492, up: true })
    expect(link?.alias).toMatch(/^PPPoE session 1 on wan, vnet \(/)
    const addresses = await net.customer.address.list({ link: 'ppp0' })
    expect(addresses.find(({ family }) => family === 4)).toMatchObject({ address: '10.0.0.10', peer: '10.0.0.1' })
    expect(await answerOf(net.customer, '10.0.0.1')).toBe('10.0.0.1')
    expect(await answerOf(net.customer, '10.0.0.1', 1464)).toBe('10.0.0.1')
    await until(() => session.ipv6 !== undefined && server.sessions[0]?.ipv6 !== undefined)
    await until(async () => (await net.provider.address.list({ link: 'ppp0' })).some(({ family }) => family === 6))
    // The link-local addresses are the agreed ones; others go by them.
    const own = (await net.customer.address.list({ link: 'ppp0' })).filter(({ family }) => family === 6)
    expect(own.map(({ address }) => address)).toContain(session.ipv6?.local)
    await net.customer.address.add({ link: 'ppp0', address: 'fd09::2/64', noDad: true })
    await net.provider.address.add({ link: 'ppp0', address: 'fd09::1/64', noDad: true })
    expect(await answerOf(net.customer, 'fd09::1')).toBe('fd09::1')
    expect(server.sessions).toMatchObject([{ session: 1, user: 'alice', link: 'ppp0' }])
    expect((await net.provider.link.get('ppp0'))?.alias).toMatch(/^PPPoE session 1 on wan, /)
    const [ours, theirs] = [await net.customer.link.get('wan'), await net.provider.link.get('wan')]
    const known = { link: 'ppp0', place: 'tun', lower: 'wan', session: 1 }
    expect(await pppoeLinks(net.customer)).toEqual([{ ...known, mac: theirs?.mac, concentrator: 'vnet' }])
    expect(await pppoeLinks(net.provider)).toEqual([{ ...known, mac: ours?.mac }])
    await net.customer.link.set('ppp0', { alias: 'mine' })
    expect(await pppoeLinks(net.customer)).toEqual([])
  })

  scene('a route by the session, and what is behind the concentrator', async (host) => {
    await using net = await network(host)
    await net.provider.address.add({ link: 'lo', address: '192.0.2.1/32' })
    await using _server = await serve(net)
    await using session = await connect(net, { defaultRoute: true, ipv6: false })
    expect((await net.customer.route.get('192.0.2.1'))?.link).toBe((await net.customer.link.get(session.link))?.index)
    expect(await answerOf(net.customer, '192.0.2.1')).toBe('192.0.2.1')
  })

  scene('closing removes the links on both sides', async (host) => {
    await using net = await network(host)
    await using server = await serve(net)
    const session = await connect(net)
    await session.close()
    expect(await session.closed).toEqual({ cause: 'closed', text: 'closed' })
    expect(await net.customer.link.get('ppp0')).toBeUndefined()
    await until(async () => (await net.provider.link.get('ppp0')) === undefined)
    expect(server.sessions).toEqual([])
  })

  scene('the concentrator ends: a PADT ends the session, and its link goes', async (host) => {
    await using net = await network(host)
    const server = await serve(net)
    await using session = await connect(net)
    await server.close()
    expect(await session.closed).toMatchObject({ cause: 'terminated' })
    expect(await net.customer.link.get('ppp0')).toBeUndefined()
    expect(await net.provider.link.get('ppp0')).toBeUndefined()
  })

  scene('two customers are two links of the concentrator, and reach each other by it', async (host) => {
    await using net = await network(host)
    await using second = await network(host)
    await net.provider.sysctl.set('net.ipv4.ip_forward', 1)
    await second.customer.link.add({
      kind: 'veth',
      name: 'wan2',
      up: true,
      peer: { name: 'wan2', namespace: net.provider, up: true },
    })
    await net.provider.link.add({ kind: 'bridge', name: 'br0', up: true })
    for (const port of ['wan', 'wan2']) await net.provider.link.set(port, { master: 'br0' })
    await using server = await serve(net, { link: 'br0' })
    await using one = await connect(net, { defaultRoute: true, ipv6: false })
    await using two = await connect(second, { link: 'wan2', defaultRoute: true, ipv6: false, name: 'dsl0' })
    expect(two.link).toBe('dsl0')
    await until(() => server.sessions.every(({ link }) => link !== undefined))
    expect(server.sessions.map(({ link }) => link)).toEqual(['ppp0', 'ppp1'])
    expect(one.ipv4?.local).not.toBe(two.ipv4?.local)
    expect(await answerOf(net.customer, two.ipv4?.local ?? '')).toBe(two.ipv4?.local)
  })

  scene('a wrong password, and nobody there, are errors with what to do', async (host) => {
    await using net = await network(host)
    const nobody = connect(net, { discovery: { restart: 0.02, attempts: 2 } })
    await expect(nobody).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      operation: 'pppoe connect',
      subject: 'wan',
      detail: 'no concentrator answered 2 PADI',
      hint: expect.any(String),
    })
    await using _server = await serve(net)
    const wrong = connect(net, { password: 'wrong' })
    await expect(wrong).rejects.toMatchObject({ code: 'EACCES', detail: 'wrong name or password' })
    expect(await net.customer.link.get('ppp0')).toBeUndefined()
  })

  scene('links that do not do', async (host) => {
    await using net = await network(host)
    await expect(connect(net, { link: 'none' })).rejects.toMatchObject({ code: 'ENODEV', subject: 'none' })
    await expect(connect(net, { link: 'lo' })).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(connect(net, { mru: 1500 })).rejects.toMatchObject({ code: 'VNET_RANGE', attribute: 'mru' })
    await net.customer.link.set('wan', { up: false })
    await expect(connect(net)).rejects.toMatchObject({ code: 'ENETDOWN', hint: 'set it up: vnet link set wan --up' })
  })

  scene('the link of the session is deleted: it is over', async (host) => {
    await using net = await network(host)
    const server = await serve(net)
    const session = await connect(net, { ipv6: false })
    await net.customer.link.delete('ppp0')
    await expect(session.closed).rejects.toMatchObject({ code: 'EBADFD' })
    await until(() => server.sessions.length === 0)
    const next = await connect(net, { ipv6: false })
    expect(next.session.session).toBe(2)
    await next.close()
    await server.close()
  })

  scene('the link beneath is deleted: both sides are over', async (host) => {
    await using net = await network(host)
    const server = await serve(net)
    const session = await connect(net, { ipv6: false })
    await net.provider.link.delete('wan')
    await expect(server.closed).rejects.toMatchObject({ code: 'ENODEV', subject: 'wan', hint: expect.any(String) })
    await expect(session.closed).rejects.toMatchObject({ code: 'ENODEV' })
    expect(await net.provider.link.get('ppp0')).toBeUndefined()
    expect(await net.customer.link.get('ppp0')).toBeUndefined()
  })

  scene(
    'the link beneath is deleted while it is down: both sides are over at once, with nothing to send',
    async (host) => {
      await using net = await network(host)
      const quiet = { ipv6: false, keepAlive: { interval: 0, failures: 1 } }
      const server = await serve(net, quiet)
      const session = await connect(net, quiet)
      await until(() => server.sessions[0]?.ipv4 !== undefined)
      await net.provider.link.set('wan', { up: false })
      await net.customer.link.set('wan', { up: false })
      // Down and up again is nothing.
      await net.provider.link.set('wan', { up: true })
      await net.customer.link.set('wan', { up: true })
      expect(await answerOf(net.customer, '10.0.0.1')).toBe('10.0.0.1')
      await net.provider.link.set('wan', { up: false })
      await net.customer.link.set('wan', { up: false })
      await new Promise((resolve) => setTimeout(resolve, 50))
      await net.provider.link.delete('wan')
      await expect(server.closed).rejects.toMatchObject({ code: 'ENODEV', subject: 'wan' })
      await expect(session.closed).rejects.toMatchObject({ code: 'ENODEV', subject: 'wan' })
    },
  )

  scene('stopped by its signal while it looks for a concentrator, and while it is up', async (host) => {
    await using net = await network(host)
    const early = new AbortController()
    const looking = connect(net, { signal: early.signal })
    setTimeout(() => early.abort(), 10)
    await expect(looking).rejects.toMatchObject({ name: 'AbortError' })
    await using _server = await serve(net)
    const late = new AbortController()
    const session = await connect(net, { signal: late.signal })
    late.abort()
    expect(await session.closed).toMatchObject({ cause: 'closed' })
    expect(await net.customer.link.get('ppp0')).toBeUndefined()
  })
}
