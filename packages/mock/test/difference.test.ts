/** What differs between two states is told in the product's words. @module */
import { describe, expect, test } from 'vitest'
import { diffStates, mockDriver } from '../src/index.js'
import { mac, openLab } from './lab.js'

describe('difference', () => {
  test('one line for each object that was added, deleted or changed', async () => {
    const { host, driver } = await openLab()
    await using blue = await host.namespace.add('blue')
    await host.link.add({ kind: 'bridge', name: 'br0', up: true })
    await host.link.add({ kind: 'veth', name: 'v0', master: 'br0', peer: { name: 'eth0', namespace: 'blue' } })
    await host.link.add({ kind: 'dummy', name: 'gone' })
    await host.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await host.rule.add({ from: '10.0.0.0/8', table: 77, priority: 9 })
    await host.macFilter.set({ link: 'v0', allow: [mac(1)] })
    await host.macFilter.set({ link: 'v1', deny: [mac(1)] })
    await host.action.add({ kind: 'gact', control: 'ok', index: 3 })
    const before = driver.save()
    expect(await diffStates(before, before)).toEqual([])

    await blue.link.set('eth0', { mtu: 1400 })
    await host.link.set('br0', { bridge: { ageingTime: 60 } })
    await host.link.delete('gone')
    await host.link.add({ kind: 'dummy', name: 'd0' })
    await host.address.delete({ link: 'br0', address: '10.0.0.1/24' })
    await host.route.add({ destination: '10.9.0.0/16', link: 'br0' })
    await host.rule.delete({ from: '10.0.0.0/8', table: 77, priority: 9 })
    await host.neighbour.add({ link: 'br0', address: '10.0.0.7', mac: mac(7) })
    await host.fdb.add({ link: 'v0', mac: mac(0x20), master: true })
    await host.mdb.add({ bridge: 'br0', port: 'v0', group: '239.1.2.3', state: 'permanent' })
    await host.qdisc.add({ link: 'br0', parent: 'root', handle: '1:', kind: 'prio' })
    await blue.sysctl.set('net.ipv4.conf.all.rp_filter', 1)
    await host.nat.add({ kind: 'masquerade', from: '10.9.0.0/16' })
    await host.macFilter.set({ link: 'v0', allow: [mac(1), mac(2)], deny: [mac(3)] })
    await host.macFilter.delete({ link: 'v1' })
    await host.action.set({ kind: 'gact', control: 'shot', index: 3 })
    await host.action.add({ kind: 'police', mtu: 1000 })
    await host.macFilter.set({ link: 'v2', deny: [] })
    await (await host.namespace.add('red')).close()
    const found = await diffStates(before, driver.save())
    const lines = found.map(({ text }) => text)
    for (const line of [
      'blue: link eth0 changed: mtu 1500 → 1400',
      'blue: sysctl net.ipv4.conf.all.rp_filter changed: 0 → 1',
      'link br0 changed: qdisc noqueue → prio, bridge.ageingTime 300 → 60',
      'link gone deleted',
      'link d0 added',
      'address 10.0.0.1/24 on br0 deleted',
      'route 10.9.0.0/16 on br0 table main added',
      'rule 9 (IPv4) deleted',
      'neighbour 10.0.0.7 on br0 added',
      `fdb entry ${mac(0x20)} on v0 added`,
      'mdb entry 239.1.2.3 on v0 added',
      'qdisc prio 1: on br0 added',
      'namespace red added',
      'nat rule 2 (IPv4, masquerade) added',
      `MAC filter of v0 changed: allow ${mac(1)} → ${mac(1)} ${mac(2)}, deny absent → ${mac(3)}`,
      'MAC filter of v1 deleted',
      'action gact 3 changed: control ok → shot',
      'action police 1 added',
      'MAC filter of v2 added',
    ])
      expect(lines).toContain(line)
    expect(found.find(({ text }) => text.startsWith('blue'))).toMatchObject({
      namespace: 'blue',
      kind: 'link set',
      object: { mtu: 1400 },
      before: { mtu: 1500 },
    })
    // The other way round, what was added is deleted.
    const back = (await diffStates(driver.save(), before)).map(({ text }) => text)
    expect(back).toContain('link d0 deleted')
    expect(back).toHaveLength(lines.length)
    await host.close()
  })

  test('peers of WireGuard by their public keys; no secret is told', async () => {
    const { host, driver } = await openLab()
    await host.link.add({ kind: 'wireguard', name: 'wg0' })
    const before = driver.save()
    const privateKey = 'YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='
    const publicKey = 'GtL7fZc/bLnqZldpVofMCD6hDjrK28SsdLxevJ+qtKU='
    await host.wireguard.set('wg0', { privateKey, peers: [{ publicKey, presharedKey: privateKey }] })
    const lines = (await diffStates(before, driver.save())).map(({ text }) => text)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(`peer ${publicKey} added`)
    expect(lines[0]).not.toContain(privateKey)
    await host.close()
  })

  test('time that passes is no difference; a namespace that is gone is one line', async () => {
    const { host, driver, clock } = await openLab()
    await host.link.add({ kind: 'bridge', name: 'br0', up: true })
    await host.address.add({ link: 'br0', address: '10.0.0.1/24', validLifetime: 100, preferredLifetime: 100 })
    await (await host.namespace.add('blue')).close()
    clock.advance(10)
    const before = driver.save()
    clock.advance(50)
    expect(await diffStates(before, driver.save())).toEqual([])
    await host.namespace.delete('blue')
    expect((await diffStates(before, driver.save())).map(({ text }) => text)).toEqual(['namespace blue deleted'])
    await host.close()
  })

  test('what is no state is refused', async () => {
    await expect(diffStates(mockDriver().save(), {} as never)).rejects.toMatchObject({ code: 'VNET_TYPE' })
  })
})
