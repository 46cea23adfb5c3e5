/** All or nothing: what a body did is taken back, in reverse, when it throws. @module */
import { cleanRequest } from '../check/request.js'
import type { CallOptions, Connection } from '../driver.js'
import { type NotUndone, VnetError } from '../error.js'
import { type NamespaceRef, namespaceText } from '../namespace.js'
import { type Request, type Result, subjectOf } from '../request.js'
import type { Namespace, Transaction } from './api.js'
import type { LooseRequest } from './loose-request.js'
import { type Call, type CallAll, networkObjects } from './objects.js'
import type { NamespaceAccess, NamespaceParts } from './parts.js'
import { prepareUndo, type UndoLater } from './undo.js'

interface Step {
  readonly operation: string
  readonly subject: string | undefined
  readonly connection: Connection
  readonly undo: readonly LooseRequest[] | UndoLater
  /** Takes back what is no request: closes a namespace that was opened. */
  readonly finish?: () => Promise<void>
}

/** Runs the body; see {@link Namespace.transaction}. */
export async function runTransaction<T>(
  parts: NamespaceParts,
  access: NamespaceAccess,
  body: (transaction: Transaction) => Promise<T>,
  options?: CallOptions,
): Promise<T> {
  options?.signal?.throwIfAborted()
  const journal: Step[] = []
  const state = { open: true }
  try {
    const value = await body(transactionOn(parts, { access, journal, state, options }))
    options?.signal?.throwIfAborted()
    state.open = false
    return value
  } catch (cause) {
    state.open = false
    const notUndone = await takeBack(journal)
    throw new VnetError({
      code: 'VNET_TRANSACTION',
      operation: 'transaction',
      subject: parts.ref === undefined ? undefined : namespaceText(parts.ref),
      detail: cause instanceof Error ? cause.message : String(cause),
      hint:
        notUndone.length === 0
          ? 'everything was taken back'
          : `${notUndone.length} of ${journal.length} changes could not be taken back; see notUndone`,
      notUndone,
      cause,
    })
  }
}

/** What all parts of one transaction share. */
interface Shared {
  readonly access: NamespaceAccess
  readonly journal: Step[]
  readonly state: { open: boolean }
  readonly options: CallOptions | undefined
}

function transactionOn(parts: NamespaceParts, shared: Shared): Transaction {
  const { access, journal, state, options } = shared
  const call: Call = async (operation, spec, callOptions) => {
    if (!state.open) {
      throw new VnetError({
        code: 'VNET_CLOSED',
        operation,
        hint: 'the transaction has ended; await each of its calls',
      })
    }
    options?.signal?.throwIfAborted()
    callOptions?.signal?.throwIfAborted()
    const request = cleanRequest({ operation, spec } as LooseRequest)
    return (await carryOut(parts, request, shared)) as never
  }
  // What a step loses must be read before it, so one after the other.
  const callAll: CallAll = async (requests) => {
    const results: Result<unknown>[] = []
    for (const { operation, spec } of requests) {
      try {
        results.push({ ok: true, value: await call(operation, spec) })
      } catch (error) {
        results.push({ ok: false, error: error as Error })
      }
    }
    return results
  }
  return {
    ...networkObjects(call, callAll),
    in: (namespace: Namespace) => transactionOn(access.partsOf(namespace), shared),
    addNamespace: async (name: string) => {
      await call('namespace add', { name })
      const namespace = await access.open(parts.driver, { name })
      journal.push({
        operation: 'namespace open',
        subject: name,
        connection: parts.connection,
        undo: [],
        finish: () => namespace.close(),
      })
      return namespace
    },
  }
}

async function carryOut(parts: NamespaceParts, request: Request, { access, journal }: Shared): Promise<unknown> {
  const undo = await prepareUndo(parts.connection, request)
  const elsewhere = undo === undefined ? undefined : await otherNamespace(parts, access, request)
  try {
    const [result] = await parts.connection.execute([request])
    if (result === undefined) throw new Error('no result')
    if (!result.ok) throw result.error
    if (undo !== undefined) {
      const step = { operation: request.operation, subject: subjectOf(request), connection: parts.connection }
      const back = undo(result.value)
      if (elsewhere === undefined || typeof back === 'function') journal.push({ ...step, undo: back })
      else
        journal.push({
          ...step,
          connection: elsewhere.connection,
          undo: elsewhere.undo(back),
          finish: elsewhere.close,
        })
    }
    return result.value
  } catch (error) {
    await elsewhere?.close()
    throw error
  }
}

/** A link that is made in, or moved to, another namespace can only be taken back from there. */
async function otherNamespace(parts: NamespaceParts, access: NamespaceAccess, request: Request) {
  if (request.operation !== 'link add' && request.operation !== 'link set') return undefined
  const target: NamespaceRef | undefined = request.spec.namespace
  if (target === undefined) return undefined
  const there = await access.open(parts.driver, target)
  const { connection } = access.partsOf(there)
  if (request.operation === 'link add') {
    const close = () => there.close()
    return { connection, undo: (undo: readonly LooseRequest[]) => undo, close }
  }
  const opened: { close(): Promise<void> }[] = [there]
  const close = async () => {
    for (const one of opened) await one.close()
  }
  try {
    const home = await parts.driver.openNamespace(parts.ref ?? 'current')
    opened.push(home)
    const name = request.spec.name ?? (await nameOf(parts.connection, request.spec.link))
    const back: LooseRequest = { operation: 'link set', spec: { link: name, namespace: home.ref } }
    return { connection, undo: () => [back], close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A name by which the link is found after it has moved, when its index may be another. */
async function nameOf(connection: Connection, link: string | number): Promise<string> {
  if (typeof link === 'string') return link
  const [result] = await connection.execute([{ operation: 'link get', spec: { link } }])
  if (!result.ok) throw result.error
  return result.value?.name ?? String(link)
}

async function takeBack(journal: readonly Step[]): Promise<NotUndone[]> {
  const notUndone: NotUndone[] = []
  for (const step of [...journal].reverse()) {
    const error = await undone(step)
    const { operation, subject } = step
    if (error !== undefined)
      notUndone.push(subject === undefined ? { operation, error } : { operation, subject, error })
    await step.finish?.().catch(() => {})
  }
  return notUndone
}

/** Takes a step back; the first failure ends it. */
async function undone({ undo, connection }: Step): Promise<Error | undefined> {
  try {
    for (const request of typeof undo === 'function' ? await undo(connection) : undo) {
      const error = await attempt(connection, request)
      if (error !== undefined) return error
    }
    return undefined
  } catch (error) {
    return error as Error
  }
}

async function attempt(connection: Connection, request: LooseRequest): Promise<Error | undefined> {
  try {
    const [result] = await connection.execute([cleanRequest(request)])
    if (result === undefined || result.ok || isGone(request, result.error)) return undefined
    return result.error
  } catch (error) {
    return error as Error
  }
}

/** Whether what was to be deleted went by itself, with the link or the address that it belonged to. */
function isGone(request: LooseRequest, error: Error): boolean {
  const { code } = error as { code?: string }
  return (
    request.operation.endsWith(' delete') &&
    code !== undefined &&
    ['ENOENT', 'ENODEV', 'ESRCH', 'EADDRNOTAVAIL'].includes(code)
  )
}
