/** Networks in which nobody speaks by himself, so that what bridges learn comes from pings alone. @module */
import type { LooseRequest } from '@vnet/core'
import type { Program, Side, Step } from './program.js'

const off = { name: 'net.ipv6.conf.all.disable_ipv6', value: '1' } as const

/**
 * Hosts of IPv6 speak after random delays: of groups, of routers, of whether an address is free. Those without it do not, for no
 * group of IPv4 that they listen to is told.
 */
export function silence(places: readonly Side[]): Program {
  return places.map((side): Step => ({ in: side, request: { operation: 'sysctl set', spec: off } as LooseRequest }))
}

/** Whether nobody speaks by himself in any of these places. */
export function isQuiet(program: Program, places: readonly Side[]): boolean {
  const isOff = ({ request: { operation, spec } }: Step) =>
    operation === 'sysctl set' && JSON.stringify(spec) === JSON.stringify(off)
  return places.every((side) => program.some((step) => step.in === side && isOff(step)))
}

/** A bridge that snoops tells others that it does (RFC 4286), in its own time. */
export function withoutSnooping(step: Step): Step {
  const { operation, spec } = step.request
  const { kind, bridge } = spec as { readonly kind?: string; readonly bridge?: object }
  const isNew = operation === 'link add' && kind === 'bridge'
  if (!isNew && (operation !== 'link set' || bridge === undefined)) return step
  const silent = { ...spec, bridge: { ...bridge, multicastSnooping: false } }
  return { ...step, request: { operation, spec: silent } as LooseRequest }
}
