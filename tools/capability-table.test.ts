import { describe, expect, it } from 'vitest'
import { columnsOf, nowhere, tableOf } from './capability-table.mjs'

type Outcome = 'passed' | 'failed' | 'skipped'
const result = (tier: string, name: string, ...tests: [needs: string[], outcome: Outcome, why?: string][]) => ({
  tier,
  name,
  kernel: '6.1.2-x',
  tests: tests.map(([needs, outcome, why]) => (why === undefined ? { needs, outcome } : { needs, outcome, why })),
})
const names = ['admin', 'link vlan', 'link sit']
const host = result(
  'root',
  'napi',
  [['link veth'], 'passed'],
  [['link vlan', 'link sit'], 'skipped', 'lacks capability: link vlan (no)'],
)
const guest = result('uml', 'napi', [['link vlan'], 'passed'], [['link sit'], 'failed'])

describe('the table of capabilities', () => {
  it('tells what ran, what is lacking, what failed and what nobody asked for', () => {
    const [first, second] = columnsOf([host, guest])
    expect(names.map((name) => first?.cell(name))).toEqual(['run', 'lacks', ''])
    expect(names.map((name) => second?.cell(name))).toEqual(['failed', 'run', 'failed'])
    expect(columnsOf([host, { ...host, tests: guest.tests }]).map(({ cell }) => names.map(cell))).toEqual([
      ['failed', 'run', 'failed'],
    ])
    expect(tableOf(names, columnsOf([host]))).toEqual([
      '| capability | napi root |',
      '|------------|-----------|',
      '| admin      | run       |',
      '| link vlan  | lacks     |',
      '| link sit   |           |',
    ])
  })
  it('finds the capabilities that run on no kernel; the mock is none', () => {
    const mock = result('root', 'mock', [['link sit'], 'passed'])
    expect(nowhere(names, columnsOf([host, guest, mock]), [])).toEqual(['runs nowhere: capability link sit'])
  })
  it('finds the tests that are skipped everywhere', () => {
    const skipped = { state: 'skipped', reason: 'needs x' }
    const reports = [
      { tests: { 'napi: a': skipped, 'napi: b': skipped, 'mock: c': skipped, 'browser: d': skipped } },
      { tests: { 'napi: a': { state: 'passed' }, 'napi: b': skipped } },
      {},
    ]
    expect(nowhere([], [], reports)).toEqual(['runs nowhere: napi: b (needs x)'])
  })
})
