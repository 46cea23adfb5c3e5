/** Looks at what a lab is to be made of, and refuses what is wrong. @module */
import { type Prefix, parsePrefix, wrongArgument } from '@vnet/core'
import type { CableOptions, LabSpec } from './spec.js'

const operation = 'lab create'

/** What a node does. */
export type Role = 'host' | 'router' | 'nat' | 'switch'

/** Names that nodes may have: they become parts of file and namespace names. */
const nodeName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/

const cableOptions: readonly (keyof CableOptions)[] = ['addresses', 'mtu', 'impair']

/** Refuses properties that are not known. */
export function checkProperties(value: object, known: readonly string[], path: string): void {
  for (const property of Object.keys(value)) {
    if (known.includes(property)) continue
    const attribute = path === '' ? property : `${path}.${property}`
    throw wrongArgument(
      'VNET_TYPE',
      operation,
      attribute,
      'there is no such property',
      `there are: ${known.join(', ')}`,
    )
  }
}

/** Refuses a value that is none of those that an option has. */
export function checkChoice(value: unknown, choices: readonly unknown[], attribute: string): void {
  if (choices.includes(value)) return
  const problem = `${JSON.stringify(value)} is none of ${choices.join(', ')}`
  throw wrongArgument('VNET_RANGE', operation, attribute, problem, `give ${choices.join(' or ')}`)
}

/** The nodes by name, in the order of hosts, routers, NAT boxes, switches. */
export function rolesOf(spec: LabSpec): Map<string, Role> {
  const roles = new Map<string, Role>()
  const enter = (names: readonly string[], role: Role, path: string) => {
    names.forEach((name, place) => {
      const attribute = `${path}[${place}]`
      if (typeof name !== 'string' || !nodeName.test(name)) {
        const hint = 'give 1 to 32 letters, digits, dots, hyphens or underscores, a letter or digit first'
        throw wrongArgument('VNET_TYPE', operation, attribute, `${JSON.stringify(name)} is no name of a node`, hint)
      }
      if (roles.has(name)) {
        throw wrongArgument(
          'VNET_RANGE',
          operation,
          attribute,
          `there are two nodes ${name}`,
          'give each a name of its own',
        )
      }
      roles.set(name, role)
    })
  }
  enter(spec.hosts ?? [], 'host', 'hosts')
  enter(spec.routers ?? [], 'router', 'routers')
  enter(Object.keys(spec.nats ?? {}), 'nat', 'nats')
  const switches = spec.switches ?? []
  enter(Array.isArray(switches) ? switches : Object.keys(switches), 'switch', 'switches')
  return roles
}

/** Refuses cables that lead nowhere, and what is said of them wrongly. */
export function checkCables(spec: LabSpec, roles: ReadonlyMap<string, Role>): void {
  if (!Array.isArray(spec.links)) {
    throw wrongArgument('VNET_TYPE', operation, 'links', 'a list is needed', "give cables: [['a', 'b'], ['b', 'c']]")
  }
  spec.links.forEach((cable, place) => {
    const path = `links[${place}]`
    if (!Array.isArray(cable) || cable.length < 2 || cable.length > 3) {
      throw wrongArgument('VNET_TYPE', operation, path, 'two nodes are needed', "give ['a', 'b'] or ['a', 'b', { … }]")
    }
    const [one, other, options = {}] = cable
    for (const [at, name] of [one, other].entries()) {
      if (roles.has(name)) continue
      const hint = `name it in hosts, routers, nats or switches; there are: ${[...roles.keys()].join(', ')}`
      throw wrongArgument('VNET_RANGE', operation, `${path}[${at}]`, `there is no node ${JSON.stringify(name)}`, hint)
    }
    if (one === other) {
      throw wrongArgument('VNET_RANGE', operation, path, `a cable from ${one} to itself`, 'give two different nodes')
    }
    checkProperties(options, cableOptions, `${path}[2]`)
    for (const name of Object.keys(options.addresses ?? {})) {
      const attribute = `${path}[2].addresses.${name}`
      if (name !== one && name !== other) {
        const hint = `give addresses of ${one} or ${other}`
        throw wrongArgument('VNET_RANGE', operation, attribute, `${name} is no end of this cable`, hint)
      }
      if (roles.get(name) === 'switch') {
        const hint = 'leave it out: ports of a bridge have no addresses'
        throw wrongArgument('VNET_RANGE', operation, attribute, `${name} is a switch`, hint)
      }
    }
  })
}

/** The addresses that are given for an end of a cable; `undefined` where they are to be handed out. */
export function givenAddresses(options: CableOptions, node: string, place: number): readonly Prefix[] | undefined {
  const given = options.addresses?.[node]
  if (given === undefined) return undefined
  return [given].flat().map((text, at) => {
    const prefix = typeof text === 'string' && text.includes('/') ? parsePrefix(text) : undefined
    if (prefix !== undefined) return prefix
    const attribute = `links[${place}][2].addresses.${node}[${at}]`
    const problem = `${JSON.stringify(text)} is no address with the length of its network`
    throw wrongArgument('VNET_TYPE', operation, attribute, problem, 'write it as 10.1.0.1/24 or fd01::1/64')
  })
}
