import { describe, expect, it } from 'vitest'
import { type Outcome, reasonOf, summaryOf } from './summary.js'

const skip = (reason: string | undefined): Outcome => ({ project: 'napi', place: 'napi: x', state: 'skipped', reason })
const pass: Outcome = { project: 'napi', place: 'napi: y', state: 'passed', reason: undefined }

describe('summary', () => {
  it('ends with the counts', () => {
    expect(summaryOf([pass, skip('lacks capability: link vlan')], 0, false).lines.at(-1)).toBe(
      '1 passed, 0 failed, 1 skipped',
    )
  })
  it('fails a skip that names no lack', () => {
    const summary = summaryOf([pass, skip(reasonOf('skip', undefined, 'x'))], 0, false)
    expect(summary).toMatchObject({ passed: 1, failed: 1, skipped: 0 })
    expect(summary.lines).toContain('  napi: x (no reason given)')
  })
  it('takes a reason from the name', () => {
    expect(reasonOf('skip', undefined, 'opens a TUN [needs /dev/net/tun]')).toBe('needs /dev/net/tun')
    expect(reasonOf('todo', undefined, 'later')).toBe('todo')
  })
  it('fails a skipped tier when a kernel is required', () => {
    expect(summaryOf([skip('lacks capability: admin')], 0, false).failed).toBe(0)
    expect(summaryOf([skip('lacks capability: admin')], 0, true).failed).toBe(1)
  })
  it('counts files that could not run', () => {
    expect(summaryOf([], 2, false).failed).toBe(2)
  })
})
