// Runs one recipe in network and mount namespaces of its own, under strace; the machine's own network is never touched.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { straceOptions } from './strace.mjs'

/** The kernel delays what it does about a changed carrier by up to a second (net/core/link_watch.c). */
const SETTLED = 'sleep 1.3'

/**
 * @param {import('./recipes.mjs').Recipe} recipe
 * @param {string} tools directory that is first in PATH
 * @returns {{ trace: string, stdout: string, stderr: string }}
 */
export function run(recipe, tools) {
  const directory = mkdtempSync(join(tmpdir(), 'vnet-record-'))
  const trace = join(directory, 'trace')
  const script = [
    'set -e',
    'mount -t tmpfs tmpfs /run', // named namespaces live in /run/netns
    'mount -t sysfs sysfs /sys', // shows the links of the namespace that mounts it
    ...(recipe.setup ?? []),
    ...(recipe.settle ? [SETTLED] : []),
    `exec strace -o ${trace} ${straceOptions} ${recipe.command}`,
  ].join('\n')
  try {
    const result = spawnSync('unshare', ['--net', '--mount', '--', 'sh', '-c', script], {
      encoding: 'utf8',
      env: { PATH: `${tools}:${process.env.PATH}`, LC_ALL: 'C' },
      maxBuffer: 1 << 26,
      timeout: 120_000,
    })
    if (result.error) throw result.error
    if (!existsSync(trace)) throw new Error(`setup failed: ${result.stderr.trim()}`)
    return { trace: readFileSync(trace, 'latin1'), stdout: result.stdout, stderr: result.stderr }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
