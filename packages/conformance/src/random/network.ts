/** Random networks of up to six namespaces, things that go wrong in them, and pings: programs like others, but connected. @module */
import type { LooseRequest } from '@vnet/core'
import type { Chance } from './chance.js'
import { type Program, type Side, type Step, sides } from './program.js'
import { silence, withoutSnooping } from './quiet.js'

/** What the networks may be made of. */
export interface NetworkOptions {
  /** Bridges that tell VLANs apart. */
  readonly vlans: boolean
  /** Hosts say nothing but what they are made to say (see `quiet.ts`). Default: they speak as hosts of Linux do. */
  readonly quiet?: boolean
}

interface End {
  readonly place: number
  readonly link: string
}

interface Place {
  readonly role: 'host' | 'router' | 'bridge'
  readonly ends: string[]
  /** Numbers of the segments that it has an address in. */
  readonly segments: number[]
}

/** One network, and what happens in it. */
export function networkProgram(chance: Chance, { vlans, quiet = false }: NetworkOptions): Program {
  const steps: Step[] = []
  const add = (place: number, request: LooseRequest) => steps.push({ in: sides[place] as Side, request })
  const places = placesOf(chance)
  if (quiet) steps.push(...silence(sides.slice(0, places.length)))
  for (const [place, { role }] of places.entries()) begin(add, place, role, vlans && chance(3) === 0)
  const segments = segmentsOf(connect(add, places, chance), places)
  for (const [number, ends] of segments.entries())
    for (const { place, link } of ends) {
      const { role, segments: own } = places[place] as Place
      // A bridge has an address of its own now and then, and a host is forgotten now and then.
      if (own.includes(number) || (role === 'bridge' ? chance(3) > 0 : chance(12) === 0)) continue
      own.push(number)
      addresses(add, number, place, role === 'bridge' ? 'br' : link)
    }
  if (vlans) tagged(add, segments, places, chance)
  for (const place of places.keys()) routes(add, places, place, chance)
  for (let count = 3 + chance(5); count > 0; count--) {
    if (chance(2) === 0) disturb(add, places, chance, quiet)
    ping(add, places, chance, quiet)
  }
  return quiet ? steps.map(withoutSnooping) : steps
}

type Add = (place: number, request: LooseRequest) => void

/** Segments of VLANs are numbered from here. */
const firstTagged = 100

const address4 = (segment: number, place: number): string => `10.0.${segment}.${place + 1}`
const address6 = (segment: number, place: number): string => `2001:db8:${segment}::${place + 1}`

function addresses(add: Add, segment: number, place: number, link: string): void {
  add(place, { operation: 'address add', spec: { link, address: `${address4(segment, place)}/24` } })
  add(place, { operation: 'address add', spec: { link, address: `${address6(segment, place)}/64`, noDad: true } })
}

/** A VLAN in each segment, a segment of its own: links of hosts and routers, and ports that are in it, with some forgotten. */
function tagged(add: Add, segments: readonly (readonly End[])[], places: readonly Place[], chance: Chance): void {
  for (const [number, ends] of segments.entries())
    for (const { place, link } of ends) {
      const { role, segments: own } = places[place] as Place
      const vlan = chance(8) === 0 ? 21 : 20
      if (chance(4) === 0 || own.includes(firstTagged + number)) continue
      if (role === 'bridge') {
        add(place, { operation: 'bridgeVlan add', spec: { link, vlan } })
        continue
      }
      own.push(firstTagged + number)
      const name = `${link}.v`
      add(place, { operation: 'link add', spec: { kind: 'vlan', name, parent: link, vlan: { id: vlan }, up: true } })
      addresses(add, firstTagged + number, place, name)
    }
}

function placesOf(chance: Chance): readonly Place[] {
  const roles = ['host', 'host', 'router', 'bridge'] as const
  return Array.from({ length: 2 + chance(5) }, (_, i) => ({
    role: i < 2 ? 'host' : (roles[chance(4)] as Place['role']),
    ends: [],
    segments: [],
  }))
}

function begin(add: Add, place: number, role: Place['role'], filtering: boolean): void {
  add(place, { operation: 'link set', spec: { link: 'lo', up: true } })
  if (role === 'bridge') {
    const bridge = filtering ? { bridge: { vlanFiltering: true } } : {}
    add(place, {
      operation: 'link add',
      spec: { kind: 'bridge', name: 'br', mac: mac(0xb0, place), up: true, ...bridge },
    })
  }
  if (role !== 'router') return
  for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'])
    add(place, { operation: 'sysctl set', spec: { name, value: '1' } })
}

const mac = (high: number, low: number): string =>
  `02:00:00:00:${high.toString(16).padStart(2, '0')}:${low.toString(16).padStart(2, '0')}`

/** A tree of cables, so that bridges make no circle; now and then one more between two that are no bridges. */
function connect(add: Add, places: readonly Place[], chance: Chance): readonly (readonly [End, End])[] {
  const cables: (readonly [End, End])[] = []
  const cable = (one: number, two: number) => {
    const number = cables.length
    const link = `e${number}`
    cables.push([
      { place: one, link },
      { place: two, link },
    ])
    const peer = { name: link, mac: mac(number, 2), namespace: sides[two] as never, up: true }
    add(one, { operation: 'link add', spec: { kind: 'veth', name: link, mac: mac(number, 1), up: true, peer } })
    for (const place of [one, two]) {
      const { role, ends } = places[place] as Place
      ends.push(link)
      if (role === 'bridge') add(place, { operation: 'link set', spec: { link, master: 'br' } })
    }
  }
  // The later half hangs on what is no host first: that is what bridges and routers are for.
  for (let i = 1; i < places.length; i++) {
    const inner = places.flatMap(({ role }, j) => (j < i && role !== 'host' ? [j] : []))
    const outer = Array.from({ length: i }, (_, j) => j)
    const from = inner.length > 0 && chance(4) > 0 ? inner : outer
    cable(i, from[chance(from.length)] as number)
  }
  const others = places.flatMap(({ role }, i) => (role === 'bridge' ? [] : [i]))
  if (chance(3) === 0) {
    const [one, two] = [others[chance(others.length)] as number, others[chance(others.length)] as number]
    if (one !== two) cable(one, two)
  }
  return cables
}

/** Which ends of cables hear each other: those of a cable, and those of a bridge. */
function segmentsOf(cables: readonly (readonly [End, End])[], places: readonly Place[]): readonly (readonly End[])[] {
  const group = cables.map((_, i) => i)
  for (const [place, { role }] of places.entries()) {
    if (role !== 'bridge') continue
    const own = cables.flatMap((ends, i) => (ends.some((end) => end.place === place) ? [group[i] as number] : []))
    for (const [i, number] of group.entries()) if (own.includes(number)) group[i] = Math.min(...own)
  }
  return [...new Set(group)].map((number) => cables.flatMap((ends, i) => (group[i] === number ? ends : [])))
}

/** Routes through those that forward: mostly right, sometimes none, or to somebody who does not forward. */
function routes(add: Add, places: readonly Place[], place: number, chance: Chance): void {
  const { role, segments } = places[place] as Place
  if (role === 'bridge') return
  const all = [...new Set(places.flatMap((each) => each.segments))]
  for (const segment of all) {
    if (segments.includes(segment) || chance(8) === 0) continue
    const next = chance(10) === 0 ? anyNeighbour(places, place, chance) : wayTo(places, place, segment)
    if (next === undefined) continue
    add(place, {
      operation: 'route add',
      spec: { destination: `10.0.${segment}.0/24`, via: address4(next[0], next[1]) },
    })
    add(place, {
      operation: 'route add',
      spec: { destination: `2001:db8:${segment}::/64`, via: address6(next[0], next[1]) },
    })
  }
}

function anyNeighbour(places: readonly Place[], place: number, chance: Chance): [number, number] | undefined {
  const { segments } = places[place] as Place
  const near = places.flatMap((other, i): [number, number][] =>
    i === place ? [] : segments.filter((each) => other.segments.includes(each)).map((each) => [each, i]),
  )
  return near[chance(Math.max(1, near.length))]
}

/** The first router on the shortest way, by the segment in which it is met. */
function wayTo(places: readonly Place[], place: number, segment: number): [number, number] | undefined {
  const queue = (places[place] as Place).segments.map((first): [number, [number, number] | undefined] => [
    first,
    undefined,
  ])
  const seen = new Set(queue.map(([each]) => each))
  for (const [at, first] of queue) {
    if (at === segment) return first
    for (const [i, { role, segments }] of places.entries()) {
      if (role !== 'router' || i === place || !segments.includes(at)) continue
      for (const next of segments) {
        if (seen.has(next)) continue
        seen.add(next)
        queue.push([next, first ?? [at, i]])
      }
    }
  }
  return undefined
}

/** What ports do; and what hangs on whom a bridge has heard, which is left alone where hosts speak by themselves. */
const always = ['isolated', 'hairpin', 'broadcastFlood', 'multicastFlood'] as const
const byLearning = ['learning', 'flood', 'locked'] as const

/** Something changes: mostly for the worse. */
function disturb(add: Add, places: readonly Place[], chance: Chance, quiet: boolean): void {
  const place = chance(places.length)
  const { role, ends, segments } = places[place] as Place
  const link = ends[chance(ends.length)] as string
  const set = (change: object) => add(place, { operation: 'link set', spec: { link, ...change } as never })
  const sysctl = (name: string, value: number) =>
    add(place, { operation: 'sysctl set', spec: { name, value: String(value) } })
  if (role === 'bridge') {
    const flags = [...always, ...(quiet ? byLearning : [])] as const
    const sort = chance(6)
    if (sort === 0) set({ up: chance(2) === 0 })
    else if (sort === 1) set({ master: chance(2) === 0 ? null : 'br' })
    else if (sort === 2)
      add(place, { operation: 'bridgeVlan add', spec: { link, vlan: 20, pvid: true, untagged: true } })
    else set({ port: { [flags[chance(flags.length)] as string]: chance(2) === 0 } })
    return
  }
  const others = [
    () => set({ up: chance(2) === 0 }),
    () => set({ mtu: [1280, 1300, 1500][chance(3)] }),
    () => sysctl(`net.ipv4.conf.${link}.rp_filter`, chance(3)),
    () => sysctl('net.ipv4.ip_forward', chance(2)),
    () => sysctl('net.ipv4.icmp_echo_ignore_all', chance(2)),
    () => {
      const address = `10.0.${chance(3)}.${1 + chance(places.length)}`
      add(place, {
        operation: 'neighbour set',
        spec: { link, address, mac: mac(chance(3), 1 + chance(2)), state: 'permanent' },
      })
    },
    () => {
      const type = (['blackhole', 'unreachable', 'prohibit'] as const)[chance(3)] as 'blackhole'
      add(place, {
        operation: 'route add',
        spec: { type, destination: `10.0.${chance(3)}.${1 + chance(places.length)}/32` },
      })
    },
    () => add(place, { operation: 'route delete', spec: { destination: `10.0.${chance(3)}.0/24` } }),
    () => add(place, { operation: 'route delete', spec: { destination: `2001:db8:${chance(3)}::/64` } }),
    () => {
      const type = (['blackhole', 'unreachable', 'prohibit'] as const)[chance(3)] as 'blackhole'
      add(place, { operation: 'route add', spec: { type, destination: `2001:db8:${chance(3)}::/64`, metric: 5 } })
    },
    () => {
      const operation = chance(3) === 0 ? 'address delete' : 'address add'
      const address = `${address4(segments[chance(segments.length)] ?? 0, place)}/24`
      add(place, { operation, spec: { link, address } } as LooseRequest)
    },
  ]
  others[chance(others.length)]?.()
}

function ping(add: Add, places: readonly Place[], chance: Chance, quiet: boolean): void {
  const senders = places.flatMap(({ role }, i) => (role === 'bridge' ? [] : [i]))
  const targets = places.flatMap(({ segments }, place) => segments.map((segment) => [segment, place] as const))
  const [segment, place] = targets[chance(targets.length)] ?? [0, 0]
  const somebody = chance(12) === 0 ? 99 : place
  const address = chance(quiet ? 12 : 3) === 0 ? address6(segment, somebody) : address4(segment, somebody)
  const size = [56, 56, 1400, 3000][chance(4)] as number
  const ttl = chance(6) === 0 ? { ttl: 1 + chance(3) } : {}
  add(senders[chance(senders.length)] as number, {
    operation: 'ping',
    spec: { address, size, timeout: 0.25, ...ttl } as never,
  })
}
