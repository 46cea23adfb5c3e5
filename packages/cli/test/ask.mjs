// Runs inside a sandbox: asks vnet and the other tools the same questions, and prints all the answers as JSON.
import { execSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { main } from '../dist/index.js'

/** Without a peer, vnet is told something rather than asked. @type {{ driver: string, questions: { setup?: string, vnet: string, peer?: string }[] }} */
const { driver, questions } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

function ask(command) {
  if (command === undefined) return ''
  try {
    return execSync(command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    return String(error.stdout)
  }
}

const answers = []
for (const { setup, vnet, peer } of questions) {
  if (setup !== undefined) execSync('bash', { input: setup, stdio: ['pipe', 'ignore', 'ignore'] })
  const answer = { mine: '', error: '', before: ask(peer) }
  await main(['--driver', driver, '--json', ...vnet.split(' ').filter((word) => word !== '')], {
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
process.stdout.write(JSON.stringify(answers))
