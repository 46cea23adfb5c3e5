/** What a driver tells of entries that are set again; the client leaves out what changes nothing. */
import { expect, it } from 'vitest'
import { mac, openLab } from './lab.js'

it('what is set again is told again, but a dynamic entry', async () => {
  const { host, driver } = await openLab()
  await host.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { vlanDefaultPvid: 0 } })
  await host.link.add({ kind: 'veth', name: 'v0', up: true, master: 'br0', peer: { name: 'v1', up: true } })
  const connection = await driver.connect()
  const told: unknown[] = []
  const events = await connection.watch(['fdb'])
  const reading = (async () => {
    for await (const event of events)
      if (event.kind === 'fdb set' && event.object.mac === mac(9)) told.push(event.object.state)
  })()
  const twice = async (spec: Parameters<typeof host.fdb.set>[0]) => {
    for (let times = 0; times < 2; times++) await host.fdb.set(spec)
    return told.splice(0)
  }
  const of = (state: 'static' | 'permanent' | 'dynamic') => twice({ link: 'v0', mac: mac(9), master: true, state })
  expect(await of('static')).toEqual(['static', 'static'])
  expect(await of('permanent')).toEqual(['permanent', 'permanent'])
  expect(await of('dynamic')).toEqual(['dynamic'])
  expect(await twice({ link: 'v1', mac: mac(9) })).toEqual(['permanent', 'permanent'])
  await connection.close()
  await reading
  await host.close()
})
