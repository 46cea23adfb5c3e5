// Runs inside a sandbox: asks vnet and the other tools the same questions, and prints all the answers as JSON.
import { execSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { capabilities, openHost } from '@vnet/core'
import { main } from '../dist/index.js'

/** Without a peer, vnet is told something rather than asked. @type {{ driver: string, questions: { setup?: string, vnet: string, text?: boolean, peer?: string }[] }} */
const { driver, questions } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

/** What the backend can do, or why it cannot be used. */
async function abilities() {
  let host
  try {
    host = await openHost({ driver })
  } catch (error) {
    return `needs the ${driver} backend: ${error.message}`
  }
  try {
    return Object.fromEntries(capabilities.map((capability) => [capability, host.supports[capability]]))
  } finally {
    await host.close()
  }
}

function ask(command) {
  if (command === undefined) return ''
  try {
    return execSync(command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    return String(error.stdout)
  }
}

const supports = await abilities()
const answers = []
for (const { setup, vnet, text, peer } of questions) {
  if (setup !== undefined) execSync('bash', { input: setup, stdio: ['pipe', 'ignore', 'ignore'] })
  const answer = { mine: '', error: '', before: ask(peer) }
  const form = text ? [] : ['--json']
  await main(['--driver', driver, ...form, ...vnet.split(' ').filter((word) => word !== '')], {
    env: {},
    interactive: false,
    columns: 80,
    out: (text) => {
      answer.mine += text
    },
    err: (text) => {
      answer.error += text
    },
  })
  answers.push({ ...answer, after: ask(peer) })
}
process.stdout.write(JSON.stringify({ supports, answers }))
