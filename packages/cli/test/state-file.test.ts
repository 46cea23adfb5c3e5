/** The file in which the mock keeps its state: whole, locked, and understood or refused. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultStateFile, readState, withState } from '../src/state-file.js'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vnet-state-'))
  file = join(folder, 'deep', 'mock.json')
})
afterEach(() => rm(folder, { recursive: true }))

/** An owner that has ended: no process has this number, which is above the kernel's limit. */
const gone = '4194999.a'
/** A lock as a call leaves it that ends at the wrong moment. */
function leaveLock(...owners: readonly string[]): void {
  mkdirSync(`${file}.lock`)
  for (const owner of owners) writeFileSync(join(`${file}.lock`, owner), '')
}

describe('state file', () => {
  it('is where XDG wants it', () => {
    expect(defaultStateFile({ XDG_STATE_HOME: '/x', HOME: '/home/a' })).toBe('/x/vnet/mock.json')
    expect(defaultStateFile({ HOME: '/home/a' })).toBe('/home/a/.local/state/vnet/mock.json')
    // The specification ignores relative paths.
    expect(defaultStateFile({ XDG_STATE_HOME: 'x', HOME: '/home/a' })).toBe('/home/a/.local/state/vnet/mock.json')
  })

  it('begins without a file, and leaves nothing but the file', async () => {
    expect(await readState(file)).toBeUndefined()
    await withState(file, async (state, save) => {
      expect(state).toBeUndefined()
      save({ links: 1 })
    })
    expect(await readState(file)).toEqual({ links: 1 })
    expect(await readdir(join(folder, 'deep'))).toEqual(['mock.json'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('loses no change of calls at the same time', async () => {
    const calls = Array.from({ length: 20 }, () =>
      withState(file, async (state, save) => {
        const { count = 0 } = (state ?? {}) as { count?: number }
        await new Promise((resolve) => setTimeout(resolve, 2))
        save({ count: count + 1 })
      }),
    )
    await Promise.all(calls)
    expect(await readState(file)).toEqual({ count: 20 })
  })

  it('keeps what was saved when the call fails, and unlocks', async () => {
    const failing = withState(file, async (_, save) => {
      save({ made: true })
      throw new Error('later')
    })
    await expect(failing).rejects.toThrow('later')
    expect(await readState(file)).toEqual({ made: true })
    await withState(file, async (state) => expect(state).toEqual({ made: true }))
  })

  it.each([
    ['of an owner that has ended', [gone]],
    ['that was given back but for its folder', []],
  ])('takes over a lock %s', async (_, owners) => {
    await withState(file, async (_, save) => save({}))
    leaveLock(...owners)
    await withState(file, async (_, save) => save({ after: true }))
    expect(await readState(file)).toEqual({ after: true })
    expect(await readdir(join(folder, 'deep'))).toEqual(['mock.json'])
  })

  it('takes nothing over that another call has locked since', async () => {
    await withState(file, async (_, save) => save({}))
    leaveLock(gone)
    const asked: number[] = []
    const spy = vi.spyOn(process, 'kill').mockImplementation((pid) => {
      asked.push(pid)
      if (pid === Number.parseInt(gone, 10)) {
        // It gave its lock back, ended, and another call has the lock before we are told of that.
        rmSync(`${file}.lock`, { recursive: true })
        leaveLock('4194998.b')
        throw Object.assign(new Error('no such process'), { code: 'ESRCH' })
      }
      // The other call gives its own back when it is asked about for the third time.
      if (asked.length === 4) rmSync(`${file}.lock`, { recursive: true })
      return true
    })
    try {
      await withState(file, async () => expect(asked).toEqual([4194999, 4194998, 4194998, 4194998]))
    } finally {
      spy.mockRestore()
    }
  })

  it('is taken over by one of many calls', async () => {
    await withState(file, async (_, save) => save({ count: 0 }))
    leaveLock(gone)
    let inside = 0
    const calls = Array.from({ length: 20 }, () =>
      withState(file, async (state, save) => {
        expect(++inside).toBe(1)
        await new Promise((resolve) => setTimeout(resolve, 1))
        save({ count: (state as { count: number }).count + 1 })
        inside--
      }),
    )
    await Promise.all(calls)
    expect(await readState(file)).toEqual({ count: 20 })
    expect(await readdir(join(folder, 'deep'))).toEqual(['mock.json'])
  })

  it.each(['{"links":', 'null', '[]', '7', ''])('refuses a file that is no state: %j', async (contents) => {
    await withState(file, async (_, save) => save({}))
    await writeFile(file, contents)
    await expect(readState(file)).rejects.toMatchObject({
      code: 'VNET_DECODE',
      subject: file,
      hint: expect.stringContaining(`delete ${file}`),
    })
    // What cannot be understood is not overwritten either.
    await expect(withState(file, async (_, save) => save({}))).rejects.toMatchObject({ code: 'VNET_DECODE' })
    expect(await readFile(file, 'utf8')).toBe(contents)
  })

  it('says why a file cannot be used', async () => {
    const plain = join(folder, 'plain')
    await writeFile(plain, '')
    await expect(withState(join(plain, 'x.json'), async () => {})).rejects.toMatchObject({
      code: expect.stringMatching(/^E(EXIST|NOTDIR)$/),
      operation: 'state lock',
      hint: expect.stringContaining('--state'),
    })
    await expect(readState(folder)).rejects.toMatchObject({ code: 'EISDIR', operation: 'state read' })
  })
})
