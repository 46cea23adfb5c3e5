/** Actions of filters, as they are made and told (`net/sched/act_*.c`: `tcf_*_init`, `tcf_*_dump`). @module */
import {
  type Action,
  type ActionBase,
  type ActionSpec,
  type ActionTimes,
  type Capability,
  type CleanFilterSpec,
  type Estimator,
  type FilterOffload,
  isActionReference,
  type NewAction,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import { ActionEntry, releaseActions } from './action-entry.js'
import { newEstimate } from './estimate.js'
import { ticked, wholeRate } from './option.js'
import { statisticsOf } from './tally.js'

/** The largest packet of a `police` with a rate and without an MTU: 255 cells of 8 octets. */
const LARGEST = 2040

/** The actions of a filter, each measured where the filter asks for it; those that are there already are shared. */
export function actionsOf(kernel: Kernel, namespace: Namespace, spec: CleanFilterSpec): readonly ActionEntry[] {
  const { actions = [], estimator } = spec
  for (const action of actions) refuseMissing(kernel, action)
  const bound: ActionEntry[] = []
  try {
    for (const action of actions) bound.push(bindAction(kernel, namespace, action, estimator, spec))
  } catch (error) {
    releaseActions([{ actions: bound }])
    throw error
  }
  return bound
}

/** Refuses a kind of action that the kernel was told to lack, or never has. */
export function refuseMissing(
  kernel: Kernel,
  { kind, block }: { readonly kind: string; readonly block?: unknown },
): void {
  if (!kernel.has(`action ${kind}` as Capability)) refuse('ENOENT', 'Failed to load TC action module')
  if (block !== undefined && !kernel.has('mirred block')) refuse('EINVAL', 'Specified device does not exist')
}

function bindAction(
  kernel: Kernel,
  namespace: Namespace,
  spec: ActionSpec,
  estimator: Estimator | undefined,
  { skipHardware = false, skipSoftware = false }: FilterOffload,
): ActionEntry {
  const { actions } = namespace
  const made = isActionReference(spec) ? undefined : actionOf(namespace, spec, 'spec.actions')
  const there = spec.index === undefined ? undefined : actions.get(spec.kind, spec.index)
  if (there !== undefined) {
    const { skipHardware: alone = false, skipSoftware: offloaded = false } = there.action as FilterOffload
    if (!there.isOfFilter && (alone !== skipHardware || offloaded !== skipSoftware))
      refuse('EINVAL', 'Mismatch between action and filter offload flags')
    there.action = keptBy(there.action, isActionReference(spec) ? {} : spec)
    return there.bind()
  }
  if (made === undefined)
    refuse('EINVAL', spec.kind === 'mirred' ? 'act_mirred: Unknown mirred option' : 'invalid control action')
  const index = spec.index ?? actions.freeIndex(spec.kind)
  const entry = new ActionEntry(actions, { ...made, index } as Action, kernel.now(), true)
  if (estimator !== undefined) entry.tally.estimate = newEstimate(estimator, entry.tally, kernel.now())
  actions.add(entry)
  return entry.bind()
}

/** An action that is there, with what whoever names it may still say of it (`tcf_action_init_1`). */
export function keptBy(action: Action, { cookie, hardwareStatistics }: ActionBase): Action {
  const { hardwareStatistics: _, ...rest } = action
  return {
    ...rest,
    ...(cookie === undefined ? {} : { cookie }),
    ...(hardwareStatistics === undefined ? {} : { hardwareStatistics }),
  } as Action
}

/** What an action is told as; its number is not chosen yet. */
export function actionOf(namespace: Namespace, spec: NewAction, path: string): Action {
  const base = { index: 0, ...baseOf(spec) }
  if (spec.kind === 'mirred') {
    const { mode = 'redirect', direction = 'egress', control = mode === 'redirect' ? 'stolen' : 'pipe' } = spec
    if (spec.block !== undefined) return { ...base, kind: 'mirred', mode, direction, block: spec.block, control }
    const link = linkOf(namespace, spec.link, path).index
    return { ...base, kind: 'mirred', mode, direction, link, control }
  }
  if (spec.kind === 'gact') return { ...base, kind: 'gact', control: spec.control, ...random(spec) }
  const { exceed = 'reclassify', conform, rate, burst = 0, packetRate, packetBurst = 0, averageRate, mtu } = spec
  const { leastPacket, overhead, linkLayer = 'ethernet', peakRate } = spec
  const line = { ...(leastPacket ? { leastPacket } : {}), ...(overhead ? { overhead } : {}), linkLayer }
  return {
    ...base,
    kind: 'police',
    ...(rate === undefined ? {} : { ...line, rate: wholeRate(rate), burst: ticked(burst, rate, upward) }),
    ...(peakRate === undefined ? {} : { peakRate: wholeRate(peakRate) }),
    ...(packetRate === undefined ? {} : { packetRate, packetBurst: ticked(packetBurst, packetRate * 8, upward) }),
    ...(averageRate === undefined ? {} : { averageRate: wholeRate(averageRate) }),
    mtu: mtu ?? (rate === undefined ? 0xffffffff : LARGEST),
    exceed,
    // To let a packet go on is what happens anyway, and is not told.
    ...(conform === undefined || conform === 'ok' ? {} : { conform }),
  }
}

const upward = (ticks: number): number => Math.ceil(ticks - 0.01)

const random = ({ random: chosen }: Extract<ActionSpec, { readonly kind: 'gact' }>) =>
  chosen === undefined ? {} : { random: chosen }

/** What actions of every kind have; what is off is not told. */
function baseOf(spec: ActionBase & FilterOffload): ActionBase & FilterOffload {
  const { cookie, hardwareStatistics, sharedCounters, skipHardware, skipSoftware } = spec
  return {
    ...(cookie === undefined ? {} : { cookie }),
    ...(hardwareStatistics === undefined ? {} : { hardwareStatistics }),
    ...(sharedCounters ? { sharedCounters } : {}),
    ...(skipHardware ? { skipHardware } : {}),
    ...(skipSoftware ? { skipSoftware } : {}),
  }
}

/** An action as it is told. */
export function describeAction(kernel: Kernel, entry: ActionEntry): Action {
  const { action, tally, installed, firstUsed, lastUsed, references, bindings } = entry
  const now = kernel.now()
  const ago = (time: number) => Math.floor((now - time) * 100) / 100
  const first = firstUsed === undefined ? 0 : ago(firstUsed)
  const times: ActionTimes = {
    installed: ago(installed),
    lastUsed: ago(lastUsed ?? installed),
    // The kernel tells no time as none.
    ...(first === 0 ? {} : { firstUsed: first }),
  }
  const statistics = statisticsOf(tally, undefined, now)
  // There is no hardware.
  return { ...action, references, bindings, hardwareCount: 0, statistics, times }
}
