/** The file in which the mock keeps its state between calls: locked while it is changed, replaced in one step. @module */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ErrorCode, VnetError } from '@vnet/core'
import type { MockDriver, MockState } from '@vnet/mock'

/** How long to wait for another call that changes the state, milliseconds. */
const PATIENCE = 10_000

/** The file that is used when none is named (XDG Base Directory: `$XDG_STATE_HOME/vnet/mock.json`). */
export function defaultStateFile(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_STATE_HOME: state, HOME: home } = env
  const base = state?.startsWith('/') ? state : join(home ?? '/', '.local', 'state')
  return join(base, 'vnet', 'mock.json')
}

/** The state in the file; `undefined` where there is none yet. Throws `VNET_DECODE` where it cannot be understood. */
export async function readState(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileError('state read', file, error)
  }
  try {
    const state: unknown = JSON.parse(text)
    if (typeof state !== 'object' || state === null || Array.isArray(state)) throw new Error('not an object')
    return state
  } catch (error) {
    throw unreadable(file, (error as Error).message, error)
  }
}

/** Runs `body` on the state while no other call can change it; what it passes to `save` is kept, also when it throws. */
export async function withState<T>(
  file: string,
  body: (state: unknown, save: (state: unknown) => void) => Promise<T>,
): Promise<T> {
  const unlock = await lock(file)
  try {
    const before = await readState(file)
    let after: unknown
    try {
      return await body(before, (state) => {
        after = state
      })
    } finally {
      if (after !== undefined) await writeState(file, after)
    }
  } finally {
    await unlock()
  }
}

/** The mock with the state that was in the file. Throws `VNET_DECODE` where it is none. */
export async function loadMock(file: string, state: unknown): Promise<MockDriver> {
  const { mockDriver } = await import('@vnet/mock')
  if (state === undefined) return mockDriver()
  try {
    return mockDriver({ state: state as MockState })
  } catch (error) {
    throw unreadable(file, (error as Error).message, error)
  }
}

/** The error for a state file whose contents make no sense. */
function unreadable(file: string, why: string, cause?: unknown): VnetError {
  return new VnetError({
    code: 'VNET_DECODE',
    operation: 'state read',
    subject: file,
    detail: `not a state of the mock: ${why}`,
    hint: `delete ${file} to begin afresh, or name another file with --state`,
    cause,
  })
}

/** Writes beside the file, then renames: a reader sees the old state or the new one, whole. */
export async function writeState(file: string, state: unknown): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(draft, `${JSON.stringify(state)}\n`, { mode: 0o600 })
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw fileError('state write', file, error)
  }
}

async function lock(file: string): Promise<() => Promise<void>> {
  const path = `${file}.lock`
  const end = Date.now() + PATIENCE
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw fileError('state lock', file, error)
  })
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    try {
      const handle = await open(path, 'wx', 0o600)
      await handle.writeFile(`${process.pid}\n`)
      await handle.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError('state lock', file, error)
    }
    if (await abandoned(path)) {
      // Renamed before it is removed: of two calls that find it abandoned only one gets to take it away.
      const aside = `${path}.${process.pid}`
      await rename(path, aside).then(
        () => rm(aside, { force: true }),
        () => undefined,
      )
      continue
    }
    if (Date.now() > end) {
      throw new VnetError({
        code: 'EBUSY',
        operation: 'state lock',
        subject: file,
        detail: `another call has held ${path} for ${PATIENCE / 1000} seconds`,
        hint: `wait for it to end, or delete ${path} if there is none`,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())))
  }
}

/** Whether the call that made the lock has ended without removing it. */
async function abandoned(path: string): Promise<boolean> {
  try {
    const pid = Number((await readFile(path, 'utf8')).trim())
    // Empty: made a moment ago, or by a call that ended between two steps.
    if (pid === 0) return Date.now() - (await stat(path)).mtimeMs > 2_000
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function fileError(operation: string, file: string, cause: unknown): VnetError {
  const { code, message } = cause as NodeJS.ErrnoException
  return new VnetError({
    code: (code?.startsWith('E') ? code : 'EIO') as ErrorCode,
    operation,
    subject: file,
    detail: message,
    hint: 'name another file with --state',
    cause,
  })
}
