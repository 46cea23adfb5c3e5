/** Ends: of processes and worker threads at every stage, and of subscriptions that were forgotten. @module */
import { strict as assert } from 'node:assert'
import { runChild, type Surroundings } from './surroundings.js'

const watching = 'const fd = udp(); const handle = syscalls.poll(fd, () => {}); handle.watch(1);'

/** What a process may be doing when it ends. */
const stages: Record<string, string> = {
  'after loading': '',
  'with an open socket': 'udp()',
  'with an idle subscription': 'syscalls.poll(udp(), () => {})',
  'while it watches, by process.exit': `${watching} process.exit(0)`,
  'while it watches, later': `${watching} setTimeout(() => process.exit(0), 20)`,
  'by itself, as the handle does not keep it alive': `${watching} handle.ref(false)`,
  'by itself, as no reference was to be kept while paused': `${watching} handle.ref(false); handle.watch(0); handle.watch(1)`,
  'by itself, as the handle was paused': `${watching} setTimeout(() => handle.watch(0), 20)`,
  'by itself, as the handle was closed': `${watching} setTimeout(() => handle.close(), 20)`,
  'by itself, as the descriptor was closed': `${watching} setTimeout(() => syscalls.close(fd), 20)`,
  'inside the callback': 'syscalls.poll(udp(), () => process.exit(0)).watch(2)',
  'by reaching exit listeners that use it': `${watching} process.on('exit', () => { handle.close(); udp() }); process.exit(0)`,
}

/** What a worker thread may be doing when it ends or is ended. */
const workers: Record<string, string> = {
  'with an idle subscription': 'syscalls.poll(udp(), () => {})',
  'while it watches, by process.exit': `${watching} process.exit()`,
  'inside the callback': 'syscalls.poll(udp(), () => process.exit()).watch(2)',
  'by terminate, while it watches': `${watching} parentPort.postMessage('terminate')`,
  'by terminate, while callbacks come': `syscalls.poll(udp(), () => parentPort.postMessage('terminate')).watch(2)`,
  'by terminate, inside the callback': `syscalls.poll(udp(), () => { parentPort.postMessage('terminate'); for (;;) udp.name }).watch(2)`,
  'by terminate, while it closes and opens': `parentPort.postMessage('terminate'); const turn = () => {
    const handle = syscalls.poll(udp(), () => { handle.close(); turn() }); handle.watch(2) }; turn()`,
  'by an error in the callback': `syscalls.poll(udp(), () => { throw new Error('expected') }).watch(2)`,
}

/** Ways for a worker thread to end. */
const ways: Record<string, string> = {
  'by itself': '',
  'by process.exit': 'process.exit()',
  'by terminate': `parentPort.postMessage('terminate'); setInterval(() => {}, 1000)`,
  'by an error': `throw new Error('expected')`,
}

/** A script that prints how many descriptors more are open after three worker threads than after the first. */
function leftBy(opening: string, ending: string): string {
  return `
    const { readdirSync } = await import('node:fs')
    const open = () => readdirSync('/proc/self/fd').filter((fd) => {
      try { return /^(\\/dev\\/full|socket:.*)$/.test(readlinkSync('/proc/self/fd/' + fd)) } catch { return false }
    }).length
    const source = prologue + ${JSON.stringify(`${opening}\n${ending}`)}
    const end = async () => {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
      worker.once('message', () => worker.terminate())
      worker.on('error', (error) => { if (error.message !== 'expected') throw error })
      await new Promise((resolve) => worker.on('exit', resolve))
    }
    await end()
    const before = open()
    for (let count = 0; count < 3; count++) await end()
    console.log(open() - before)`
}

/** Declares the tests. */
export function processTests({ binding, it, inNamespace }: Surroundings): void {
  for (const [stage, script] of Object.entries(stages)) {
    it(`a process ends ${stage}`, () => {
      runChild(binding, script)
    })
  }

  for (const [stage, script] of Object.entries(workers)) {
    it(`a worker thread ends ${stage}`, () => {
      const source = `
        const script = ${JSON.stringify(script)}
        if (isMainThread) for (let count = 0; count < 8; count++) {
          const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(prologue + script)))
          worker.once('message', () => worker.terminate())
          worker.on('error', (error) => { if (error.message !== 'expected') throw error })
          await new Promise((resolve) => worker.on('exit', resolve))
        }
        console.log('all ended')`
      assert.equal(runChild(binding, source), 'all ended')
    })
  }

  for (const [way, ending] of Object.entries(ways)) {
    it(`a worker thread leaves no file open that ends ${way}`, () => {
      assert.equal(runChild(binding, leftBy(`syscalls.open('/dev/full', 1)`, ending)), '0')
    })
  }

  it('a worker thread leaves no socket open that ends by itself', () => {
    assert.equal(runChild(binding, leftBy('syscalls.poll(udp(), () => {})', '')), '0')
  })

  it('a process ends while its worker threads watch', () => {
    runChild(
      binding,
      `for (let count = 0; count < 3; count++) await new Promise((resolve) => new Worker(new URL('data:text/javascript,' +
        encodeURIComponent(prologue + ${JSON.stringify(`${watching} parentPort.postMessage(1)`)}))).once('message', resolve))
      process.exit(0)`,
    )
  })

  inNamespace('worker threads that are terminated at any moment leave the process sound', () => {
    const script = `for (;;) {
      const namespace = syscalls.createNamespace(); const fd = syscalls.socket(16, 3, 0, namespace)
      const handle = syscalls.poll(fd, () => {}); handle.watch(3); parentPort.postMessage(1)
      await new Promise(setImmediate); if (Math.random() < 0.5) handle.close(); else handle.watch(0)
      syscalls.close(fd); syscalls.close(namespace) }`
    const source = `
      const home = readlinkSync('/proc/self/ns/net')
      for (let count = 0; count < 15; count++) {
        const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(prologue + ${JSON.stringify(script)})))
        await new Promise((resolve) => worker.once('message', resolve))
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
        await worker.terminate()
      }
      console.log(home === readlinkSync('/proc/self/ns/net'))`
    assert.equal(runChild(binding, source), 'true')
  })

  it('an error thrown in a callback is an uncaught exception, and the loop goes on', () => {
    const script = `
      process.on('uncaughtException', (error) => { console.log(error.message); if (count === 2) handle.close() })
      let count = 0
      const handle = syscalls.poll(udp(), () => { count++; throw new Error('number ' + count) })
      handle.watch(2)`
    assert.equal(runChild(binding, script), 'number 1\nnumber 2')
  })

  it('a promise goes on at once, though nothing else keeps the loop turning', () => {
    const script = `
      const handle = syscalls.poll(udp(), () => { handle.close(); Promise.resolve().then(() => console.log('on')) })
      handle.watch(2)`
    assert.equal(runChild(binding, script), 'on')
  })

  it('idle subscriptions that were forgotten are collected, one that watches is not', () => {
    const script = `
      const fd = udp(), other = udp()
      let calls = 0, collected = 0
      const registry = new FinalizationRegistry(() => collected++)
      syscalls.poll(other, () => calls++).watch(2)
      const forget = () => { for (let count = 0; count < 2000; count++) {
        const handle = syscalls.poll(fd, () => handle)
        if (count % 3 === 0) { handle.watch(1); handle.watch(0) }
        registry.register(handle)
      } }
      const settle = async () => { for (let turn = 0; turn < 5; turn++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)) } }
      forget(); await settle()
      const before = process.memoryUsage().rss
      for (let round = 0; round < 10; round++) { forget(); await settle() }
      const grown = process.memoryUsage().rss - before
      if (collected < 21000) throw new Error('collected ' + collected)
      if (grown > 24e6) throw new Error('grown by ' + grown)
      calls = 0
      while (calls === 0) await settle()
      process.exit(0)`
    runChild(binding, script, ['--expose-gc'])
  })
}
