/** Options of GENEVE that no kernel of CI's has (Linux 6.15): kept and told, and from then on as they are. */
import { openHost } from '@vnet/core'
import { expect, test } from 'vitest'
import { mockDriver } from '../src/index.js'

test('a range of source ports is told, and not changed later', async () => {
  await using host = await openHost({ driver: mockDriver() })
  const geneve = { id: 1, remote: '10.0.0.2', portRange: [4000, 5000] } as const
  expect((await host.link.add({ kind: 'geneve', name: 'g0', geneve })).geneve).toMatchObject(geneve)
  await expect(host.link.set('g0', { geneve: { portRange: [1, 2] } })).rejects.toThrow()
  expect((await host.link.get('g0'))?.geneve).toMatchObject(geneve)
})
