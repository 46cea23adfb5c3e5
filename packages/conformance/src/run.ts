/** Programs inside a namespace (`ip netns exec`). @module */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { fails, sleep } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge } from './surroundings.js'

/** Registers the tests of programs. */
export function run(suite: Suite): void {
  const needs = ['namespace exec'] as const
  const script = (text: string) => ({ command: 'sh', args: ['-c', text], stdio: 'pipe' }) as const

  suite.test('a program sees the links of its namespace, under /sys too', [...needs, 'link bridge'], async ({ ns }) => {
    await addBridge(ns)
    const program = await ns.run(script('cat /proc/net/dev; ls /sys/class/net'))
    expect(program.pid).toBeGreaterThan(0)
    const end = await program.ended
    expect(end).toMatchObject({ code: 0, signal: null })
    expect(end.stdout).toMatch(/br0:/)
    expect(end.stdout.split('\n')).toEqual(expect.arrayContaining(['br0', 'lo']))
  })

  suite.test('exit status, output and error output', needs, async ({ ns }) => {
    const program = await ns.run(script('echo out; echo err >&2; exit 7'))
    expect(await program.ended).toEqual({ code: 7, signal: null, stdout: 'out\n', stderr: 'err\n' })
  })

  suite.test('environment and working directory', needs, async ({ ns }) => {
    const program = await ns.run({
      ...script('echo $COLOUR; pwd'),
      env: { ...process.env, COLOUR: 'blue' },
      cwd: '/tmp',
    })
    expect((await program.ended).stdout).toBe('blue\n/tmp\n')
  })

  suite.test('a signal ends it', needs, async ({ ns }) => {
    const program = await ns.run(script('exec sleep 60'))
    await sleep(50)
    program.kill('SIGTERM')
    const end = await program.ended
    // A shell that was not yet replaced reports the signal as 128 + 15.
    expect(end.signal === 'SIGTERM' || end.code === 143).toBe(true)
  })

  suite.test(
    'this process and the next connection stay where they were',
    [...needs, 'link bridge'],
    async ({ host, ns }) => {
      const before = (await host.link.list()).map((link) => link.name)
      await addBridge(ns, 'only-inside')
      await (await ns.run(script('true'))).ended
      expect((await host.link.list()).map((link) => link.name)).toEqual(before)
    },
  )

  suite.test('a program that is not there', needs, async ({ ns }) => {
    const started = ns.run({ command: 'there-is-no-such-program', stdio: 'pipe' })
    const end = await started.then((program) => program.ended).catch((error: unknown) => error)
    // Told either when it is started, or by the status of a shell (127).
    expect(end).toMatchObject(end instanceof Error ? { code: 'ENOENT' } : { code: 127 })
  })

  suite.test(
    'files of /etc/netns/NAME lie over /etc',
    [...needs, 'namespace named'],
    async ({ host, defer, skip, namespaceName }) => {
      const name = namespaceName()
      await using ns = await host.namespace.add(name)
      const folder = `/etc/netns/${name}`
      try {
        mkdirSync(folder, { recursive: true })
      } catch {
        // Rootless without a writable /etc: the files cannot be put there by anybody.
        skip('needs a writable /etc')
      }
      defer(() => rmSync(folder, { recursive: true }))
      writeFileSync(`${folder}/hostname`, 'of the namespace\n')
      expect((await (await ns.run(script('cat /etc/hostname'))).ended).stdout).toBe('of the namespace\n')
    },
  )

  suite.test('where programs cannot be run it says so', [], async ({ ns, supports }) => {
    if (supports['namespace exec'] === true) return
    const error = await fails(ns.run({ command: 'true' }), 'VNET_UNSUPPORTED')
    expect(`${error.message} ${error.hint ?? ''}`).toContain('namespace exec')
  })
}
