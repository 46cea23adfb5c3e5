/** Sessions as links on the kernel, the same as on the mock. */
import { openHost } from '@vnet/core'
import { describe } from 'vitest'
import { linkScenes } from './link-scenes.js'

const needs = ['admin', 'namespace anonymous', 'link veth', 'link bridge', 'tun port', 'socket', 'sysctl'] as const

describe('on napi', () => {
  linkScenes(async (skip) => {
    if ((process.env.VNET_TIER ?? 'none') === 'none') skip('lacks capability: admin (no kernel is to be used)')
    const host = await openHost({ driver: 'napi' }).catch((error: Error): never =>
      skip(`lacks capability: admin (${error.message})`),
    )
    for (const need of needs) {
      if (host.supports[need] === true) continue
      await host.close()
      skip(`lacks capability: ${need} (${host.supports[need]})`)
    }
    return host
  })
})
