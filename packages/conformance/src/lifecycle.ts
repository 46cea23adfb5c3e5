/** Hosts, namespaces and drivers: opened, closed, shared, wrapped. @module */
import { readdirSync } from 'node:fs'
import { capabilities, openHost } from '@vnet/core'
import { expect } from 'vitest'
import { aborts, eventually, fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, namesOf } from './surroundings.js'

/** Registers the tests of opening and closing. */
export function lifecycle(suite: Suite): void {
  suite.test('the driver has a name, and an answer for every capability', [], async ({ driver }) => {
    expect(driver.name).toMatch(/\S/)
    expect(Object.keys(driver.supports).sort()).toEqual([...capabilities].sort())
    for (const [capability, answer] of Object.entries(driver.supports)) {
      if (answer !== true) expect(answer, `why ${capability} is missing`).toMatch(/\S/)
    }
  })

  suite.test('what it supports stays what it was', ['link bridge'], async ({ driver, ns }) => {
    const before = { ...driver.supports }
    await addBridge(ns)
    expect(driver.supports).toEqual(before)
  })

  suite.test('a host is closed twice without harm, and nothing works afterwards', [], async ({ openOwn }) => {
    const host = await openOwn()
    const ns = await host.namespace.add()
    await host.close()
    await host.close()
    await fails(host.link.list(), 'VNET_CLOSED')
    await fails(host.namespace.add(), 'VNET_CLOSED')
    await fails(host.namespace.list(), 'VNET_CLOSED')
    await fails(ns.link.list(), 'VNET_CLOSED')
    await fails(host.driver.connect(), 'VNET_CLOSED')
    await fails(host.driver.openNamespace('new'), 'VNET_CLOSED')
  })

  suite.test('a namespace is closed twice without harm; the host goes on', [], async ({ host }) => {
    const ns = await host.namespace.add()
    await ns.close()
    await ns.close()
    await fails(ns.link.list(), 'VNET_CLOSED')
    await fails(ns.execute([{ operation: 'link list', spec: {} }]), 'VNET_CLOSED')
    await fails(
      ns
        .transaction((change) => change.link.list())
        .then(
          () => {},
          (error: Error) => Promise.reject(error.cause),
        ),
      'VNET_CLOSED',
    )
    expect(await namesOf(host)).toBeDefined()
  })

  suite.test('await using closes', [], async ({ openOwn }) => {
    let escaped: Awaited<ReturnType<typeof openOwn>> | undefined
    {
      await using host = await openOwn()
      escaped = host
      expect(await host.link.get('lo')).toBeDefined()
    }
    await fails(escaped.link.list(), 'VNET_CLOSED')
  })

  suite.test('calls in flight end when the connection closes', ['link bridge'], async ({ host }) => {
    const ns = await host.namespace.add()
    const calls = Array.from({ length: 50 }, (_, i) => ns.link.add({ kind: 'bridge', name: `b${i}` }))
    const closing = ns.close()
    const ends = await Promise.allSettled(calls)
    await closing
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'VNET_CLOSED' })
    }
  })

  suite.test(
    'a host that was opened in a namespace acts there',
    ['namespace named', 'link bridge'],
    async ({ host, driver, namespaceName }) => {
      const name = namespaceName()
      await using ns = await host.namespace.add(name)
      const connection = await driver.connect({ name })
      await connection.execute([{ operation: 'link add', spec: { kind: 'bridge', name: 'br0' } }])
      await connection.close()
      expect(await namesOf(ns)).toEqual(['br0'])
      await fails(driver.connect({ name: `${name}-not` }), 'ENOENT')
    },
  )

  suite.test(
    'two clients of two drivers see one namespace',
    ['namespace named', 'namespace pid', 'link bridge'],
    async ({ host, openOwn, namespaceName }) => {
      const name = namespaceName()
      await using mine = await host.namespace.add(name)
      const other = await openOwn()
      await using theirs = await other.namespace.open(name)
      await addBridge(mine)
      expect(await namesOf(theirs)).toEqual(['br0'])
      await theirs.link.delete('br0')
      expect(await namesOf(mine)).toEqual([])
    },
  )

  suite.test('an aborted signal opens nothing', [], async ({ host, driver }) => {
    const signal = AbortSignal.abort()
    await aborts(openHost({ driver, signal }))
    await aborts(host.namespace.add(undefined, { signal }))
    await aborts(host.namespace.list({ signal }))
    await aborts(driver.connect(undefined, { signal }))
    await aborts(driver.openNamespace('new', { signal }))
  })

  suite.test('a function that makes a driver is a choice too', [], async ({ openOwn }) => {
    const own = await openOwn()
    const host = await openHost({ driver: () => own.driver })
    expect(host.driver).toBe(own.driver)
    expect(host.supports).toBe(own.driver.supports)
  })

  suite.test('opening and closing leaks no descriptor', ['namespace fd'], async ({ host }) => {
    const descriptors = () => readdirSync('/proc/self/fd').length
    const cycle = async () => {
      await using ns = await host.namespace.add()
      await ns.link.list()
      const steps = ns.watch({ snapshot: true })
      await steps.next()
      await steps.return?.()
    }
    for (let i = 0; i < 5; i++) await cycle()
    const before = descriptors()
    for (let i = 0; i < 50; i++) await cycle()
    await eventually(() => expect(descriptors()).toBeLessThanOrEqual(before + 2))
  })
}
