/** Tests in a namespace of their own, on one backend. @module */
import { type Capability, type DriverChoice, type Host, type Namespace, openHost } from '@vnet/core'
import { afterAll, beforeAll, test } from 'vitest'

type Body = (namespace: Namespace, host: Host) => Promise<void>

/** What registers such tests in the file or group where it is called; they are skipped where something that they need is lacking. */
export function testsIn(driver: DriverChoice, needs: readonly Capability[]) {
  let host: Host
  let lacks: string | undefined
  beforeAll(async () => {
    host = await openHost({ driver })
    const missing = (['admin', 'namespace anonymous', ...needs] as const).find((name) => host.supports[name] !== true)
    if (missing !== undefined) lacks = `lacks capability: ${missing} (${host.supports[missing]})`
  })
  afterAll(() => host.close())
  return (title: string, body: Body, timeout = 60_000) =>
    test(title, { timeout }, async (task) => {
      if (lacks !== undefined) return task.skip(lacks)
      await using namespace = await host.namespace.add()
      await body(namespace, host)
    })
}
