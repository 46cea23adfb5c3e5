/** Registers tests with vitest: what they need decides whether they run, and each outcome goes into the summary. @module */
import { type Capability, type Driver, type Host, isVnetError, openHost } from '@vnet/core'
import * as vitest from 'vitest'
import { type Context, openContext } from './context.js'
import { patience as times } from './kernel-release.js'
import { type Outcome, Summary } from './summary.js'

/** What a backend hands to the suite. There are no options: only `driver.supports` decides what runs. */
export interface ConformanceSetup {
  /** The backend's name, in titles and in the names of the artifacts. */
  readonly name: string
  /** Makes a driver; called once for the suite and once for each test that closes its driver. */
  readonly createDriver: () => Driver | Promise<Driver>
  /**
   * Which part of how many, from 1: files of vitest run side by side, and tests of a kernel wait more than they work. Every
   * n-th heading is of a part, so their order stays. Without it: all.
   */
  readonly part?: readonly [number, number]
  /** vitest's functions, where this package would find another copy of vitest than the one that runs. */
  readonly describe?: typeof vitest.describe
  /** See `describe`. */
  readonly it?: typeof vitest.it
  /** See `describe`. */
  readonly afterAll?: typeof vitest.afterAll
}

/** A test's body. */
export type Body = (context: Context) => Promise<void>

/** The tests of one noun are registered through this. */
export interface Suite {
  /** The backend's name. */
  readonly name: string
  /** A test that needs these capabilities beyond `admin` and `namespace anonymous`. */
  test(title: string, needs: readonly Capability[], body: Body, patience?: { readonly seconds: number }): void
  /** Tests under a heading. */
  group(title: string, register: (suite: Suite) => void): void
}

/** What every test needs. */
const basis: readonly Capability[] = ['admin', 'namespace anonymous']

/** Longest time of one test, milliseconds; the kernel deletes thousands of links in that time. */
const limit = 30_000

type Opened = { readonly host: Host } | { readonly refused: string }

/** Registers `areas`, a heading each, and prints and writes the summary at the end; `more` ends the names of its files. */
export function registerSuite(
  setup: ConformanceSetup,
  areas: Readonly<Record<string, (suite: Suite) => void>>,
  more = '',
): void {
  const { describe, it, afterAll } = { ...vitest, ...setup }
  const [part, of] = setup.part ?? [1, 1]
  const summary = new Summary(setup.name, `${setup.name}${of === 1 ? '' : `-${part}`}${more}`)
  let opened: Promise<Opened> | undefined
  const openOwn = async () => openHost({ driver: await setup.createDriver() })
  const open = () => {
    opened ??= openOwn().then((host) => ({ host }), refusal)
    return opened
  }

  const suiteAt = (path: readonly string[]): Suite => ({
    name: setup.name,
    test: (title, needs, body, patience) => {
      it(title, { timeout: (patience === undefined ? limit : patience.seconds * 1000) * times }, async (task) => {
        const record = (outcome: Outcome, why?: string) => summary.record([...path, title], needs, outcome, why)
        // Recorded as failed first: a test that is cut off by its time limit never comes back to say so.
        record('failed', 'did not end')
        const state = await open()
        const why = 'refused' in state ? state.refused : lacking(state.host, [...basis, ...needs])
        if (why !== undefined) {
          if (isWholeTier(state, why) && process.env.VNET_KERNEL === 'required') {
            record('failed', why)
            throw new Error(`VNET_KERNEL=required, but the whole tier cannot run: ${why}`)
          }
          record('skipped', why)
          task.skip(why)
        }
        if ('refused' in state) return
        try {
          const skip = (reason: string): never => {
            record('skipped', reason)
            return task.skip(reason)
          }
          await run(state.host, openOwn, skip, body)
          record('passed')
        } catch (error) {
          if (summary.outcome([...path, title]) !== 'skipped') {
            record('failed', error instanceof Error ? error.message : String(error))
          }
          throw error
        }
      })
    },
    group: (title, register) => {
      describe(title, () => register(suiteAt([...path, title])))
    },
  })

  describe(`conformance: ${setup.name}`, () => {
    const root = suiteAt([])
    for (const [i, [title, register]] of Object.entries(areas).entries()) {
      if (i % of === part - 1) root.group(title, register)
    }
    afterAll(async () => {
      const state = await opened
      if (state !== undefined && 'host' in state) {
        summary.note(state.host.supports)
        await state.host.close()
      }
      await summary.report()
    })
  })
}

async function run(
  host: Host,
  openOwn: () => Promise<Host>,
  skip: (reason: string) => never,
  body: Body,
): Promise<void> {
  const context = await openContext(host, openOwn, skip)
  try {
    await body(context)
  } catch (error) {
    // What failed first is what the reader needs; a clean-up that fails after it is its consequence.
    await context.end().catch(() => {})
    throw error
  }
  await context.end()
}

/** The first capability that is missing, in words; `undefined` when nothing is. */
function lacking(host: Host, needs: readonly Capability[]): string | undefined {
  for (const capability of needs) {
    const answer = host.supports[capability]
    if (answer !== true) return `lacks capability: ${capability} (${answer})`
  }
  return undefined
}

/** A backend that is not for this machine refuses; anything else that goes wrong while opening is a failure. */
function refusal(error: unknown): Opened {
  if (isVnetError(error) && (error.code === 'VNET_NO_DRIVER' || error.code === 'VNET_UNSUPPORTED')) {
    return { refused: `lacks capability: admin (${error.message})` }
  }
  throw error
}

function isWholeTier(state: Opened, why: string): boolean {
  return 'refused' in state || basis.some((capability) => why.startsWith(`lacks capability: ${capability} `))
}
