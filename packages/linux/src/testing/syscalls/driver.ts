/** The driver over a binding in processes and worker threads of its own: it works there, and they end at any moment. @module */
import { strict as assert } from 'node:assert'
import { runChild, type Surroundings } from './surroundings.js'

/** A namespace with seventy links under way, and a watch. */
const busy = `
  const driver = await open()
  const handle = await driver.openNamespace('new')
  const connection = await driver.connect(handle.ref)
  const events = await connection.watch(['link', 'address', 'route', 'neighbour'])
  const one = (i) => ({ operation: 'link add', spec: { kind: 'bridge', name: 'b' + i, up: true } })
  const work = connection.execute(Array.from({ length: 70 }, (_, i) => one(i)))
`

/** What may be going on when the end comes. */
const moments: Record<string, string> = {
  'before the first answer': `${busy} process.exit(0)`,
  'between two windows of requests': `${busy} await new Promise(setImmediate); process.exit(0)`,
  'some milliseconds later': `${busy} setTimeout(() => process.exit(0), 5); await work; setTimeout(() => process.exit(0), 5)`,
  'at the first event': `${busy} await events.next(); process.exit(0)`,
  'while a watch waits': `${busy} await work; for (let i = 0; i < 70; i++) await events.next()
    void events.next(); setTimeout(() => process.exit(0), 20)`,
  'while it opens': `void open(); process.exit(0)`,
  'while namespaces are made': `const driver = await open(); for (let i = 0; i < 9; i++) void driver.openNamespace('new'); process.exit(0)`,
  'while it closes': `${busy} void driver.close().catch(() => {}); work.catch(() => {}); process.exit(0)`,
  'in an exit listener that goes on': `${busy} process.on('exit', () => { void connection.execute([one(999)]).catch(() => {}) })
    await new Promise(setImmediate); process.exit(0)`,
}

/** Ends that come by themselves. */
const ends: Record<string, string> = {
  'with all closed': `${busy} await work; await events.return(); await driver.close()`,
  'with a connection left open': `${busy} await work; await events.return()`,
  'with a driver that nobody used': `await open()`,
}

/** Declares the tests; none for a binding without a driver. */
export function driverTests({ binding, it, inNamespace }: Surroundings): void {
  const { driver } = binding
  if (driver === undefined) return
  const prologue = `const { ${driver}: open } = await import(${JSON.stringify(binding.module)})\n`

  for (const [moment, script] of Object.entries(moments)) {
    inNamespace(`a process ends ${moment}`, () => {
      runChild(binding, prologue + script)
    })
    inNamespace(`worker threads end ${moment}`, () => {
      const source = JSON.stringify(prologue + script)
      const main = `
        const home = readlinkSync('/proc/self/ns/net')
        await Promise.all([1, 2].map(() => new Promise((resolve, reject) => {
          const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(prologue + ${source})))
          worker.on('error', reject)
          worker.on('exit', resolve)
        })))
        console.log(home === readlinkSync('/proc/self/ns/net'))`
      assert.equal(runChild(binding, main), 'true')
    })
  }

  for (const [end, script] of Object.entries(ends)) {
    inNamespace(`a process ends by itself ${end}`, () => {
      runChild(binding, prologue + script)
    })
  }

  inNamespace('worker threads that are terminated in the middle leave the process sound', () => {
    const source = JSON.stringify(
      `${prologue}${busy} parentPort.postMessage(1); await work; for (;;) await events.next()`,
    )
    const main = `
      const home = readlinkSync('/proc/self/ns/net')
      for (let i = 0; i < 12; i++) {
        const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(prologue + ${source})))
        await new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
        await new Promise((resolve) => setTimeout(resolve, i * 3))
        await worker.terminate()
      }
      ${prologue}
      const driver = await open()
      const handle = await driver.openNamespace('new')
      const [made] = await (await driver.connect(handle.ref)).execute([{ operation: 'link add', spec: { kind: 'bridge', name: 'b' } }])
      console.log(home === readlinkSync('/proc/self/ns/net'), made.value.name)
      process.exit(0)`
    assert.equal(runChild(binding, main), 'true b')
  })

  inNamespace('several worker threads work at once, each in its own namespace', () => {
    const source = JSON.stringify(`${prologue}${busy} await work
      const [list] = await connection.execute([{ operation: 'link list', spec: { kind: 'bridge' } }])
      let told = 0
      while (told < 70) if ((await events.next()).value.kind === 'link set') told++
      await events.return(); await driver.close()
      parentPort.postMessage(list.value.length)`)
    const main = `
      const counts = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
        const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(prologue + ${source})))
        worker.once('message', resolve); worker.once('error', reject)
      })))
      console.log(counts.join())`
    assert.equal(runChild(binding, main), '70,70,70')
  })

  it('an uncaught exception in the middle ends the process as any other', () => {
    const script = `${prologue} process.on('uncaughtException', (error) => { console.log(error.message); process.exit(0) })
      const driver = await open(); const connection = await driver.connect()
      void connection.execute([{ operation: 'link list', spec: {} }]).then(() => { throw new Error('mine') })
      await new Promise(() => setTimeout(() => {}, 5000))`
    assert.equal(runChild(binding, script), 'mine')
  })
}
