/** How long `vnet --version` takes to start and end, against `node -e 0`. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { root } from './programs.mjs'
import { summary } from './statistics.mjs'

/** The most that `vnet --version` may take, in times of `node -e 0`. */
export const startGoal = 1.5

function timed(words) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${words.join(' ')}: ${stderr}`)
  return Number(process.hrtime.bigint() - start)
}

/** The program of `@vnet/cli`; `undefined` before it is built. */
function program() {
  const folder = `${root}packages/cli/`
  const { bin } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
  const file = bin && `${folder}${typeof bin === 'string' ? bin : bin.vnet}`
  return file && existsSync(file) ? file : undefined
}

/** Runs both in turn, `pairs` times; the ratio is the time of vnet ÷ the time of node. */
export function measureStart(pairs) {
  const file = program()
  if (!file) return { failure: 'packages/cli has no program yet' }
  const node = []
  const vnet = []
  try {
    for (let i = 0; i < pairs; i++) {
      node.push(timed(['-e', '0']))
      vnet.push(timed([file, '--version']))
    }
  } catch (error) {
    return { failure: error.message.trim() }
  }
  return { node: summary(node), vnet: summary(vnet), ratio: summary(vnet.map((ns, i) => ns / node[i])) }
}
