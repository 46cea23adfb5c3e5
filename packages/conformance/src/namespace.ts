/** Namespaces: named, without a name, by path, process and descriptor (`ip netns`). @module */
import { closeSync, openSync, statSync } from 'node:fs'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, namesOf } from './surroundings.js'

/** Registers the tests of namespaces. */
export function namespace(suite: Suite): void {
  suite.test('without a name: empty, apart from the others', ['link bridge'], async ({ host, ns, another }) => {
    const there = await another()
    expect(ns.name).toBeUndefined()
    expect(ns.ref).toBeDefined()
    await addBridge(ns)
    expect([await namesOf(ns), await namesOf(there)]).toEqual([['br0'], []])
    expect((await host.namespace.list()).map((entry) => entry.name)).not.toContain(undefined)
  })

  suite.test(
    'named: added, listed, opened, deleted',
    ['namespace named', 'link bridge'],
    async ({ host, namespaceName }) => {
      const name = namespaceName()
      const listed = async () => (await host.namespace.list()).filter((entry) => entry.name === name)
      await using made = await host.namespace.add(name)
      expect(made.name).toBe(name)
      expect(await listed()).toMatchObject([{ name, identity: expect.stringMatching(/./) }])
      await addBridge(made)
      await using again = await host.namespace.open(name)
      expect(await namesOf(again)).toEqual(['br0'])
      await host.namespace.delete(name)
      expect(await listed()).toEqual([])
      await fails(host.namespace.open(name), 'ENOENT')
      await fails(host.namespace.delete(name), 'ENOENT')
    },
  )

  suite.test('a name that is taken is EEXIST', ['namespace named'], async ({ host, namespaceName }) => {
    const name = namespaceName()
    await using _ = await host.namespace.add(name)
    const [before] = (await host.namespace.list()).filter((entry) => entry.name === name)
    expect(await fails(host.namespace.add(name), 'EEXIST')).toMatchObject({ operation: 'namespace add', subject: name })
    const [after] = (await host.namespace.list()).filter((entry) => entry.name === name)
    expect(present(after).identity).toBe(present(before).identity)
  })

  suite.test('list is in order of name', ['namespace named'], async ({ host, namespaceName }) => {
    const mine = [namespaceName(), namespaceName(), namespaceName()]
    for (const name of [...mine].reverse()) await (await host.namespace.add(name)).close()
    const names = (await host.namespace.list()).map((entry) => entry.name)
    expect(names.filter((name) => mine.includes(name))).toEqual([...mine].sort())
    expect(names).toEqual([...names].sort())
    const identities = (await host.namespace.list()).map((entry) => entry.identity)
    expect(new Set(identities).size).toBe(identities.length)
  })

  suite.test(
    'closing leaves a named namespace; deleting the name leaves those who use it',
    ['namespace named', 'link bridge'],
    async ({ host, namespaceName }) => {
      const name = namespaceName()
      const first = await host.namespace.add(name)
      await addBridge(first)
      await first.close()
      await using second = await host.namespace.open(name)
      expect(await namesOf(second)).toEqual(['br0'])
      await host.namespace.delete(name)
      expect(await namesOf(second)).toEqual(['br0'])
    },
  )

  suite.test(
    'the same name names a new namespace after it was deleted',
    ['namespace named', 'link bridge'],
    async ({ host, namespaceName }) => {
      const name = namespaceName()
      await using first = await host.namespace.add(name)
      await addBridge(first)
      await host.namespace.delete(name)
      await using second = await host.namespace.add(name)
      expect(await namesOf(second)).toEqual([])
    },
  )

  suite.test(
    'by name in a spec: text, reference and object mean the same',
    ['namespace named', 'link bridge'],
    async ({ host, ns, namespaceName }) => {
      const name = namespaceName()
      await using there = await host.namespace.add(name)
      await ns.link.add({ kind: 'bridge', name: 'a', namespace: name })
      await ns.link.add({ kind: 'bridge', name: 'b', namespace: { name } })
      await ns.link.add({ kind: 'bridge', name: 'c', namespace: there })
      expect(await namesOf(there)).toEqual(['a', 'b', 'c'])
    },
  )

  suite.test('by path', ['namespace pid', 'namespace named', 'link bridge'], async ({ host, namespaceName }) => {
    const name = namespaceName()
    await using there = await host.namespace.add(name)
    await addBridge(there)
    await using same = await host.namespace.open(`/run/netns/${name}`)
    expect(await namesOf(same)).toEqual(['br0'])
    await fails(host.namespace.open('/run/netns/there/is/none'), ['ENOENT', 'ENOTDIR'])
    await fails(host.namespace.open('/etc/hostname'), 'EINVAL')
  })

  suite.test('by process: that of this one is the host’s own', ['namespace pid'], async ({ host }) => {
    await using mine = await host.namespace.open({ pid: process.pid })
    expect(await namesOf(mine)).toEqual(await namesOf(host))
    // The largest number that Linux could give (PID_MAX_LIMIT is 2^22).
    await fails(host.namespace.open({ pid: 0x7fffffff }), ['ESRCH', 'ENOENT'])
  })

  suite.test(
    'by descriptor, which stays the caller’s',
    ['namespace fd', 'namespace named', 'link bridge'],
    async ({ host, defer, namespaceName }) => {
      const name = namespaceName()
      await using there = await host.namespace.add(name)
      await addBridge(there)
      const fd = openSync(`/run/netns/${name}`, 'r')
      let open = true
      const close = () => {
        if (open) closeSync(fd)
        open = false
      }
      defer(close)
      const opened = await host.namespace.open({ fd })
      expect(await namesOf(opened)).toEqual(['br0'])
      await opened.close()
      await using again = await host.namespace.open({ fd })
      close()
      // Held by the client itself from here on.
      expect(await namesOf(again)).toEqual(['br0'])
      await fails(host.namespace.open({ fd: 0x7ffffff }), 'EBADF')
    },
  )

  suite.test(
    'as ip netns has it: a file of /run/netns that is a mount of nsfs',
    ['namespace pid', 'namespace named'],
    async ({ host, namespaceName }) => {
      const name = namespaceName()
      await using _ = await host.namespace.add(name)
      const file = statSync(`/run/netns/${name}`, { bigint: true })
      const [entry] = (await host.namespace.list()).filter((found) => found.name === name)
      expect(present(entry).identity).toContain(String(file.ino))
      expect(file.dev).not.toBe(statSync('/run/netns', { bigint: true }).dev)
    },
  )

  suite.test('many namespaces at once, each its own', ['link bridge'], async ({ host, defer }) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => host.namespace.add()))
    for (const one of all) defer(() => one.close())
    await Promise.all(all.map((one, i) => one.link.add({ kind: 'bridge', name: `br${i}` })))
    expect(await Promise.all(all.map(namesOf))).toEqual(all.map((_, i) => [`br${i}`]))
  })
}
