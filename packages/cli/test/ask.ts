/** Asking `vnet` and another program the same questions inside one sandbox. @module */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Abilities, inSandbox, noSandbox } from './sandbox.js'

/** Other versions of iproute2 have other keys. */
const version = spawnSync('ip', ['-V'], { encoding: 'utf8' }).stdout ?? ''
/** Why nothing can be compared here; `undefined` where it can. */
export const noTools =
  noSandbox ?? (version.includes('iproute2-6.1') ? undefined : `needs iproute2 6.1 (found ${version.trim() || 'none'})`)

/** What `vnet` is asked, and a command of another program that asks the same; without it vnet is told something. */
export interface Question {
  /** Bash that changes the state before. */
  readonly setup?: string
  readonly vnet: string
  /** Answered in words for people; else in JSON. */
  readonly text?: boolean
  readonly peer?: string
}

/** What was read for a question: by vnet, and by the other side before and after. */
export interface Answer {
  readonly mine: string
  readonly before: string
  readonly after: string
  readonly error: string
}

/** What a backend can do, or why nothing could be asked, and the answers, one for each question. */
export interface Told {
  readonly supports: Abilities | string
  readonly answers: readonly Answer[]
}

/**
 * Runs `state` in a new sandbox, then asks one question after the other. `lacking` is why nothing can be asked: iproute2
 * of the right version is missing where nothing else is said.
 */
export function askAll(
  driver: string,
  state: string,
  questions: readonly Question[],
  lacking: string | undefined = noTools,
): Told {
  if (lacking !== undefined) return { supports: lacking, answers: [] }
  const folder = mkdtempSync(join(tmpdir(), 'vnet-ask-'))
  try {
    const file = join(folder, 'questions.json')
    writeFileSync(file, JSON.stringify({ driver, questions }))
    // One process for all: on a busy machine starting takes longer than asking.
    // In a guest kernel all that it loads is in few files (tools/guest-bundle.mjs).
    const bundles = process.env.VNET_BUNDLES
    const ask = bundles ? `${bundles}/cli/test/ask.js` : fileURLToPath(new URL('ask.mjs', import.meta.url))
    const { stdout, stderr } = inSandbox(`${state}\n"${process.execPath}" "${ask}" "${file}"`)
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as Told
  } finally {
    rmSync(folder, { recursive: true })
  }
}
