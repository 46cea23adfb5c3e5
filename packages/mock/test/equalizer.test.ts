/** `teql0` on a mock that is told to have one: how many, what a snapshot keeps, and what waits or is dropped. @module */
import { openHost } from '@vnet/core'
import { expect, test } from 'vitest'
import { type Drop, mockDriver } from '../src/index.js'
import { type Lab, openLab } from './lab.js'

/** Two links to a namespace, and `teql0` over them. */
async function joined({ host }: Lab) {
  const far = await host.namespace.add('far')
  for (const [near, there] of [
    ['va0', 'va1'],
    ['vb0', 'vb1'],
  ] as const) {
    await host.link.add({ kind: 'veth', name: near, up: true, peer: { name: there, up: true, namespace: 'far' } })
    await host.qdisc.add({ link: near, kind: 'teql0' })
  }
  await host.link.set('teql0', { up: true })
  await host.address.add({ link: 'teql0', address: '10.0.0.1/24' })
  await far.address.add({ link: 'va1', address: '10.0.0.2/24' })
  return far
}

test('a mock has as many as it is told, and none by itself', async () => {
  const { driver, host } = await openLab()
  expect(driver.supports['qdisc teql']).toMatch('equalizers')
  expect(await host.link.list()).toHaveLength(1)
  await using two = await openHost({ driver: mockDriver({ equalizers: 2 }) })
  expect(two.supports['qdisc teql']).toBe(true)
  expect((await two.link.list()).map(({ name }) => name)).toEqual(['lo', 'teql0', 'teql1'])
  await two.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
  await two.qdisc.set({ link: 'v0', kind: 'teql0' })
  await two.qdisc.set({ link: 'v0', kind: 'teql1' })
  await expect(two.link.set('teql0', { up: true })).rejects.toMatchObject({ code: 'EUNATCH' })
  await two.link.set('teql1', { up: true })
  const none = mockDriver({ equalizers: 1, lacks: ['qdisc teql'] })
  expect(none.supports['qdisc teql']).toMatch('lacks')
  for (const equalizers of [-1, 1.5, 5000, Number.NaN])
    expect(() => mockDriver({ equalizers })).toThrow(expect.objectContaining({ code: 'VNET_RANGE' }))
})

test('a copy goes on sending by the same links in turn', async () => {
  const lab = await openLab({ equalizers: 1 })
  await joined(lab)
  await lab.host.ping('10.0.0.2')
  const state = JSON.parse(JSON.stringify(lab.driver.save()))
  for (const driver of [lab.driver.fork(), mockDriver({ state, equalizers: 3 })]) {
    await using host = await openHost({ driver })
    expect(driver.supports['qdisc teql']).toBe(true)
    expect((await host.link.list()).filter(({ type }) => type === 'void')).toHaveLength(1)
    const sent = async (name: string) => (await host.link.get(name, { statistics: true }))?.statistics?.txPackets ?? 0
    const before = [await sent('va0'), await sent('vb0')] as const
    for (let i = 0; i < 4; i++) await host.ping('10.0.0.2')
    // Where the neighbour was not asked for yet, that is a packet more.
    expect((await sent('va0')) - before[0]).toBeGreaterThanOrEqual(2)
    expect((await sent('vb0')) - before[1]).toBeGreaterThanOrEqual(2)
  }
})

test('what waits for a link stays behind in the discipline of teql0, and goes down with it', async () => {
  const drops: Drop[] = []
  const lab = await openLab({ equalizers: 1, onDrop: (drop) => drops.push(drop) })
  await joined(lab)
  const { host } = lab
  await host.ping('10.0.0.2')
  await host.qdisc.add({ link: 'teql0', kind: 'pfifo', limit: 2 })
  await host.link.set('va0', { up: false })
  await host.link.set('vb0', { up: false })
  await using socket = await host.openSocket({ kind: 'udp4' })
  drops.length = 0
  for (let i = 0; i < 4; i++) await socket.send(Uint8Array.of(i), { address: '10.0.0.2', port: 9 })
  // The driver has the first, two wait in the discipline.
  expect(drops).toMatchObject([{ cause: 'discipline', link: 'teql0' }])
  expect((await host.qdisc.list({ link: 'teql0' }))[0]?.statistics).toMatchObject({ queueLength: 2, drops: 1 })
  await host.link.set('teql0', { up: false })
  expect(drops).toHaveLength(4)
})

test('without a link that reaches the neighbour its sender is told', async () => {
  const lab = await openLab({ equalizers: 1 })
  await joined(lab)
  const { host, clock } = lab
  await host.link.set('lo', { up: true })
  const answer = host.ping({ address: '10.0.0.9', timeout: 5 })
  const outcome = expect(answer).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  for (let i = 0; i < 50; i++) {
    await Promise.resolve()
    clock.advance(0.1)
    await lab.driver.settled()
  }
  await outcome
})

test('what a program writes goes to a link as it is, who captures there or not', async () => {
  const lab = await openLab({ equalizers: 1 })
  const far = await joined(lab)
  await using socket = await lab.host.openSocket({ kind: 'packet', link: 'teql0' })
  await using near = await lab.host.openSocket({ kind: 'packet', link: 'va0', protocol: 0x88b5 })
  const frame = Uint8Array.from({ length: 60 }, (_, at) => (at < 6 ? 0xff : at === 12 ? 0x88 : at === 13 ? 0xb5 : 2))
  const heard = await Promise.all(
    ['va1', 'vb1'].map((link) => far.openSocket({ kind: 'packet', link, protocol: 0x88b5 })),
  )
  for (let i = 0; i < 2; i++) await socket.send(frame)
  for (const there of heard) {
    expect((await there.receive()).data).toEqual(frame)
    await there.close()
  }
  await expect(near.receive({ signal: AbortSignal.timeout(20) })).rejects.toThrow()
  // Too short for any frame.
  await expect(socket.send(new Uint8Array(4))).resolves.not.toThrow()
})
