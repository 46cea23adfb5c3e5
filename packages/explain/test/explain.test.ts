/** What is explained is what happens: each scene is explained, then tried, on the mock and on the kernel. @module */
import { type Host, isArgumentError, isVnetError, type Namespace, openHost } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { afterAll, describe, expect, test } from 'vitest'
import { explainPing, explainTcp, explainUdp } from '../src/index.js'
import { answerer, listen } from './datagram.js'
import { scenes } from './scenes.js'
import { routed, type Scene, stageOn } from './stage.js'

describe.each([{ driver: 'mock' }, { driver: 'napi' }] as const)('on $driver', ({ driver }) => {
  let opened: Promise<Host> | undefined
  const open = () => {
    opened ??= openHost({ driver: driver === 'mock' ? mockDriver() : driver })
    return opened
  }
  afterAll(async () => void (await opened)?.close())

  for (const scene of scenes) test(scene.name, ({ skip }) => run(scene, skip))

  async function run(scene: Scene, skip: (note: string) => never): Promise<void> {
    if (driver !== 'mock' && (process.env.VNET_TIER ?? 'none') === 'none')
      skip('lacks capability: admin (no kernel is to be used)')
    const host = await open().catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
    const listed = scene.udp === undefined ? [] : (['socket list'] as const)
    for (const need of ['admin', 'namespace anonymous', 'sysctl', ...listed, ...scene.needs] as const)
      if (host.supports[need] !== true) skip(`lacks capability: ${need} (${host.supports[need]})`)
    const stage = stageOn(host, scene.named ? `explain${process.pid}` : undefined)
    try {
      await scene.build(stage)
      await using _ = await listen(stage, scene)
      const places = (await stage.places()).filter(({ name }) => !scene.hidden?.includes(name))
      const question = { places, from: 'a', to: scene.to, ...pick(scene) }
      const { udp } = scene
      const told = await (udp === undefined ? explainPing(question) : explainUdp({ ...question, ...asked(udp) }))
      const stop = told.stop && {
        cause: told.stop.cause,
        at: [told.stop.place, told.stop.link].filter(Boolean).join(' '),
        way: told.stop.way,
      }
      const { cause, at, way = 'there' } = scene
      expect(stop, JSON.stringify(told, undefined, 1)).toEqual(cause === undefined ? undefined : { cause, at, way })
      const a = await stage.at('a')
      if (udp === undefined) expect(await isAnswered(a, scene), told.line).toBe(told.reached)
      else {
        const who = told.listens ? 'listener' : 'host'
        expect(await answerer(stage, scene), told.line).toBe(told.reached ? who : undefined)
        if (told.reached) expect(told.listens).toBe(udp.listens !== undefined)
      }
    } finally {
      await stage.close()
    }
  }
})

/** Whether a ping is answered: of those that should be one of a few, for a kernel takes a moment to have all in use. */
async function isAnswered(ns: Namespace, scene: Scene): Promise<boolean> {
  const tries = scene.cause === undefined ? 5 : 1
  for (let i = 0; i < tries; i++) {
    try {
      await ns.ping({
        address: scene.to,
        timeout: scene.cause === undefined ? 2 : 0.3,
        ...size(scene),
        ...(scene.hops === undefined ? {} : { ttl: scene.hops }),
      })
      return true
    } catch (error) {
      if (!isVnetError(error)) throw error
    }
  }
  return false
}

const asked = ({ port, sourcePort }: NonNullable<Scene['udp']>) => ({
  port,
  ...(sourcePort === undefined ? {} : { sourcePort }),
})
const size = ({ size }: Scene) => (size === undefined ? {} : { size })
const pick = (scene: Scene) => ({ ...size(scene), ...(scene.hops === undefined ? {} : { hops: scene.hops }) })

test.each([
  [{ from: 'nobody' }, 'from'],
  [{ to: '10.0.0' }, 'to'],
  [{ size: 65_508 }, 'size'],
  [{ hops: 0 }, 'hops'],
] as const)('%j is no question', async (wrong, attribute) => {
  const host = await openHost({ driver: mockDriver() })
  const question = { places: [{ name: 'a', namespace: host }], from: 'a', to: '10.0.0.2', ...wrong }
  const refusal = await explainPing(question).catch((error: unknown) => error)
  expect(isArgumentError(refusal) && refusal).toMatchObject({ code: 'VNET_RANGE', attribute, hint: expect.any(String) })
  await host.close()
})

test.each([
  [{ port: 0 }, 'port'],
  [{ port: 53, sourcePort: 65_536 }, 'sourcePort'],
  [{ port: 53, size: -1 }, 'size'],
  [{ port: 53, to: 'b' }, 'to'],
] as const)('%j is no question about a port', async (wrong, attribute) => {
  const host = await openHost({ driver: mockDriver() })
  const question = { places: [{ name: 'a', namespace: host }], from: 'a', to: '10.0.0.2', ...wrong }
  for (const explain of attribute === 'size' ? [explainUdp] : [explainUdp, explainTcp]) {
    const refusal = await explain(question).catch((error: unknown) => error)
    expect(isArgumentError(refusal) && refusal).toMatchObject({ code: 'VNET_RANGE', attribute })
  }
  await host.close()
})

test('a connection goes its own way: rules and filters of UDP do not hold for it', async () => {
  const host = await openHost({ driver: mockDriver() })
  const stage = stageOn(host)
  const r = await routed(stage)
  const forwarded = { kind: 'dnat', toLocal: true, destinationPorts: 80 } as const
  await r.nat.add({ ...forwarded, ipProtocol: 17, address: '10.0.2.9' })
  await r.nat.add({ ...forwarded, ipProtocol: 6, address: '10.0.2.2', ports: 8080 })
  const b = await stage.at('b')
  await b.qdisc.add({ link: 'eth0', kind: 'clsact' })
  const flower = { link: 'eth0', parent: 'egress', protocol: 'ip', kind: 'flower', sourcePort: 8080 } as const
  const actions = [{ kind: 'gact', control: 'shot' }] as const
  await b.filter.add({ ...flower, ipProtocol: 17, actions })
  const explained = async (port: number) =>
    explainTcp({ places: await stage.places(), from: 'a', to: '10.0.1.1', port })
  expect(await explained(80)).toMatchObject({
    reached: true,
    line:
      'the connection to 10.0.1.1 port 80 arrives as 10.0.2.2 port 8080, nobody listens, ' +
      "and the host's refusal comes back to 10.0.1.2: " +
      'a eth0 → r left → r right → b eth0',
  })
  expect(await explained(81)).toMatchObject({ reached: true, line: expect.stringMatching(/ a eth0 → r left$/) })
  await b.filter.add({ ...flower, ipProtocol: 6, actions })
  expect(await explained(80)).toMatchObject({ reached: false, stop: { cause: 'filtered', place: 'b', way: 'back' } })
  await stage.close()
  await host.close()
})

test.each(['all', 'eth0.5'])('the hint about the reverse path filter names whose setting it is: %s', async (whose) => {
  const host = await openHost({ driver: mockDriver() })
  const [a, b] = [await host.namespace.add('a'), await host.namespace.add('b')]
  await a.link.add({ kind: 'veth', name: 'eth0', up: true, peer: { name: 'eth0.5', namespace: b, up: true } })
  await a.address.add({ link: 'eth0', address: '10.0.0.1/24' })
  await b.address.add({ link: 'eth0.5', address: '10.0.0.2/24' })
  await b.link.add({ kind: 'dummy', name: 'd0', up: true })
  await b.route.add({ destination: '10.0.0.1/32', link: 'd0' })
  const setting = `net/ipv4/conf/${whose}/rp_filter`
  await b.sysctl.set(setting, 1)
  const places = [
    { name: 'a', namespace: a },
    { name: 'b', namespace: b },
  ]
  const { stop } = await explainPing({ places, from: 'a', to: '10.0.0.2' })
  expect(stop).toMatchObject({ cause: 'rp-filter', hint: `vnet -n b sysctl set ${setting} 0` })
  await host.close()
})

test('who listens elsewhere is told: at another address, by another link, for somebody else', async () => {
  const host = await openHost({ driver: mockDriver() })
  const [a, b] = [await host.namespace.add('a'), await host.namespace.add('b')]
  await a.link.add({ kind: 'veth', name: 'eth0', up: true, peer: { name: 'eth0', namespace: b, up: true } })
  for (const ns of [a, b]) await ns.link.set('lo', { up: true })
  await a.address.add({ link: 'eth0', address: '10.0.0.1/24' })
  await b.address.add({ link: 'eth0', address: '10.0.0.2/24' })
  const places = [
    { name: 'a', namespace: a },
    { name: 'b', namespace: b },
  ]
  const explained = () => explainUdp({ places, from: 'a', to: '10.0.0.2', port: 53 })
  const opened = async (kind: 'udp4' | 'udp6', address?: string, link?: string) => {
    const socket = await b.openSocket({ kind, reuseAddress: true, ...(link === undefined ? {} : { link }) })
    socket.bind({ ...(address === undefined ? {} : { address }), port: 53 })
    return socket
  }
  await opened('udp4', '127.0.0.1')
  await opened('udp4', undefined, 'lo')
  const connected = await opened('udp4', '10.0.0.2')
  connected.connect({ address: '10.0.0.1', port: 1000 })
  const told = await explained()
  expect(told).toMatchObject({ reached: true, listens: false })
  expect(told.there.at(-1)?.text).toBe(
    'nobody listens at 10.0.0.2 port 53 (but one at 0.0.0.0 of lo, one at 10.0.0.2 for 10.0.0.1 port 1000, one at 127.0.0.1)',
  )
  const six = await opened('udp6')
  expect(await explained()).toMatchObject({ listens: true })
  await six.close()
  connected.connect({ address: '10.0.0.1', port: 49_152 })
  expect(await explained()).toMatchObject({ listens: true })
  await opened('udp4')
  expect((await explained()).there.at(-1)?.text).toBe('somebody listens at 10.0.0.2 port 53')
  await host.close()
})
