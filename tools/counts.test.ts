import { describe, expect, it } from 'vitest'
import { added, failedIn, unpassedIn } from './counts.mjs'

const passed = { state: 'passed' }
const failed = { state: 'failed' }
const skipped = { state: 'skipped' }

describe('counts of test runs', () => {
  it('are added up', () => {
    const one = { passed: 1, failed: 0, skipped: 2 }
    expect(added([one, { passed: 10, failed: 3, skipped: 0 }])).toEqual({ passed: 11, failed: 3, skipped: 2 })
    expect(added([])).toEqual({ passed: 0, failed: 0, skipped: 0 })
  })

  it('name what failed, and where', () => {
    const tests = { 'ffi: a > b': failed, 'ffi: c': passed, 'napi: d': skipped, 'napi: e': failed }
    expect(failedIn({ tier: 'uml', tests })).toEqual(['uml: ffi: a > b', 'uml: napi: e'])
    expect(failedIn({ tests: { 'core: x': failed } })).toEqual(['none: core: x'])
    expect(failedIn({})).toEqual([])
  })

  it('name what of one package has passed in no run, as `-t` takes it', () => {
    const tests = {
      'ffi: suite > link > a: b': skipped,
      'ffi: suite > later': skipped,
      'ffi: suite > ran': passed,
      'ffi: suite > broken': failed,
      'napi: suite > other package': skipped,
      'ffi2: suite > longer name': skipped,
    }
    expect(unpassedIn([{ tests }], 'ffi')).toEqual(['suite link a: b', 'suite later'])
    const others = { 'ffi: suite > later': passed, 'ffi: suite > ran': skipped, 'napi: suite > link > a: b': passed }
    expect(unpassedIn([{ tests }, { tests: others }], 'ffi')).toEqual(['suite link a: b'])
    expect(unpassedIn([{ tests: others }, { tests }], 'ffi')).toEqual(['suite link a: b'])
    expect(unpassedIn([{ tests }], 'core')).toEqual([])
    expect(unpassedIn([{}], 'ffi')).toEqual([])
  })
})
