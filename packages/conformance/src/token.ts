/** The host's half of IPv6 addresses that routers give (`ip token`). @module */
import { isVnetError } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { fails, present, refuses } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'

const needs = ['link veth'] as const

/** Registers the tests. */
export function token(suite: Suite): void {
  suite.test('set, changed, taken away', needs, async (context) => {
    const { ns } = context
    await addPair(ns)
    expect(await tokenOf(context)).toBe('::')
    await ns.token.set({ link: 'v0', token: '::5' })
    expect(await tokenOf(context)).toBe('::5')
    await ns.token.set({ link: 'v0', token: '::dead:beef:0:1' })
    expect(await tokenOf(context)).toBe('::dead:beef:0:1')
    // `lo` can have none, and is not told.
    const links = [present(await ns.link.get('v0')).index, present(await ns.link.get('v1')).index]
    const all = await ns.token.list()
    expect(all.map(({ link }) => link).filter((link) => links.includes(link))).toEqual(links.sort((a, b) => a - b))
    expect(all.map(({ link }) => link)).not.toContain(1)
    expect(await ns.token.list({ link: 'lo' })).toEqual([])
    await ns.link.set('v0', { up: false })
    expect(await tokenOf(context)).toBe('::dead:beef:0:1')
    await ns.token.delete({ link: 'v0' })
    await ns.token.delete({ link: 'v0' })
    expect(await tokenOf(context)).toBe('::')
    await ns.link.set('v0', { arp: false })
    expect(await ns.token.list({ link: 'v0' })).toEqual([])
  })

  suite.test('links that hear no routers refuse', needs, async ({ ns, supports }) => {
    await addPair(ns)
    const set = (link: string) => ns.token.set({ link, token: '::5' })
    const loopback = await fails(set('lo'), 'EINVAL')
    expect(loopback.detail).toBe('ipv6: Device is loopback')
    expect(loopback.hint).toContain('hear routers')
    await fails(ns.token.delete({ link: 'lo' }), 'EINVAL')
    await ns.link.set('v0', { arp: false })
    expect((await fails(set('v0'), 'EINVAL')).detail).toBe('ipv6: Device does not do neighbour discovery')
    if (supports.sysctl !== true) return
    await ns.sysctl.set('net.ipv6.conf.v1.forwarding', 1)
    expect((await fails(set('v1'), 'EINVAL')).detail).toBe('ipv6: Router advertisement is disabled on device')
  })

  suite.test('what is no token is refused before anything is asked', needs, async ({ ns }) => {
    await addPair(ns)
    for (const wrong of ['2001:db8::5', '::', '0.0.0.5', 'five', 5])
      await refuses(ns.token.set({ link: 'v0', token: wrong as string }))
    expect(await ns.token.list({ link: 'v0' })).toMatchObject([{ token: '::' }])
  })

  suite.test('a transaction that fails takes them back', needs, async (context) => {
    const { ns } = context
    await addPair(ns)
    await ns.token.set({ link: 'v0', token: '::5' })
    const failed = ns.transaction(async (change) => {
      await change.token.set({ link: 'v0', token: '::6' })
      await change.token.set({ link: 'v1', token: '::7' })
      await change.token.delete({ link: 'v0' })
      throw new Error('no')
    })
    await expect(failed).rejects.toSatisfy((error) => isVnetError(error) && error.code === 'VNET_TRANSACTION')
    expect((await ns.token.list()).map((entry) => entry.token).sort()).toEqual(['::', '::5'])
    const again = ns.transaction(async (change) => {
      await change.link.delete('v0')
      throw new Error('no')
    })
    await expect(again).rejects.toThrow()
    expect(await tokenOf(context)).toBe('::5')
  })
}

async function tokenOf({ ns }: Context): Promise<string | undefined> {
  return (await ns.token.list({ link: 'v0' }))[0]?.token
}
