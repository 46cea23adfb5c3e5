/** How changes of actions that were made by themselves are taken back. @module */
import { VnetError } from '../error.js'
import type { Action } from '../traffic/action.js'
import type { ActionKey, OwnActionSpec } from '../traffic-action.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** How the operations of `action` are prepared for. */
export const actionPreparations: Preparations = {
  'action add': async () => (made) => [away(made as Action)],
  'action set': async (connection, spec) => {
    const { kind, index } = spec
    const before = index === undefined ? undefined : await ask(connection, 'action get', { kind, index })
    if (before === undefined) return (made) => [away(made as Action)]
    const requests = changedBack(before, spec)
    return () => requests
  },
  'action delete': async (connection, key) => {
    const before = await ask(connection, 'action get', key)
    return () => (before === undefined ? [] : [again('add', before)])
  },
  'action flush': async (connection, { kind }) => {
    const before = await ask(connection, 'action list', { kind })
    const bound = before.findIndex(isBound)
    const gone = bound < 0 ? before : before.slice(0, bound)
    return () => gone.map((action) => again('add', action))
  },
}

/** What makes an action again: all but what counts by itself. */
export function actionAgain(action: Action): object {
  return Object.fromEntries(Object.entries(action).filter(([name]) => !told.has(name)))
}

/** What the kernel tells of an action besides what it was made with. */
const told: ReadonlySet<string> = new Set([
  ...['references', 'bindings', 'statistics', 'times', 'hardwareCount', 'usedHardwareStatistics'],
])

const isBound = ({ bindings = 0 }: Action): boolean => bindings > 0

const again = (verb: 'add' | 'set', action: Action): LooseRequest => ({
  operation: `action ${verb}`,
  spec: actionAgain(action) as OwnActionSpec,
})

const away = ({ kind, index }: ActionKey): LooseRequest => ({ operation: 'action delete', spec: { kind, index } })

/** What a change does not take away again: the kernel keeps these where none are given (`tcf_action_init_1`, `tcf_gact_init`). */
const lasting = ['cookie', 'random'] as const

function changedBack(before: Action, spec: OwnActionSpec): readonly LooseRequest[] {
  const added = lasting.find((name) => name in spec && !(name in before))
  if (added === undefined) return [again('set', before)]
  if (!isBound(before)) return [away(before), again('add', before)]
  throw new VnetError({
    code: 'EPERM',
    operation: 'action set',
    subject: before.kind,
    attribute: `spec.${added}`,
    hint: 'filters have the action, so it cannot be made again without this: set it before or after the transaction',
  })
}
