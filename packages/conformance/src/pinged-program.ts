/** Random programs as those about networks, with pings between their requests. @module */
import type { LooseRequest } from '@vnet/core'
import * as fc from 'fast-check'
import { programArbitrary } from './arbitrary.js'
import type { Chance } from './random/chance.js'
import type { Program, Step } from './random/program.js'
import { silence, withoutSnooping } from './random/quiet.js'

/** Requests besides those of the beginning and the pings. */
const length = 14

const near = ['10.0.0.1', '10.0.0.2'] as const
const targets4 = [...near, ...near, '10.0.1.1', '10.0.2.1', '10.0.3.1', '10.0.0.9', '10.8.1.1', '127.0.0.1'] as const
const targets6 = ['2001:db8::1', '2001:db8::2', '2001:db8:1::1', '2001:db8:8:1::5', '2001:db8::9'] as const

/** One program; `quiet`: hosts say nothing but what they are made to say. */
export function pingedProgram(chance: Chance, quiet = false): Program {
  const [drawn = []] = fc.sample(programArbitrary(length), { seed: chance(2 ** 31), numRuns: 1 })
  const steps = drawn.map(withOwnMacs).flatMap((step) => (chance(3) === 0 ? [step, ping(chance, quiet)] : [step]))
  const program = [...beginning, ping(chance, quiet), ...steps, ping(chance, quiet)]
  return quiet ? [...silence(['a', 'b']), ...program.map(withoutSnooping)] : program
}

/** A bridge in one namespace, and a host at its port in the other; both have addresses. */
const beginning: Program = [
  inside('a', 'link set', { link: 'lo', up: true }),
  inside('b', 'link set', { link: 'lo', up: true }),
  inside('a', 'link add', { kind: 'bridge', name: 'l0', up: true }),
  inside('a', 'link add', {
    ...{ kind: 'veth', name: 'l1', up: true, master: 'l0' },
    peer: { name: 'l2', up: true, namespace: 'b' },
  }),
  ...(['10.0.0.1/24', '2001:db8::1/64'] as const).map((address) =>
    inside('a', 'address add', { link: 'l0', address, ...(address.includes(':') ? { noDad: true } : {}) }),
  ),
  ...(['10.0.0.2/24', '2001:db8::2/64'] as const).map((address) =>
    inside('b', 'address add', { link: 'l2', address, ...(address.includes(':') ? { noDad: true } : {}) }),
  ),
].map(withOwnMacs)

function inside(side: 'a' | 'b', operation: LooseRequest['operation'], spec: object): Step {
  return { in: side, request: { operation, spec } as unknown as LooseRequest }
}

/**
 * The step with MACs that only links of this name in this namespace have: of two links with one MAC a bridge believes whichever was
 * heard last, which hosts leave to chance.
 */
function withOwnMacs(step: Step): Step {
  const { operation, spec } = step.request
  if (operation !== 'link add' && operation !== 'link set') return step
  const { peer, ...own } = spec as Named & { readonly peer?: Named }
  const changed = withOwnMac(own, step.in, operation === 'link add')
  const there = peer === undefined ? {} : { peer: withOwnMac(peer, step.in, true) }
  return { ...step, request: { operation, spec: { ...changed, ...there } } as unknown as LooseRequest }
}

interface Named {
  readonly name?: string
  readonly link?: unknown
  readonly kind?: string
  readonly mac?: string
  readonly namespace?: unknown
}

function withOwnMac(spec: Named, side: string, isNew: boolean): object {
  if (spec.kind === 'tun' || (!isNew && spec.mac === undefined)) return spec
  const place = String(isNew ? (spec.namespace ?? side) : side)
  const name = String(isNew ? spec.name : spec.link)
  return { ...spec, mac: `02:00:00:00:0${place}:0${/\d$/.exec(name)?.[0] ?? 9}` }
}

function ping(chance: Chance, quiet: boolean): Step {
  const size = [56, 56, 1400, 3000][chance(4)]
  const ttl = chance(6) === 0 ? { ttl: 1 } : {}
  const targets = [...targets4, ...(quiet ? [] : targets6)]
  return inside(chance(3) === 0 ? 'b' : 'a', 'ping', {
    address: targets[chance(targets.length)] as string,
    size,
    timeout: 0.25,
    ...ttl,
  })
}
