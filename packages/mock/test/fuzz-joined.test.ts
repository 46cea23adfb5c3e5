/** Two mocks on a bad cable: links whose frames only the other end can make, sealed, numbered or answered, and then changed. @module */
import { type Host, isVnetError, type LinkSpec, openHost } from '@vnet/core'
import { expect, test } from 'vitest'
import { type ManualClock, manualClock, mockDriver } from '../src/index.js'
import { type BadCable, badCable } from './bad-cable.js'
import { generator } from './fuzz-frame.js'
import { mac } from './lab.js'

/** Over each cable. */
const frames = Number(process.env.VNET_FUZZ_FRAMES ?? 12_000) / 40
const seed = Number(process.env.VNET_SEED ?? Math.floor(Math.random() * 2 ** 31))

type Side = 1 | 2
/** Makes `x0` over `tap0` at one end. */
type Scene = (host: Host, side: Side) => Promise<unknown>

const other = (side: Side): Side => (3 - side) as Side
const ends4 = (side: Side) => ({ local: `10.0.0.${side}`, remote: `10.0.0.${other(side)}` })
const ends6 = (side: Side) => ({ local: `2001:db8::${side}`, remote: `2001:db8::${other(side)}` })
const numbered = { ikey: 5, okey: 5, iseq: true, oseq: true, icsum: true, ocsum: true }
const session = { ikey: 5, okey: 5 }
/** A link that differs at both ends by its addresses alone. */
const link =
  (spec: (side: Side) => LinkSpec): Scene =>
  (host, side) =>
    host.link.add({ ...spec(side), name: 'x0' })
/** A link that the TAP is a port of. */
const master =
  (spec: LinkSpec, made?: (host: Host) => Promise<unknown>): Scene =>
  async (host) => {
    await host.link.add({ ...spec, name: 'x0' })
    await made?.(host)
    await host.link.set('tap0', { up: false })
    await host.link.set('tap0', { master: 'x0' })
    await host.link.set('tap0', { up: true })
  }

const privateKeys = [
  'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=',
  'XasIfmJKikt54X+Lg4AO5m87sSkmGLb9HC+LJ/+I4Os=',
] as const
const publicKeys = [
  'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=',
  '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=',
] as const
const key = '00112233445566778899aabbccddeeff'
const expectThere = (error: unknown) => expect(error).toMatchObject({ code: 'EEXIST' })
const sciOf = (side: Side) => `0200000000${side.toString(16).padStart(2, '0')}0001`

const scenes: Readonly<Record<string, Scene>> = {
  vlan: link(() => ({ kind: 'vlan', parent: 'tap0', vlan: { id: 5 } })),
  vxlan: link((side) => ({ kind: 'vxlan', vxlan: { ...ends4(side), id: 5, port: 4789 } })),
  geneve: link((side) => ({ kind: 'geneve', geneve: { id: 5, remote: ends6(side).remote } })),
  gre: link((side) => ({ kind: 'gre', gre: { ...ends4(side), ...numbered } })),
  gretap: link((side) => ({ kind: 'gretap', gretap: ends4(side) })),
  erspan: link((side) => ({ kind: 'erspan', erspan: { ...ends4(side), ...session } })),
  ip6gre: link((side) => ({ kind: 'ip6gre', ip6gre: { ...ends6(side), ...session } })),
  ip6gretap: link((side) => ({ kind: 'ip6gretap', ip6gretap: ends6(side) })),
  ip6erspan: link((side) => ({ kind: 'ip6erspan', ip6erspan: { ...ends6(side), ...session, erspanVersion: 2 } })),
  ip6tnl: link((side) => ({ kind: 'ip6tnl', ip6tnl: ends6(side) })),
  ipip: link((side) => ({ kind: 'ipip', ipip: ends4(side) })),
  sit: link((side) => ({ kind: 'sit', sit: { ...ends4(side), mode: 'any' } })),
  hsr: async (host) => {
    await host.link.add({ kind: 'dummy', name: 'spare', up: true }).catch(expectThere)
    await host.link.add({ kind: 'hsr', name: 'x0', hsr: { slave1: 'tap0', slave2: 'spare', version: 1 } })
  },
  macsec: async (host, side) => {
    const sa = { link: 'x0', association: 0, packetNumber: 1, active: true, key } as const
    const macsec = { encrypt: true, replayProtect: true, window: 64 }
    await host.link.add({ kind: 'macsec', name: 'x0', parent: 'tap0', macsec })
    await host.macsecSa.add({ ...sa, keyId: `0${side}` })
    await host.macsecSc.add({ link: 'x0', sci: sciOf(other(side)) })
    await host.macsecSa.add({ ...sa, keyId: `0${other(side)}`, sci: sciOf(other(side)) })
  },
  wireguard: async (host, side) => {
    await host.link.add({ kind: 'wireguard', name: 'x0' })
    const peer = {
      publicKey: publicKeys[other(side) - 1] as string,
      presharedKey: publicKeys[0],
      endpoint: `10.0.0.${other(side)}:51820`,
      allowedIps: ['10.9.0.0/24', '2001:db8:9::/64'],
      persistentKeepalive: 5,
    }
    const privateKey = privateKeys[side - 1] as string
    await host.wireguard.set('x0', { privateKey, listenPort: 51_820, peers: [peer] })
  },
  bond: master({ kind: 'bond', bond: { mode: '802.3ad', miimon: 100, lacpRate: 'fast' } }),
  team: master({ kind: 'team' }, (host) => host.team.set('x0', { mode: 'roundrobin' })),
  bridge: master({ kind: 'bridge', bridge: { stp: true, forwardDelay: 2, vlanFiltering: true } }),
}

/**
 * What does not get over a wrong frame by itself, on Linux neither: tunnels that number their packets, where all others are late
 * after one with a number that is far too high; and HSR, where a node that lives keeps a wrong second MAC.
 */
const madeAnew: ReadonlySet<string> = new Set(['gre', 'erspan', 'ip6erspan', 'hsr'])

for (const [kind, scene] of Object.entries(scenes)) {
  const versions = kind === 'ipip' ? ([4] as const) : ([4, 6] as const)
  const title = `${kind}: ${frames} frames over a bad cable, seed ${seed} (set VNET_SEED to repeat)`
  test(title, { timeout: 60_000 + frames }, async () => {
    const clock = manualClock(1000)
    const [one, two] = [await end(scene, clock, 1), await end(scene, clock, 2)]
    await using _one = one.host
    await using _two = two.host
    const random = generator(seed)
    const cable = badCable(one.port, two.port, random)
    let failure: unknown
    cable.ended.catch((error: unknown) => {
      failure = error
    })
    await reach([one.host, two.host], versions, clock, cable)
    const sum = () => cable.passed.whole + cable.passed.changed
    // Among few frames, few may be changed by chance: it goes on until there are some.
    const enough = () => sum() >= frames && cable.passed.changed > frames / 10
    for (let rounds = 0; !enough() && rounds < frames; rounds++) {
      if (failure !== undefined) throw failure
      for (const host of [one, two]) await talk(host, random)
      await Promise.all([one.host.settled(), two.host.settled()])
      clock.advance(random(8) === 0 ? random(4000) / 1000 : 0.001)
    }
    expect(enough()).toBe(true)
    // When the cable is good again, so is everything.
    cable.bad = false
    await clock.pass(40)
    for (const { host } of [one, two]) {
      for (const { link, address } of await host.neighbour.list()) await host.neighbour.delete({ link, address })
    }
    for (const { host, side } of [one, two]) {
      if (madeAnew.has(kind)) await host.link.delete('x0').then(() => addLink(host, scene, side))
    }
    await reach([one.host, two.host], versions, clock, cable)
    await cable.close()
    await cable.ended
  })
}

/** A host at one end of the cable: `tap0` and, over it, `x0`, each with addresses of both versions. */
async function end(scene: Scene, clock: ManualClock, side: Side) {
  const host = await openHost({ driver: mockDriver({ clock, seed: side }) })
  const port = await host.openTap({ name: 'tap0', mac: mac(side), up: true })
  await host.address.add({ link: 'tap0', address: `10.0.0.${side}/24` })
  await host.address.add({ link: 'tap0', address: `2001:db8::${side}/64`, noDad: true })
  await addLink(host, scene, side)
  const [four, six] = [await host.openSocket({ kind: 'udp4' }), await host.openSocket({ kind: 'udp6' })]
  four.bind({ address: `10.9.0.${side}`, port: 7 })
  six.bind({ address: `2001:db8:9::${side}`, port: 7 })
  return { host, port, sockets: [four, six], side }
}

async function addLink(host: Host, scene: Scene, side: Side): Promise<void> {
  await scene(host, side)
  await host.link.set('x0', { up: true })
  await host.address.add({ link: 'x0', address: `10.9.0.${side}/24` })
  await host.address.add({ link: 'x0', address: `2001:db8:9::${side}/64`, noDad: true })
}

/** A few datagrams to the other end, some of them larger than a frame, and answers to what came from there. */
async function talk({ sockets, side }: Awaited<ReturnType<typeof end>>, random: (limit: number) => number) {
  for (const [version, socket] of sockets.entries()) {
    const to = `${version === 0 ? '10.9.0.' : '2001:db8:9::'}${other(side)}`
    const send = (data: Uint8Array, address = to) =>
      socket.send(data, { address, port: random(8) === 0 ? 9 : 7 }).catch((error: unknown) => {
        // Changed errors come back as well: no way, too long.
        if (!isVnetError(error)) throw error
      })
    for (let count = 4; count > 0; count--) await send(new Uint8Array(random(random(8) === 0 ? 3000 : 200)))
    for (let got = socket.take(); got !== undefined; got = socket.take()) {
      if (random(4) === 0 && got.from !== undefined) await send(got.data, got.from.address)
    }
  }
}

/** Both reach the other over the link; what had to be found out first may take some tries. */
async function reach(
  hosts: readonly [Host, Host],
  versions: readonly (4 | 6)[],
  clock: ManualClock,
  cable: BadCable,
): Promise<void> {
  const { bad } = cable
  cable.bad = false
  for (const [from, host] of hosts.entries()) {
    for (const version of versions) {
      const address = `${version === 4 ? '10.9.0.' : '2001:db8:9::'}${2 - from}`
      let reply: unknown
      for (let tries = 10; tries > 0; tries--) {
        const asked = host.ping({ address }).catch((error: unknown) => error)
        for (const one of [...hosts, ...hosts]) await one.settled()
        await clock.pass(4)
        reply = await asked
        if (!isVnetError(reply)) break
      }
      expect(reply).toMatchObject({ address })
    }
  }
  cable.bad = bad
}
