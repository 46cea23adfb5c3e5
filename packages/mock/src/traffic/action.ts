/** Actions of filters, as they are made and told (`net/sched/act_*.c`: `tcf_*_init`, `tcf_*_dump`). @module */
import type { Action, ActionBase, ActionSpec, ActionTimes, CleanFilterSpec } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { linkOf } from '../object/lookup.js'
import { refuse } from '../refusal.js'
import type { ActionEntry, FilterEntry } from './entry.js'
import { newEstimate } from './estimate.js'
import { ticked, wholeRate } from './option.js'
import { newTally, statisticsOf } from './tally.js'

/** The largest packet of a `police` with a rate and without an MTU: 255 cells of 8 octets. */
const LARGEST = 2040

/** The actions of a filter, each measured where the filter asks for it. */
export function actionsOf(kernel: Kernel, namespace: Namespace, spec: CleanFilterSpec): readonly ActionEntry[] {
  return (spec.actions ?? []).map((action) => {
    const tally = newTally()
    if (spec.estimator !== undefined) tally.estimate = newEstimate(spec.estimator, tally, kernel.now())
    return { action: actionOf(kernel, namespace, action), tally }
  })
}

function actionOf(kernel: Kernel, namespace: Namespace, spec: ActionSpec): Action {
  if (!kernel.has(`action ${spec.kind}`)) refuse('ENOENT', 'Failed to load TC action module')
  const base = { index: ++kernel.lastAction, references: 1, bindings: 1, ...baseOf(spec) }
  if (spec.kind === 'mirred') {
    const { mode = 'redirect', direction = 'egress', control = mode === 'redirect' ? 'stolen' : 'pipe' } = spec
    const link = linkOf(namespace, spec.link, 'spec.actions').index
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
function baseOf({ cookie, hardwareStatistics, sharedCounters }: ActionBase): ActionBase {
  return {
    ...(cookie === undefined ? {} : { cookie }),
    ...(hardwareStatistics === undefined ? {} : { hardwareStatistics }),
    ...(sharedCounters ? { sharedCounters } : {}),
  }
}

/** An action as it is told. */
export function describeAction(kernel: Kernel, { installed }: FilterEntry, entry: ActionEntry): Action {
  const { action, tally, firstUsed, lastUsed } = entry
  const now = kernel.now()
  const ago = (time: number) => Math.floor((now - time) * 100) / 100
  const first = firstUsed === undefined ? 0 : ago(firstUsed)
  const times: ActionTimes = {
    installed: ago(installed),
    lastUsed: ago(lastUsed ?? installed),
    // The kernel tells no time as none.
    ...(first === 0 ? {} : { firstUsed: first }),
  }
  return { ...action, statistics: statisticsOf(tally, undefined, now), times }
}
