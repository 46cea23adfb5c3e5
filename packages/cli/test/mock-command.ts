/** The command on a mock whose state is in a folder, new for each test. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { main } from '../src/index.js'
import { vnet } from './sandbox.js'

/** Makes the folder before each test of this file, and removes it afterwards. */
export function mockCommand() {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-command-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const environment = () => ({ ...process.env, XDG_STATE_HOME: folder, VNET_DRIVER: 'mock', NO_COLOR: '1' })
  return {
    /** Where the state is. */
    get folder() {
      return folder
    },
    /**
     * Runs the words of a line as `vnet` would, in this process: a program takes longer to start than to answer. That the
     * program does the same, mock.test.ts shows.
     */
    async call(line: string) {
      let [stdout, stderr] = ['', '']
      const status = await main(line.split(' '), {
        env: environment(),
        interactive: false,
        columns: 80,
        out: (text) => {
          stdout += text
        },
        octets: async (bytes) => {
          stdout += Buffer.from(bytes).toString('utf8')
        },
        err: (text) => {
          stderr += text
        },
      })
      return { status, stdout, stderr }
    },
    /** Runs the program `vnet` itself, which reads `input`. */
    program(line: string, input?: string) {
      const words = [vnet, ...line.split(' ')]
      const { status, stdout, stderr } = spawnSync(process.execPath, words, {
        encoding: 'utf8',
        input,
        env: environment(),
      })
      return { status, stdout, stderr }
    },
  }
}
