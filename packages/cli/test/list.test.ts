/** Lists for people: tables on a terminal, aligned text elsewhere, colours only where they are wanted. */
import { describe, expect, it } from 'vitest'
import { aligned } from '../src/render/table.js'
import { paletteFor } from '../src/terminal.js'
import { record, testTerminal } from './recorder.js'

describe('lists', () => {
  it('are aligned text where nobody looks, with the columns that have something to say', async () => {
    const { out } = await record('link')
    expect(out).toBe(
      [
        'INDEX  NAME       KIND            ADMIN  STATE     MTU  MASTER  LOWER     MAC',
        '    1  lo         loopback        up     unknown  1500',
        '    2  br0        bridge          up     up       1500',
        '    3  v0 uplink  veth            down   down     1500  br0     if9 in 0',
        '    4  vx0        vxlan           down   down     1500',
        '    5  tap0       tap             down   down     1500',
        '    6  gre0       gre (fallback)  down   down     1500',
        '    7  gre9       gre             down   down     1500',
        '',
      ].join('\n'),
    )
  })

  it('are tables with colours on a terminal', async () => {
    const { out } = await record('link', { interactive: true })
    expect(out).toContain('┌')
    expect(out).toContain('\u001b[32mup\u001b[39m')
    expect(out).toContain('\u001b[1mNAME\u001b[22m')
  })

  it.each<[string, Record<string, string>]>([
    ['link', { NO_COLOR: '1' }],
    ['link', { TERM: 'dumb' }],
    ['--no-color link', {}],
    ['--color never link', {}],
  ])('have no colours with %s %j', async (line, env) => {
    const { out } = await record(line, { interactive: true, env })
    expect(out).toContain('┌')
    expect(out).not.toContain('\u001b')
  })

  it('have colours where they are asked for, and never as JSON', async () => {
    expect((await record('--color always tree')).out).toContain('\u001b[1m')
    expect((await record('--color always --json link', { interactive: true })).out).not.toContain('\u001b')
  })

  it('are JSON in one line', async () => {
    const { out } = await record('link --json')
    expect(out.endsWith(']\n')).toBe(true)
    expect(out.trim()).not.toContain('\n')
    expect(JSON.parse(out).map(({ ifname }: { ifname: string }) => ifname)).toEqual([
      ...['lo', 'br0', 'v0', 'vx0', 'tap0', 'gre0', 'gre9'],
    ])
    expect((await record('route --json')).out).toBe('[]\n')
    expect((await record('route')).out).toBe('')
  })

  it('show one object line by line', async () => {
    const { out } = await record('link get uplink')
    expect(out).toContain('name    v0 uplink\n')
    expect(out).toContain('master  br0\n')
  })

  it('let no control character through', () => {
    expect(aligned(['A'], [false], [['x']])).toBe('A\nx\n')
  })
})

describe('palette', () => {
  it('leaves empty texts empty', () => {
    expect(paletteFor(testTerminal(), 'always').red('')).toBe('')
  })
})
