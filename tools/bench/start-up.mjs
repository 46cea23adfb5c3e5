/** How long the command takes to start and end, against `node -e 0`: its version, and a list of links in memory and on the kernel. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { root } from './programs.mjs'
import { summary } from './statistics.mjs'

/** What is measured; `goal` is the most that it may take, in times of `node -e 0`. */
const commands = [
  { words: ['--version'], goal: 1.5 },
  { words: ['--driver', 'mock', 'link', 'list'] },
  { words: ['--driver', 'napi', 'link', 'list'] },
  { words: ['--driver', 'ffi', 'link', 'list'] },
]

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

/**
 * Runs each and Node in turn, `pairs` times; the ratio is the time of vnet ÷ the time of node. Each is of the shape
 * `{ command, goal?, node, vnet, ratio }`, or `{ command, failure }`.
 */
export function measureStart(pairs) {
  const file = program()
  return commands.map(({ words, goal }) => {
    const command = ['vnet', ...words].join(' ')
    if (!file) return { command, failure: 'packages/cli has no program yet' }
    const node = []
    const vnet = []
    try {
      for (let i = 0; i < pairs; i++) {
        node.push(timed(['-e', '0']))
        vnet.push(timed([file, ...words]))
      }
    } catch (error) {
      return { command, failure: error.message.trim() }
    }
    return {
      command,
      goal,
      node: summary(node),
      vnet: summary(vnet),
      ratio: summary(vnet.map((ns, i) => ns / node[i])),
    }
  })
}
