/** `action add`, `set`, `delete`, `get`, `list`, `flush` (`net/sched/act_api.c`: `tc_ctl_action`, `tca_action_gd`, `tc_dump_action`). @module */
import {
  type Action,
  type ActionFilter,
  type ActionFlush,
  type ActionKey,
  actionKinds,
  type Capability,
  type DriverEvent,
  type OwnActionSpec,
  type PoliceAction,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { actionOf, describeAction, keptBy, refuseMissing } from './action.js'
import { ActionEntry } from './action-entry.js'

/** Makes an action that no filter has yet, or changes one for all that have it. */
export function setAction(kernel: Kernel, namespace: Namespace, spec: OwnActionSpec, mode: 'add' | 'set'): Action {
  const { kind, index } = spec
  refuseUnlessRoot(kernel)
  refuseMissing(kernel, spec)
  const made = actionOf(namespace, spec, 'spec.link')
  const there = index === undefined ? undefined : namespace.actions.get(kind, index)
  if (there !== undefined && mode === 'add') refuse('EEXIST')
  refuseAlone(spec, there)
  const entry = there ?? newEntry(kernel, namespace, made, index)
  if (there !== undefined) {
    there.action = changed(there.action, made)
    there.changed = kernel.now()
    there.police = undefined
  }
  // The kernel holds one that was there while it tells of it.
  const object = there === undefined ? describeAction(kernel, entry) : heldOnceMore(describeAction(kernel, entry))
  tell(namespace, 'action set', object)
  return object
}

/** In user namespaces nobody may change actions by themselves. */
function refuseUnlessRoot(kernel: Kernel): void {
  if (!kernel.has('shared actions')) refuse('EPERM')
}

/** What an action by itself cannot have: a filter's chains and estimator, and hardware. */
function refuseAlone(spec: OwnActionSpec, there: ActionEntry | undefined): void {
  const control = spec.kind === 'police' ? spec.exceed : spec.control
  if (control?.startsWith('goto')) refuse('EINVAL', "can't goto NULL proto/chain")
  if ((spec as PoliceAction).averageRate !== undefined && there?.tally.estimate === undefined) refuse('EINVAL')
  if (spec.skipSoftware) refuse('EINVAL', 'Failed to setup tc actions for offload')
}

function newEntry(
  kernel: Kernel,
  { actions }: Namespace,
  made: Action,
  index = actions.freeIndex(made.kind),
): ActionEntry {
  const entry = new ActionEntry(actions, { ...made, index } as Action, kernel.now(), false)
  entry.references = 1
  actions.add(entry)
  return entry
}

/** A changed action: some of what it was given before stays where nothing else is given. */
function changed(before: Action, made: Action): Action {
  const { cookie, random, index, sharedCounters } = before as Action & { readonly random?: unknown }
  const lasting = { cookie, random, sharedCounters }
  const kept = Object.fromEntries(Object.entries(lasting).filter(([, value]) => value !== undefined))
  return keptBy({ ...kept, ...made, index } as Action, made)
}

const heldOnceMore = (action: Action): Action => ({ ...action, references: (action.references ?? 0) + 1 })

/** Deletes an action that no filter has. */
export function deleteAction(kernel: Kernel, namespace: Namespace, key: ActionKey): undefined {
  refuseUnlessRoot(kernel)
  const entry = known(kernel, namespace, key)
  if (entry === undefined) refuse('ENOENT', 'TC action with specified index not found')
  if (entry.bindings > 0) refuse('EPERM', 'Failed to delete TC action')
  const object = { ...describeAction(kernel, entry), references: 0 }
  entry.release()
  tell(namespace, 'action delete', object)
}

/** One action. */
export function getAction(kernel: Kernel, namespace: Namespace, key: ActionKey): Action | undefined {
  const entry = known(kernel, namespace, key)
  return entry === undefined ? undefined : describeAction(kernel, entry)
}

/** Whether there are actions of a kind. */
const isThere = (kernel: Kernel, kind: string): boolean =>
  actionKinds.some((known) => known === kind) && kernel.has(`action ${kind}` as Capability)

function known(kernel: Kernel, namespace: Namespace, { kind, index }: ActionKey): ActionEntry | undefined {
  if (!isThere(kernel, kind)) refuse('EINVAL', 'Specified TC action kind not found')
  return namespace.actions.get(kind, index)
}

/** The actions of a kind, those of filters among them. */
export function listActions(kernel: Kernel, { actions }: Namespace, { kind, usedWithin }: ActionFilter): Action[] {
  const since = usedWithin === undefined ? Number.NEGATIVE_INFINITY : kernel.now() - usedWithin / 1000
  return actions
    .of(kind)
    .filter(({ lastUsed, installed }) => (lastUsed ?? installed) >= since)
    .map((entry) => describeAction(kernel, entry))
}

/** Deletes the actions of a kind, up to the first that a filter has. */
export function flushActions(kernel: Kernel, namespace: Namespace, { kind }: ActionFlush): undefined {
  refuseUnlessRoot(kernel)
  if (!isThere(kernel, kind)) refuse('EINVAL', 'Cannot flush unknown TC action')
  const all = namespace.actions.of(kind)
  const bound = all.findIndex(({ bindings }) => bindings > 0)
  if (bound === 0) refuse('EPERM')
  const gone = bound < 0 ? all : all.slice(0, bound)
  for (const entry of gone) entry.release()
  if (gone.length === 0) return
  const flushed = { kind, count: gone.length }
  namespace.tell('action', () => ({ kind: 'action flush', group: 'action', flushed }))
}

function tell(namespace: Namespace, kind: 'action set' | 'action delete', object: Action): void {
  namespace.tell('action', () => ({ kind, group: 'action', object }) as DriverEvent)
}
