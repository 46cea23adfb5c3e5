/** What is looked up in tables of its own answers the same among many links as among few. @module */
import { describe, expect, test } from 'vitest'
import { openLab } from './lab.js'

const count = 24
const numbers = Array.from({ length: count }, (_, i) => i)

describe('many links', () => {
  test('have each a way of their own to link-local addresses and groups, also after some went', async () => {
    const { host, clock } = await openLab()
    for (const i of numbers) await host.link.add({ kind: 'dummy', name: `d${i}`, up: true })
    clock.advance(5)
    for (const i of [0, 7, 8, 23]) await host.link.delete(`d${i}`)
    await host.link.set('d3', { up: false })
    await host.link.set('d3', { up: true })
    for (const name of ['d1', 'd3', 'd9', 'd22']) {
      const { index } = (await host.link.get(name)) ?? {}
      for (const to of ['fe80::1', 'ff02::1'])
        expect(await host.route.get({ to, outputLink: name }), `${to} by ${name}`).toMatchObject({ link: index })
    }
    const routes = await host.route.list({ family: 6, destination: 'fe80::/64' })
    const order = routes.map(({ link }) => link)
    const named = async (name: string) => (await host.link.get(name))?.index
    expect(order).toHaveLength(count - 4)
    // A route that went and came again is the last one.
    expect([order[0], order.at(-1)]).toEqual([await named('d1'), await named('d3')])
    await host.route.delete({ destination: 'fe80::/64', link: 'd9' })
    expect(await host.route.list({ destination: 'fe80::/64', link: 'd9' })).toEqual([])
    await host.close()
  })

  test('give the addresses that packets come from', async () => {
    const { host, clock } = await openLab()
    for (const i of numbers) {
      await host.link.add({ kind: 'dummy', name: `d${i}`, up: true })
      await host.address.add({ link: `d${i}`, address: `2001:db8:${i}::1/64` })
    }
    clock.advance(5)
    const from = async (to: string) => (await host.route.get(to))?.source
    expect(await from('2001:db8:5::9')).toBe('2001:db8:5::1')
    // An address of this host is reached from itself.
    expect(await from('2001:db8:6::1')).toBe('2001:db8:6::1')
    await host.address.delete({ link: 'd5', address: '2001:db8:5::1/64' })
    await host.address.add({ link: 'd9', address: '2001:db8:5::1/64' })
    clock.advance(5)
    const { index } = (await host.link.get('d9')) ?? {}
    expect(await host.route.get('2001:db8:5::9')).toMatchObject({ link: index, source: '2001:db8:5::1' })
    await host.close()
  })

  test('refuse only what another has: identifiers of VXLANs, ends of tunnels, free names', async () => {
    const { host } = await openLab()
    for (const i of numbers) {
      await host.link.add({ kind: 'vxlan', name: `vx${i}`, vxlan: { id: i, port: 4789 } })
      await host.link.add({ kind: 'gre', name: `g${i}`, gre: { local: '10.0.0.1', remote: `10.0.1.${i}` } })
    }
    const taken = { code: 'EEXIST' }
    const vxlan = (id: number, port = 4789) => host.link.add({ kind: 'vxlan', name: 'vx', vxlan: { id, port } })
    await expect(vxlan(7)).rejects.toMatchObject(taken)
    await vxlan(7, 4790)
    await host.link.delete('vx')
    await host.link.delete('vx7')
    await vxlan(7)
    const gre = (remote: string) => host.link.add({ kind: 'gre', name: 'g', gre: { local: '10.0.0.1', remote } })
    await expect(gre('10.0.1.3')).rejects.toMatchObject(taken)
    await host.link.set('g3', { gre: { remote: '10.0.2.3' } })
    await expect(gre('10.0.2.3')).rejects.toMatchObject(taken)
    await gre('10.0.1.3')
    for (const i of numbers) await host.link.add({ kind: 'dummy', name: `dummy${i}` })
    const next = async () => (await host.link.add({ kind: 'dummy' })).name
    expect(await next()).toBe(`dummy${count}`)
    await host.link.delete('dummy9')
    await host.link.delete('dummy4')
    expect([await next(), await next(), await next()]).toEqual(['dummy4', 'dummy9', `dummy${count + 1}`])
    await host.close()
  })
})
