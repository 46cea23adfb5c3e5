/** A program: requests in one of two namespaces, as data that can be run, shortened and printed as code. @module */
import type { LooseRequest, NamespaceRef, Operation } from '@vnet/core'

/** The words for the namespaces of a program, of which most have two. */
export const sides = ['a', 'b', 'c', 'd', 'e', 'f'] as const

/** A namespace of a program. In its requests the word as `namespace` stands for it. */
export type Side = (typeof sides)[number]

/** One request of a program. */
export interface Step {
  /** Where it is carried out. */
  readonly in: Side
  /** What is done. */
  readonly request: LooseRequest
}

/** Requests that are carried out in order. */
export type Program = readonly Step[]

/** The request with the words for namespaces replaced by references. */
export function place(request: LooseRequest, refs: Readonly<Partial<Record<Side, NamespaceRef>>>): LooseRequest {
  return { operation: request.operation, spec: placeSpec(request.spec, refs) } as LooseRequest
}

function placeSpec(spec: object, refs: Readonly<Partial<Record<Side, NamespaceRef>>>): object {
  const out: Record<string, unknown> = { ...spec }
  if (isSide(out.namespace)) out.namespace = refs[out.namespace]
  if (typeof out.peer === 'object' && out.peer !== null) out.peer = placeSpec(out.peer, refs)
  return out
}

function isSide(value: unknown): value is Side {
  return (sides as readonly unknown[]).includes(value)
}

/** The program as TypeScript that can be run as it is. */
export function codeOf(program: Program): string {
  const lines = ["import { openHost } from '@vnet/core'", '', 'await using host = await openHost()']
  const text = JSON.stringify(program)
  for (const side of sides) {
    if (side === 'a' || program.some((step) => step.in === side) || text.includes(`"namespace":"${side}"`))
      lines.push(`await using ${side} = await host.namespace.add()`)
  }
  lines.push('const log = (what: unknown) => console.log(what)')
  for (const step of program) {
    lines.push(`await ${step.in}.${callOf(step.request.operation, step.request.spec)}.then(log, log)`)
  }
  return `${lines.join('\n')}\n`
}

function callOf(operation: Operation, spec: object): string {
  const [object, verb] = operation.split(' ') as [string, string | undefined]
  if (verb === undefined) return `${object}(${literal(spec)})`
  const { link, statistics, ...rest } = spec as { link?: unknown; statistics?: unknown }
  if (operation === 'link set') return `link.set(${literal(link)}, ${literal(rest)})`
  if (operation === 'link delete') return `link.delete(${literal(link)})`
  if (operation === 'link get') return `link.get(${literal(link)})`
  return `${object}.${verb}(${literal(spec)})`
}

/** A value as source text; the words for namespaces become the variables of that name. */
function literal(value: unknown, property = ''): string {
  if (property === 'namespace' && isSide(value)) return `${value}.ref`
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map((part) => literal(part)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).filter(([, part]) => part !== undefined)
    return parts.length === 0
      ? '{}'
      : `{ ${parts.map(([name, part]) => `${name}: ${literal(part, name)}`).join(', ')} }`
  }
  return value === Number.POSITIVE_INFINITY ? 'Infinity' : String(value)
}
