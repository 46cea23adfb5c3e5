// `npm run test:browser`: the tests of the mock in a real browser, headless Chromium (Debian: chromium).
//
//   node tools/browser.mjs        CHROMIUM names another program than `chromium`
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { bundle } from './mock-suite/bundle.mjs'
import { report } from './mock-suite/report.mjs'

const folder = mkdtempSync(join(tmpdir(), 'vnet-browser-'))

/** Longest time of the whole suite, milliseconds. */
const PATIENCE = 1_500_000

/** Serves the page and waits for its results. */
async function serve() {
  // A page whose program does not even load says so.
  const onError = `addEventListener('error', (event) => fetch('/results', { method: 'POST', body:
    JSON.stringify([{ name: 'the page', state: 'failed', why: 'it does not load: ' + event.message + ' ' + (event.error?.stack ?? '') }]) }), true)`
  const page = `<!doctype html><meta charset="utf-8"><title>vnet</title><script>${onError}</script><script type="module" src="/suite.js"></script>`
  let done
  const results = new Promise((resolve) => {
    done = resolve
  })
  const server = createServer(async (request, response) => {
    // Shared memory is for pages that are alone in their process.
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    if (request.url === '/results') {
      let text = ''
      for await (const part of request) text += part
      response.end()
      done(JSON.parse(text))
    } else if (request.url.endsWith('.js')) {
      // What is imported while it runs lies in files of its own.
      response.setHeader('content-type', 'text/javascript')
      response.end(readFileSync(join(folder, basename(request.url))))
    } else {
      response.setHeader('content-type', 'text/html')
      response.end(page)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, address: `http://127.0.0.1:${server.address().port}/`, results }
}

function browse(address) {
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-proxy-server',
    '--enable-logging=stderr',
  ]
  const child = spawn(process.env.CHROMIUM ?? 'chromium', [...flags, `--user-data-dir=${folder}/profile`, address], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4000)
  })
  const failed = new Promise((_, reject) => {
    child.once('error', (error) => reject(new Error(`chromium cannot be started: ${error.message}`)))
    child.once('exit', (code, signal) => reject(new Error(`chromium ended with ${code ?? signal}:\n${said}`)))
  })
  failed.catch(() => {})
  return {
    failed,
    said: () => said,
    end: () => child.pid && (child.exitCode ?? child.signalCode) === null && process.kill(-child.pid, 'SIGKILL'),
  }
}

if (process.argv.length > 2) throw new RangeError('usage: node tools/browser.mjs')
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
await bundle(folder, { node: false })
const { server, address, results } = await serve()
const browser = browse(address)
// It is in a group of its own, which no signal to this program reaches.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    browser.end()
    process.exit(1)
  })
}
const late = new Promise((_, reject) => {
  setTimeout(() => reject(new Error(`no results within ${PATIENCE / 1000} s:\n${browser.said()}`)), PATIENCE).unref()
})
const ends = await Promise.race([results, browser.failed, late]).finally(() => {
  browser.end()
  server.closeAllConnections()
  server.close()
})
// What is written for files and processes of the machine cannot be asked for in a page.
report(ends, {
  place: 'browser',
  lacking: (why) => {
    const module = /needs Node: (\S+)/.exec(why)?.[1]
    return module && `${module} (in a browser)`
  },
})
