/** An action that limits packets, on a kernel that does not know that limit (before Linux 5.13): tried first, and refused. */
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
