/** The command on a mock whose state is in a folder, new for each test. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { vnet } from './sandbox.js'

/** Makes the folder before each test of this file, and removes it afterwards. */
export function mockCommand() {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-command-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  return {
    /** Where the state is. */
    get folder() {
      return folder
    },
    /** Runs `vnet` with the words of a line. */
    call(line: string, input?: string) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [vnet, ...line.split(' ')], {
        encoding: 'utf8',
        input,
        env: { ...process.env, XDG_STATE_HOME: folder, VNET_DRIVER: 'mock', NO_COLOR: '1' },
      })
      return { status, stdout, stderr }
    },
  }
}
