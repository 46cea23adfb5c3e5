/** The file of leases: what is written is read again; what fails is told, and does not end the program. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DhcpBinding } from '@vnet/dhcp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LeaseFile, readLeases } from '../src/dhcp/lease-file.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-leases-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const binding = (until: number): DhcpBinding => ({
  address: '10.0.0.9',
  client: '1/02:00:00:00:00:01',
  mac: '02:00:00:00:00:01',
  state: 'bound',
  until,
})

test('the last of several is kept, also one for ever; nothing stays beside the file', async () => {
  const path = join(folder, 'leases')
  expect(await readLeases(path)).toEqual([])
  const problems: unknown[] = []
  const file = new LeaseFile(path, (error) => problems.push(error))
  for (const until of [1, 2]) void file.save(() => [binding(until)])
  await file.save(() => [binding(Number.POSITIVE_INFINITY)])
  expect(await readLeases(path)).toEqual([binding(Number.POSITIVE_INFINITY)])
  expect(readdirSync(folder)).toEqual(['leases'])
  expect(problems).toEqual([])
})

test('what cannot be written is told each time, and at the end; what cannot be read is an error with a hint', async () => {
  const problems: unknown[] = []
  const file = new LeaseFile(join(folder, 'nowhere', 'leases'), (error) => problems.push(error))
  for (const until of [1, 2]) {
    await file.save(() => [binding(until)])
    await expect(file.saved()).rejects.toMatchObject({ code: 'ENOENT', hint: expect.any(String) })
  }
  expect(problems).toHaveLength(2)
  await expect(readLeases(folder)).rejects.toMatchObject({ code: 'EISDIR', operation: 'leases read' })
})
