/** Looks at the options of NAT boxes, and refuses what is wrong. @module */
import { wrongArgument } from '@vnet/core'
import { checkChoice, checkProperties } from '../check.js'
import type { CableSpec, LabSpec } from '../spec.js'
import { type NatDependence, type NatLifetimes, type NatOptions, natTypes } from './type.js'

const operation = 'lab create'

/** Each option of a NAT box; a property that is not here is refused. */
const known: Readonly<Record<keyof NatOptions, true>> = {
  type: true,
  mapping: true,
  filtering: true,
  hairpin: true,
  keepPort: true,
  ports: true,
  inboundRefresh: true,
  lifetimes: true,
  seed: true,
  outside: true,
}
const lifetimes: Readonly<Record<keyof NatLifetimes, true>> = { udp: true, icmp: true, tcp: true, tcpTransitory: true }
const dependences: readonly NatDependence[] = [
  'endpoint-independent',
  'address-dependent',
  'address-and-port-dependent',
]

/** The options of each NAT box by its name; a type alone counts as options. */
export function natsOf(spec: LabSpec): ReadonlyMap<string, NatOptions> {
  return new Map(
    Object.entries(spec.nats ?? {}).map(([name, given]) => {
      const path = `nats.${name}`
      if (typeof given === 'string') checkChoice(given, Object.keys(natTypes), path)
      const options = typeof given === 'string' ? { type: given } : given
      checkOptions(options, path)
      return [name, options]
    }),
  )
}

function checkOptions(options: NatOptions, path: string): void {
  checkProperties(options, Object.keys(known), path)
  const choices = {
    type: Object.keys(natTypes),
    mapping: dependences,
    filtering: dependences,
    hairpin: [true, false],
    keepPort: [true, false],
    inboundRefresh: [true, false],
  }
  for (const [name, allowed] of Object.entries(choices)) {
    const value = options[name as keyof typeof choices]
    if (value !== undefined) checkChoice(value, allowed, `${path}.${name}`)
  }
  if (options.seed !== undefined && !Number.isSafeInteger(options.seed)) {
    refuse(`${path}.seed`, `${options.seed} is no whole number`, 'give a whole number')
  }
  checkPorts(options.ports, `${path}.ports`)
  checkProperties(options.lifetimes ?? {}, Object.keys(lifetimes), `${path}.lifetimes`)
  for (const [name, seconds] of Object.entries(options.lifetimes ?? {})) {
    if (typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds)) continue
    refuse(`${path}.lifetimes.${name}`, `${seconds} is no lifetime`, 'give seconds, more than 0')
  }
}

function checkPorts(ports: NatOptions['ports'], path: string): void {
  if (ports === undefined) return
  const [first, last] = ports
  const isPort = (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535
  if (ports.length === 2 && isPort(first) && isPort(last) && first <= last) return
  refuse(path, `${JSON.stringify(ports)} are no first and last port`, 'give two of 1 to 65535, the lower one first')
}

/** The place of the outside cable of a NAT box among all cables. */
export function outsideCable(links: readonly CableSpec[], name: string, { outside }: NatOptions): number {
  const own = [...links.entries()].filter(([, [one, other]]) => one === name || other === name)
  if (own.length < 2) {
    const hint = `give ${name} a cable to the inside and one to the outside`
    refuse(`nats.${name}`, `a NAT box with ${own.length === 0 ? 'no cable' : 'one cable'}`, hint)
  }
  const fitting = own.filter(([, [one, other]]) => outside === undefined || one === outside || other === outside)
  const last = fitting.at(-1)
  if (last !== undefined) return last[0]
  const others = own.map(([, [one, other]]) => (one === name ? other : one))
  return refuse(`nats.${name}.outside`, `${name} has no cable to ${outside}`, `give ${others.join(' or ')}`)
}

function refuse(attribute: string, problem: string, hint: string): never {
  throw wrongArgument('VNET_RANGE', operation, attribute, problem, hint)
}
