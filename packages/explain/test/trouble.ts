/** More that can go wrong in a random network than the one that kernels are compared by has: it is quick enough for much of it. @module */
import type { Chance, Program, Step } from '@vnet/conformance'
import type { LooseRequest } from '@vnet/core'

/** What a network has of its own, as its program tells it. */
interface Place {
  readonly side: Step['in']
  readonly links: readonly string[]
  readonly isBridge: boolean
}

/** The program with trouble before some of its pings. */
export function troubled(program: Program, chance: Chance): Program {
  const places = placesOf(program)
  const addresses = program.flatMap(({ request }) =>
    request.operation === 'address add' ? [(request.spec as unknown as { address: string }).address] : [],
  )
  const steps = program.flatMap((step) =>
    step.request.operation === 'ping' && chance(2) === 0 ? [...trouble(places, addresses, chance), step] : [step],
  )
  // A frame that turns round between two bridges is learned where it does not come from: who is quicker then decides.
  return steps.filter(({ request }) => !turnsRound(request, places))
}

/** Both ends of a cable have one name here. */
function turnsRound({ spec }: LooseRequest, places: readonly Place[]): boolean {
  const { link, port } = spec as { link?: string; port?: { hairpin?: boolean } }
  if (port?.hairpin !== true || link === undefined) return false
  return places.filter(({ links, isBridge }) => isBridge && links.includes(link)).length === 2
}

function placesOf(program: Program): readonly Place[] {
  const links = new Map<Step['in'], Set<string>>()
  const bridges = new Set<Step['in']>()
  for (const { in: side, request } of program) {
    if (request.operation !== 'link add') continue
    const { kind, name, peer } = request.spec as unknown as {
      kind: string
      name: string
      peer?: { name: string; namespace: Step['in'] }
    }
    if (kind === 'bridge') bridges.add(side)
    if (peer === undefined) continue
    for (const [place, link] of [[side, name] as const, [peer.namespace, peer.name] as const])
      links.set(place, (links.get(place) ?? new Set()).add(link))
  }
  return [...links].map(([side, own]) => ({ side, links: [...own], isBridge: bridges.has(side) }))
}

function trouble(places: readonly Place[], addresses: readonly string[], chance: Chance): readonly Step[] {
  if (addresses.length === 0) return []
  const one = <T>(list: readonly T[]): T => list[chance(list.length)] as T
  const { side, links, isBridge } = one(places)
  const link = one(links)
  const step = (operation: string, spec: object): Step => ({
    in: side,
    request: { operation, spec } as unknown as LooseRequest,
  })
  const sysctl = (name: string, value: number) => step('sysctl set', { name, value: String(value) })
  const address = (on: string) => {
    const own = one(addresses)
    return step('address add', { link: on, address: own, ...(own.includes(':') ? { noDad: true } : {}) })
  }
  const bare = () => one(addresses).replace(/\/.*/, '')
  const addresses4 = addresses.flatMap((each) => (each.includes(':') ? [] : [each.replace(/\/.*/, '')]))
  const drops = { actions: [{ kind: 'gact', control: 'shot' }] }
  const filter = (spec: object) => [
    step('qdisc add', { link, kind: 'clsact' }),
    step('filter add', { link, parent: one(['ingress', 'egress']), ...spec, ...drops }),
  ]
  const any = [
    () => filter({ kind: 'matchall' }),
    () => filter({ kind: 'matchall', protocol: one(['arp', 'ip', 'ipv6']) }),
    () => filter({ kind: 'flower', protocol: 'ip', to: one(addresses4) }),
    () => [step('qdisc add', { link, kind: 'netem', loss: 1 })],
    () => [step('link set', { link, mtu: one([1280, 1400, 1500, 1600]) })],
    () => [step('link set', { link, mac: `02:00:00:00:cc:0${chance(3)}` })],
    () => [step('link set', { link, up: chance(2) === 0 })],
  ]
  const hosts = [
    () => [sysctl(`net.ipv4.conf.${one(['all', link])}.rp_filter`, chance(3))],
    () => [sysctl(`net.ipv4.conf.${link}.arp_ignore`, chance(3))],
    () => [sysctl(`net.ipv4.conf.all.accept_local`, 1)],
    () => [address(link)],
    () => [step('address delete', { link, address: one(addresses) })],
    () => [step('route add', { destination: 'default', via: bare() })],
    () => [
      step('link add', { kind: 'vrf', name: 'red', vrf: { table: 10 }, up: true }),
      step('link set', { link, master: 'red' }),
    ],
    () => [step('link set', { link, master: null })],
    () => [step('route add', { destination: 'default', via: bare(), table: 10 })],
    () => [step('nat add', { kind: 'masquerade', family: one([4, 6]), outputLink: link })],
    () => [step('nat add', { kind: one(['snat', 'dnat']), address: bare() })],
    () => [step('nat add', { kind: 'dnat', address: bare(), toLocal: true })],
    () => [step('nat add', { kind: 'redirect', hook: one(['prerouting', 'output']), family: one([4, 6]) })],
    () => [step('rule add', { from: bare(), table: 10 })],
  ]
  const flags = ['isolated', 'hairpin', 'learning', 'flood', 'broadcastFlood', 'multicastFlood', 'locked']
  const bridges = [
    () => [step('link set', { link, port: { [one(flags)]: chance(2) === 0 } })],
    () => [step('link set', { link, port: { [one(flags)]: chance(2) === 0 } })],
    () => [step('link set', { link, port: { state: one(['disabled', 'blocking', 'learning', 'forwarding']) } })],
    () => [step('link set', { link: 'br', bridge: { vlanFiltering: chance(2) === 0 } })],
    () => [step('bridgeVlan add', { link, vlan: 20, pvid: chance(2) === 0, untagged: chance(2) === 0 })],
    () => [step('bridgeVlan delete', { link, vlan: 1 })],
    () => [step('bridgeVlan delete', { link: 'br', vlan: 1, self: true })],
    () => [
      step('fdb add', { link, mac: `02:00:00:00:0${chance(3)}:0${1 + chance(2)}`, master: true, state: 'static' }),
    ],
    () => [step('macFilter set', { link, [one(['allow', 'deny'])]: [`02:00:00:00:0${chance(3)}:0${1 + chance(2)}`] })],
    () => [address('br')],
  ]
  const specific = isBridge ? bridges : hosts
  return chance(3) === 0 ? one(any)() : one(specific)()
}
