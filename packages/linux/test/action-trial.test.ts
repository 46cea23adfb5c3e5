/** Actions on kernels that do not know what is asked of them: tried first, and refused. */
import { cleanRequest } from '@vnet/core'
import { expect, test } from 'vitest'
import type { Carrier } from '../src/compound.js'
import { carryOutDoubtfulTraffic, isDoubtfulTraffic } from '../src/doubtful-traffic.js'
import { type Answer, done, type SentMessage, scriptedKernel, verdict } from '../src/testing/scripted-kernel.js'
import { loadFixture } from './fixtures/load.js'

const RTM_GETACTION = 50
const packets = { kind: 'police', packetRate: 100, packetBurst: 5 } as const
const request = cleanRequest({ operation: 'action add', spec: packets })

/** Tells a police with a rate in octets, whatever it was given. */
function old({ type, sequence }: SentMessage): Answer[] {
  if (type !== RTM_GETACTION) return [verdict(sequence, 0)]
  const [told] = loadFixture('guest-action/list-police').replies as [Uint8Array]
  const bytes = Uint8Array.from(told)
  new DataView(bytes.buffer).setUint32(8, sequence, true)
  return [bytes, done(sequence)]
}

test('is refused with the field, and nothing is made in the namespace of the request', async () => {
  expect(isDoubtfulTraffic(request)).toBe(true)
  expect(isDoubtfulTraffic(cleanRequest({ operation: 'action add', spec: { kind: 'police', mtu: 100 } }))).toBe(false)
  const kernel = scriptedKernel(old)
  const trusted = () => Promise.reject(new Error('it was carried out'))
  const syscalls = { ...kernel, createNamespace: () => 9 }
  const made = carryOutDoubtfulTraffic({ syscalls, trusted } as unknown as Carrier, request)
  await expect(made).rejects.toMatchObject({
    ...{ code: 'VNET_UNSUPPORTED', operation: 'action add', attribute: 'spec.packetRate' },
    hint: expect.stringContaining('5.13'),
  })
  expect(kernel.sent.map(({ type }) => type)).toEqual([48, RTM_GETACTION])
})

test.each([
  ['an older kernel knows no blocks as targets', 22, 'VNET_UNSUPPORTED'],
  ['a kernel without mirred is asked itself', 2, undefined],
  ['a newer one carries it out', 0, undefined],
])('%s', async (_, errno, code) => {
  const set = cleanRequest({ operation: 'action set', spec: { kind: 'mirred', block: 7, index: 3 } })
  expect(isDoubtfulTraffic(set)).toBe(true)
  const kernel = scriptedKernel(({ sequence }) => [verdict(sequence, errno)])
  let carriedOut = 0
  const trusted = async () => ++carriedOut
  const syscalls = { ...kernel, createNamespace: () => 9 }
  const done = carryOutDoubtfulTraffic({ syscalls, trusted } as unknown as Carrier, set)
  const refusal = await done.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (code === undefined) expect([refusal, carriedOut]).toEqual([undefined, 1])
  else {
    expect(refusal).toMatchObject({ code, attribute: 'spec.block', hint: expect.stringContaining('6.8') })
    expect(carriedOut).toBe(0)
  }
})
