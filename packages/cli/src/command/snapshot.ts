/** `vnet snapshot`: keeps, restores and compares states of the mock. @module */
import { VnetError } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { printJson } from '../output.js'
import { defaultStateFile, loadMock, readState, withState, writeState } from '../state-file.js'
import { UsageError } from '../usage.js'

/** Declares `snapshot` and its verbs. */
export function defineSnapshot(snapshot: Command, context: Context): void {
  withExample(snapshot, 'vnet --driver mock snapshot save before.json')
  const save = define(
    snapshot,
    'save',
    'write the state of the mock to a file; `--state FILE` goes on from it',
    'vnet --driver mock snapshot save before.json',
  )
  takes(save, '<file>', 'where it goes', 'file')
  save.action(async (file: string) => {
    await writeState(file, await ownState(context))
  })

  const load = define(
    snapshot,
    'load',
    'make a saved state that of the mock',
    'vnet --driver mock snapshot load before.json',
  )
  takes(load, '<file>', 'a saved state', 'file')
  load.action(async (file: string) => {
    const state = await savedState(file)
    await withState(ownFile(context), async (_before, keep) => keep(state))
  })

  const diff = define(
    snapshot,
    'diff',
    'what differs between a saved state and that of the mock, or a second one',
    'vnet --driver mock snapshot diff before.json',
  )
  takes(diff, '<before>', 'a saved state', 'file')
  takes(diff, '[after]', 'another one; that of the mock when left out', 'file')
  diff.action(async (before: string, after: string | undefined) => {
    const { diffStates } = await import('@vnet/mock')
    const later = after === undefined ? ownState(context) : savedState(after)
    const found = await diffStates(await savedState(before), await later)
    if (context.settings.json) printJson(context, found)
    else context.terminal.out(found.map(({ text }) => `${text}\n`).join(''))
  })
}

/** The file in which the mock keeps its state between calls. */
function ownFile({ settings, terminal }: Context): string {
  if ((settings.driver ?? terminal.env.VNET_DRIVER) !== 'mock') {
    throw new UsageError('only the mock has a state that can be kept', 'write --driver mock, or set VNET_DRIVER=mock')
  }
  return settings.state ?? defaultStateFile(terminal.env)
}

async function ownState(context: Context) {
  const file = ownFile(context)
  return checkedState(file, await readState(file))
}

async function savedState(file: string) {
  const state = await readState(file)
  if (state !== undefined) return checkedState(file, state)
  throw new VnetError({
    code: 'ENOENT',
    operation: 'state read',
    subject: file,
    errno: 2,
    hint: 'write a state with `vnet --driver mock snapshot save FILE`',
  })
}

/** A state as this release writes it; refused with the path of the place where it is damaged. */
async function checkedState(file: string, state: unknown) {
  const mock = await loadMock(file, state)
  const checked = mock.save()
  await mock.close()
  return checked
}
