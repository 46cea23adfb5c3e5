/** Traffic control taken back: what is read before a change, and what makes it again. @module */
import type { Connection } from '../driver.js'
import type { FieldTable } from '../field.js'
import type { CleanQdiscKey, Qdisc, QdiscSpec } from '../qdisc.js'
import { qdiscFields } from '../qdisc.js'
import type { Request, Requests } from '../request.js'
import { formatParent } from '../traffic/handle.js'
import type { LooseRequest } from './api.js'

type Loose = Record<string, unknown>

/** The requests that take `qdisc add` back. */
export function undoQdiscAdd(spec: CleanQdiscKey): LooseRequest[] {
  return [{ operation: 'qdisc delete', spec: { link: spec.link, parent: formatParent(spec.parent) } }]
}

/** The requests that take `qdisc set` or `qdisc change` back. */
export async function undoQdiscSet(connection: Connection, spec: CleanQdiscKey): Promise<LooseRequest[]> {
  const all = await qdiscsOf(connection, spec)
  const before = chosenAt(all, spec.parent)
  if (before === undefined) return undoQdiscAdd(spec)
  return [{ operation: 'qdisc set', spec: qdiscSpec(before) }, ...insideOf(all, before)]
}

/** The requests that take `qdisc delete` back: the discipline, and those that vanish with it. */
export async function undoQdiscDelete(connection: Connection, spec: CleanQdiscKey): Promise<LooseRequest[]> {
  const all = await qdiscsOf(connection, spec)
  const before = chosenAt(all, spec.parent)
  if (before === undefined) return []
  return [{ operation: 'qdisc add', spec: qdiscSpec(before) }, ...insideOf(all, before)]
}

/** The specification that makes a discipline again. */
export function qdiscSpec(qdisc: Qdisc): QdiscSpec {
  const fields: FieldTable | undefined = (qdiscFields as { readonly [kind: string]: FieldTable })[qdisc.kind]
  const options = fields === undefined ? ['data'] : settable(fields)
  return present(qdisc as unknown as Loose, [
    ...['link', 'kind', 'handle', 'parent', 'ingressBlock', 'egressBlock'],
    ...options,
  ]) as unknown as QdiscSpec
}

function settable(fields: FieldTable): string[] {
  return Object.keys(fields).filter((name) => fields[name]?.readOnly !== true)
}

function present(from: Loose, names: readonly string[]): Loose {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))
}

async function qdiscsOf(connection: Connection, spec: CleanQdiscKey): Promise<readonly Qdisc[]> {
  return (await ask(connection, 'qdisc list', { link: spec.link })).filter((qdisc) => qdisc.handle !== '0:')
}

function chosenAt(all: readonly Qdisc[], parent: number): Qdisc | undefined {
  return all.find((qdisc) => qdisc.parent === formatParent(parent))
}

/** Those inside a discipline, outer ones first. */
function insideOf(all: readonly Qdisc[], outer: Qdisc): LooseRequest[] {
  return all
    .filter((qdisc) => qdisc !== outer && qdisc.parent.startsWith(outer.handle))
    .flatMap((qdisc) => [{ operation: 'qdisc set', spec: qdiscSpec(qdisc) } as const, ...insideOf(all, qdisc)])
}

async function ask<O extends 'qdisc list'>(
  connection: Connection,
  operation: O,
  spec: Requests[O]['spec'],
): Promise<Requests[O]['result']> {
  const [result] = await connection.execute([{ operation, spec } as Request])
  if (result === undefined) throw new Error('no result')
  if (!result.ok) throw result.error
  return result.value as Requests[O]['result']
}
