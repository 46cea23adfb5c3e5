/** The file in which the mock keeps its state between calls: locked while it is changed, replaced in one step. @module */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
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
  // Loaded before, so that nobody waits at the lock for that.
  await import('@vnet/mock')
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
    hint: `delete ${file} to begin afresh, or name another file (that of the mock itself with --state)`,
    cause,
  })
}

/** How a state is written. */
export interface WriteOptions {
  /** Whether it must be on the disk itself when the call resolves, so that it outlives a loss of power. */
  readonly flush?: boolean
}

/** Writes beside the file, then renames: a reader sees the old state or the new one, whole. */
export async function writeState(file: string, state: unknown, { flush = false }: WriteOptions = {}): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(draft, `${JSON.stringify(state)}\n`, { mode: 0o600, flush })
    await rename(draft, file)
    // The name is the folder's: without it the old state comes back (fsync(2)).
    if (flush) await flushFolder(dirname(file))
  } catch (error) {
    await rm(draft, { force: true })
    throw fileError('state write', file, error)
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Waits for the lock, and takes it over from a call that has ended; what is returned gives it back. It is a folder with one
 * file, which is called after its owner: so what is taken away is always the lock of a certain owner, never that of another
 * who has it since. An empty folder is no lock.
 */
async function lock(file: string): Promise<() => Promise<void>> {
  const path = `${file}.lock`
  const owner = `${process.pid}.${randomBytes(8).toString('hex')}`
  const end = Date.now() + PATIENCE
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw fileError('state lock', file, error)
  })
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    try {
      const owners = await ownersOf(path)
      const ended = owners.filter(hasEnded)
      for (const other of ended) await rm(join(path, other), { force: true })
      if (ended.length === owners.length && (await claim(path, owner))) return () => release(path, owner)
    } catch (error) {
      throw fileError('state lock', file, error)
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

/** Puts a folder with the owner in the lock's place, in one step that succeeds only where there is none or an empty one. */
async function claim(path: string, owner: string): Promise<boolean> {
  const draft = `${path}.${owner}`
  try {
    await mkdir(draft, { mode: 0o700 })
    await writeFile(join(draft, owner), '')
    await rename(draft, path)
    return true
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function release(path: string, owner: string): Promise<void> {
  await rm(join(path, owner), { force: true })
  // Another call may have put its own in place of the empty folder already.
  await rmdir(path).catch(() => {})
}

/** The owner of a lock; none where it has been given back. */
async function ownersOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

function hasEnded(owner: string): boolean {
  try {
    process.kill(Number.parseInt(owner, 10), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** The error for a file that cannot be read or written. */
export function fileError(operation: string, file: string, cause: unknown): VnetError {
  const { code, message } = cause as NodeJS.ErrnoException
  return new VnetError({
    code: (code?.startsWith('E') ? code : 'EIO') as ErrorCode,
    operation,
    subject: file,
    detail: message,
    hint: 'name another file (that of the mock itself with --state)',
    cause,
  })
}
