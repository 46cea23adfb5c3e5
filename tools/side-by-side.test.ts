import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const module = new URL('side-by-side.mjs', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'vnet-side-by-side-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs shell scripts side by side in a process of their own, whose output is theirs; the last line is their statuses. */
function start(scripts: readonly string[], limit: number) {
  const program = `
    import { sideBySide } from '${module}'
    const commands = ${JSON.stringify(scripts)}.map((script) => ({ argv: ['sh', '-c', script], env: process.env }))
    console.log(JSON.stringify(await sideBySide(commands, ${limit})))`
  const words = ['--input-type=module', '--eval', program]
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return { child, said: once(child, 'close').then(() => text) }
}

it('commands run at once, and what they print comes in their order', async () => {
  // The first ends when the second has: one after the other they would wait for ever.
  const { said } = start(
    ['until [ -e second ]; do sleep 0.02; done; echo one', 'echo two; touch second; exit 3', 'exit 1'],
    2,
  )
  expect(await said).toBe('one\ntwo\n[0,3,1]\n')
})

it('no more than the limit at once', async () => {
  const { said } = start(['sleep 0.2; touch first', 'if [ -e first ]; then echo after; else echo at once; fi'], 1)
  expect(await said).toBe('after\n[0,0]\n')
})

it('a signal ends what runs, and nothing more begins', async () => {
  const { child, said } = start(['echo begun; exec sleep 60', 'echo never'], 1)
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await said).toBe('begun\n[1,130]\n')
})
