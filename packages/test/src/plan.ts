/** From what a test writes to what is made: which links, addresses and routes each node has. Nothing is made here. @module */
import type { BridgeOptions, IpFamily, Prefix } from '@vnet/core'
import { checkCables, checkChoice, checkProperties, givenAddresses, type Role, rolesOf } from './check.js'
import { handOut } from './hand-out.js'
import { natsOf, outsideCable } from './nat/check-nat.js'
import { type PlannedNat, planNat } from './nat/plan-nat.js'
import type { CableOptions, Impairment, LabOptions, LabSpec } from './spec.js'
import { type PlannedRoute, routesOf } from './way.js'

/** An end of a cable. */
export interface PlannedEnd {
  readonly node: string
  /** The link's name: `eth0`, `eth1`, … */
  readonly link: string
  /** Of a NAT box: which of its two sides it is. */
  readonly side: 'inside' | 'outside' | undefined
  /** What was given; `undefined` where addresses are handed out. Nothing at a switch. */
  readonly given: readonly Prefix[] | undefined
  /** Its addresses with the lengths of their networks. */
  addresses: readonly Prefix[]
}

/** A cable. */
export interface PlannedCable {
  readonly ends: readonly [PlannedEnd, PlannedEnd]
  readonly mtu: number | undefined
  readonly impair: Impairment | undefined
}

/** A node. */
export interface PlannedNode {
  readonly name: string
  readonly role: Role
  /** Of a switch. */
  readonly bridge: BridgeOptions
  /** Of a NAT box. */
  readonly nat: PlannedNat | undefined
  /** Its ends of cables, in order. */
  readonly ends: readonly PlannedEnd[]
  readonly routes: readonly PlannedRoute[]
}

/** All of a lab. */
export interface Plan {
  readonly nodes: readonly PlannedNode[]
  readonly cables: readonly PlannedCable[]
}

/** Each option of a lab; a property that is not here is refused. */
const known: Readonly<Record<keyof LabOptions, true>> = {
  hosts: true,
  routers: true,
  nats: true,
  switches: true,
  links: true,
  families: true,
  routes: true,
  driver: true,
  seed: true,
  clock: true,
  mock: true,
  named: true,
  name: true,
  artifacts: true,
  record: true,
}

/** Plans a lab, or refuses (`VNET_TYPE`, `VNET_RANGE`). */
export function planOf(spec: LabSpec): Plan {
  checkProperties(spec, Object.keys(known), '')
  for (const [at, family] of (spec.families ?? []).entries()) checkChoice(family, [4, 6], `families[${at}]`)
  const roles = rolesOf(spec)
  checkCables(spec, roles)
  const nats = natsOf(spec)
  const outsides = new Map([...nats].map(([name, options]) => [name, outsideCable(spec.links, name, options)]))
  const counts = new Map<string, number>()
  const end = (node: string, options: CableOptions, place: number): PlannedEnd => {
    const number = counts.get(node) ?? 0
    counts.set(node, number + 1)
    const given = roles.get(node) === 'switch' ? [] : givenAddresses(options, node, place)
    const outside = outsides.get(node)
    const side = outside === undefined ? undefined : outside === place ? 'outside' : 'inside'
    return { node, link: `eth${number}`, side, given, addresses: given ?? [] }
  }
  const cables = spec.links.map(([one, other, options = {}], place): PlannedCable => {
    const ends = [end(one, options, place), end(other, options, place)] as const
    return { ends, mtu: options.mtu, impair: options.impair }
  })
  const families: readonly IpFamily[] = spec.families ?? (nats.size > 0 ? [4] : [4, 6])
  const segments = handOut(cables, roles, families)
  const options = Array.isArray(spec.switches) ? {} : ((spec.switches ?? {}) as Readonly<Record<string, BridgeOptions>>)
  const nodes = [...roles].map(([name, role]): PlannedNode => {
    const ends = cables.flatMap((cable) => cable.ends.filter(({ node }) => node === name))
    const nat = nats.get(name)
    return {
      name,
      role,
      bridge: options[name] ?? {},
      nat: nat === undefined ? undefined : planNat(name, nat, ends),
      ends,
      routes: role === 'switch' || spec.routes === false ? [] : routesOf(name, roles, segments),
    }
  })
  return { nodes, cables }
}
