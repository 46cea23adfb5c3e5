/** Sessions as links on the mock, by its real clock; and one by a clock that is set forward. */
import { openHost } from '@vnet/core'
import { manualClock, mockDriver } from '@vnet/mock'
import { describe, expect, test } from 'vitest'
import { SessionLink } from '../src/session-link.js'
import { chance } from './line.js'
import { linkScenes } from './link-scenes.js'
import { connect, network, serve } from './network.js'

describe('on the mock', () => {
  linkScenes(() => openHost({ driver: mockDriver() }))

  test('the line is negotiated anew: routes, addresses and MTU are as they were agreed on last', async () => {
    await using host = await openHost({ driver: mockDriver() })
    const failures: unknown[] = []
    const around = { packet: () => {}, room: async () => {}, failed: (error: unknown) => failures.push(error) }
    const made = new SessionLink(host, { alias: 'test', mru: 1492, clamp: true, defaultRoute: true }, around)
    const ipv4 = { local: '10.0.0.10', remote: '10.0.0.1', dns: [] }
    const ipv6 = { local: 'fe80::1:2:3:4' }
    const defaults = async () =>
      (await host.route.list({ link: 'ppp0' })).filter(({ destination }) => destination === 'default').length
    for (const mtu of [1492, 1400]) {
      await made.follow({ kind: 'line', mtu })
      await made.follow({ kind: 'ipv4-up', ipv4 })
      await made.follow({ kind: 'ipv6-up', ipv6 })
      expect(failures).toEqual([])
      expect(await host.link.get('ppp0')).toMatchObject({ mtu })
      expect(await defaults()).toBe(2)
      await made.follow({ kind: 'ipv4-down' })
      await made.follow({ kind: 'ipv6-down' })
      expect(await defaults()).toBe(0)
    }
    await made.close()
    expect(failures).toEqual([])
  })

  test('the kernel is asked for where it has no PPP: refused before anything is said', async () => {
    await using host = await openHost({ driver: mockDriver() })
    await using net = await network(host)
    const refused = { code: 'VNET_UNSUPPORTED', subject: 'pppoe session', hint: expect.stringContaining('TUN') }
    await expect(connect(net, { place: 'kernel' })).rejects.toMatchObject({ operation: 'pppoe connect', ...refused })
    await expect(serve(net, { place: 'kernel' })).rejects.toMatchObject({ operation: 'pppoe serve', ...refused })
  })

  test('by a clock that stands still: the line is cut, echoes fail, and a day passes', async () => {
    const clock = manualClock()
    await using host = await openHost({ driver: mockDriver({ clock, seed: 1 }) })
    await using net = await network(host)
    await clock.pass('5 s')
    await using server = await serve(net, { clock, random: chance(1) })
    const connecting = connect(net, { clock, random: chance(2) })
    await clock.pass('1 s')
    const session = await connecting
    await clock.pass('1 h')
    expect(server.sessions.length).toBe(1)
    await net.provider.link.set('wan', { up: false })
    await clock.pass('90 s')
    expect(await session.closed).toMatchObject({ cause: 'silent' })
    expect(server.sessions.length).toBe(0)
    expect(await net.customer.link.get('ppp0')).toBeUndefined()
  })
})
