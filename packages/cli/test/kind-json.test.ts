/** Links of every kind, made by `vnet` with every option, are told by `vnet … --json` as by `ip -d -j`, field by field. */
import { type FieldTable, type KnownKind, kindOptions, knownKinds } from '@vnet/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { kindParameters, portParameters, sectionOf } from '../src/command/link-option.js'
import { type Answer, askAll } from './ask.js'
import { groundLines, kindLines, type Making } from './kind-lines.js'
import { same } from './same.js'
import { type Abilities, patience } from './sandbox.js'

const makings = knownKinds.flatMap((kind) => kindLines[kind].map((making) => ({ kind, ...making })))
const headingOf = ({ kind, title }: (typeof makings)[number]) => `${kind}: ${title}`
const ground = `ip -batch - <<'END'\n${groundLines.join('\n')}\nEND\n`

/** Kinds that share these are written and read by the same lines of code. */
function fieldsOf(kind: KnownKind): FieldTable | undefined {
  const section = sectionOf(kind)
  return section === undefined ? undefined : kindOptions[section].fields
}

/** Options that newer kernels tell, and `ip` of their time, or that it never does: here there is nothing to compare. */
const untold: ReadonlySet<string> = new Set([
  'interlink',
  'flow-label-policy',
  'mdb-offload-fail-notification',
  'port-range',
  'remote-checksum-no-partial',
  'reserved-bits',
])

describe('the lines', () => {
  it.each(knownKinds)('have every option of %s', (kind) => {
    const section = sectionOf(kind)
    const lines = knownKinds
      .filter((other) => fieldsOf(other) === fieldsOf(kind))
      .flatMap((other) => kindLines[other])
      .flatMap(({ lines }) => lines)
    const words = new Set(lines.flatMap((line) => line.split(' ')))
    const options = [
      ...(section === undefined ? [] : kindParameters(section, 'add')),
      ...(kind === 'bridge' ? portParameters('add') : []),
    ]
    const left = options.filter(({ flag, contrary }) => !words.has(`--${flag}`) && !words.has(`--${contrary}`))
    expect(left.map(({ flag }) => flag).filter((flag) => !untold.has(flag))).toEqual([])
  })
})

describe.each(['napi', 'ffi'])('links by vnet --driver %s', (driver) => {
  let supports: Abilities | string
  const failures = new Map<Making, string>()
  let listed: Answer

  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which fixtures are wanted
  beforeAll(({}, { tasks }) => {
    // Only of what is tested: a guest kernel chooses a few kinds, and makes the others slowly.
    const tested = new Set(tasks.filter(({ mode }) => mode !== 'skip').map(({ name }) => name))
    const chosen = makings.filter((making) => tested.has(headingOf(making)))
    const lines = chosen.flatMap((making) => making.lines.map((line) => ({ making, line })))
    const questions = [
      ...lines.map(({ line }) => ({ vnet: line })),
      { vnet: 'link list -d', peer: 'ip -d -j link show' },
    ]
    const { answers, ...told } = askAll(driver, ground, questions)
    supports = told.supports
    if (typeof supports === 'string') return
    for (const [at, { making, line }] of lines.entries()) {
      const { error } = answers[at] as Answer
      if (error !== '' && !failures.has(making)) failures.set(making, `${line}: ${error}`)
    }
    listed = answers.at(-1) as Answer
  }, 180_000 * patience)

  it.for(makings.map((making) => [headingOf(making), making] as const))('%s', ([, making], { skip }) => {
    if (typeof supports === 'string') return skip(supports)
    const lack = [`link ${making.kind}` as const, ...(making.needs ?? [])].find(
      (one) => (supports as Abilities)[one] !== true,
    )
    if (lack !== undefined) return skip(`lacks capability: ${lack}`)
    const failure = failures.get(making)
    if (failure?.includes('VNET_UNSUPPORTED')) return skip(`lacks capability: ${making.kind} ${making.title}`)
    expect(failure).toBeUndefined()
    const names = new Set(making.lines.flatMap(namesIn))
    const mine = only(parsed(listed.mine), names).map((link) => JSON.parse(JSON.stringify(link, withoutNewer)) as Told)
    expect(mine.map(({ ifname }) => ifname).sort()).toEqual([...names].sort())
    same(mine, [only(inOrder(listed.before), names), only(inOrder(listed.after), names)])
  })

  it('all links, in order of index', ({ skip }) => {
    if (typeof supports === 'string') return skip(supports)
    const names = (told: readonly Told[]) => told.map(({ ifname }) => ifname)
    expect(names(parsed(listed.mine))).toEqual(names(inOrder(listed.after)))
  })
})

/** What newer versions of `ip` write, too. */
const withoutNewer = (key: string, value: unknown) => (key.startsWith('mcast_querier_state_') ? undefined : value)

type Told = { readonly ifname: string; readonly ifindex: number }

const only = (told: readonly Told[], names: ReadonlySet<string>): Told[] =>
  told.filter(({ ifname }) => names.has(ifname))

const parsed = (text: string) => JSON.parse(text) as Told[]
/** What ip tells, in order of index: kernels before 6.9 list by the last octet of it, and ip leaves it so. */
const inOrder = (text: string) => parsed(text).sort((one, other) => one.ifindex - other.ifindex)

/** The links that a line makes. */
function namesIn(line: string): string[] {
  const [, verb, kind, name, ...rest] = line.split(' ')
  if (verb !== 'add' || name === undefined) return []
  const peer = rest[rest.indexOf('--peer') + 1]
  return kind === 'veth' && peer !== undefined ? [name, peer] : [name]
}
