// The table of what ran where: a column for each backend and kernel, a line for each capability.

/**
 * @typedef {object} Result of the conformance suite, as packages/conformance/src/summary.ts writes it
 * @property {string} tier
 * @property {string} name the backend's
 * @property {string} kernel release
 * @property {Readonly<Record<string, true | string>>} [supports]
 * @property {readonly { needs: readonly string[], outcome: 'passed' | 'failed' | 'skipped', why?: string }[]} tests
 *
 * @typedef {object} Column
 * @property {string} title
 * @property {string} kernel
 * @property {(capability: string) => 'run' | 'lacks' | 'failed' | ''} cell empty where no test asks
 *
 * @typedef {object} Report of one run of vitest, as tools/reporter.ts writes it
 * @property {Readonly<Record<string, { state: string, reason?: string }>>} [tests] by package and name
 */

/** What every test of the suite needs, so that none says it. */
const basis = new Set(['admin', 'namespace anonymous'])

/** What tests use where it is there, and do without elsewhere: every test of a list, of a flush. */
const beneath = new Set(['strict checking', 'fdb flush'])

/** Whose tests are the mock's, here, in a page (tools/browser.mjs) and without a grant (tools/permission.mjs): it lacks what only kernels have, and is no kernel. */
const ofMock = ['mock', 'browser', 'permission']

/** @param {readonly Result[]} results @returns {Column[]} */
export function columnsOf(results) {
  return joined(results).map(({ tier, name, kernel, supports, tests }) => ({
    title: name === 'mock' ? 'mock' : `${name} ${tier}`,
    // The machine's own suffix says nothing: 6.18.44-fc-v782.
    kernel: kernel.replace(/-.*/, ''),
    cell: (capability) => {
      // The rootless tier is the test of user namespaces: all of it runs in one.
      const everywhere =
        basis.has(capability) || (capability === 'user namespace' && tier === 'rootless' && name !== 'mock')
      if (beneath.has(capability) && supports?.[capability] !== undefined && supports[capability] !== true)
        return 'lacks'
      const outcomes = tests
        .filter(({ needs }) => everywhere || beneath.has(capability) || needs.includes(capability))
        // A test that another lack has stopped says nothing about this one.
        .filter(({ outcome, why }) => outcome !== 'skipped' || why?.startsWith(`lacks capability: ${capability} `))
        .map(({ outcome }) => outcome)
      if (outcomes.includes('failed')) return 'failed'
      if (outcomes.includes('passed')) return 'run'
      return outcomes.length > 0 ? 'lacks' : ''
    },
  }))
}

/** The parts of a suite that files of their own ran (`part` of packages/conformance/src/suite.ts), as one. @param {readonly Result[]} results */
function joined(results) {
  /** @type {Map<string, Result>} */
  const wholes = new Map()
  for (const result of results) {
    const place = `${result.name} ${result.tier} ${result.kernel}`
    wholes.set(place, { ...result, tests: [...(wholes.get(place)?.tests ?? []), ...result.tests] })
  }
  return [...wholes.values()]
}

/** The table as lines of markdown. @param {readonly string[]} capabilities @param {readonly Column[]} columns */
export function tableOf(capabilities, columns) {
  const cells = [
    ['capability', ...columns.map(({ title }) => title)],
    ...capabilities.map((capability) => [capability, ...columns.map(({ cell }) => cell(capability))]),
  ]
  const widths = cells[0].map((_, index) => Math.max(...cells.map((line) => line[index].length)))
  const lines = cells.map((line) => `| ${line.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`)
  return [lines[0], `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.slice(1)]
}

/**
 * Capabilities that ran on no kernel, and tests that were skipped wherever they were met. A test's name begins with its
 * package, so the same test by the other binding is another one.
 *
 * @param {readonly string[]} capabilities @param {readonly Column[]} columns @param {readonly Report[]} reports
 */
export function nowhere(capabilities, columns, reports) {
  const real = columns.filter(({ title }) => title !== 'mock')
  /** @type {Map<string, string | undefined>} */
  const skipped = new Map()
  const ran = new Set()
  for (const { tests = {} } of reports) {
    for (const [place, { state, reason }] of Object.entries(tests)) {
      if (state === 'skipped') skipped.set(place, reason)
      else ran.add(place)
    }
  }
  const idle = capabilities.filter((capability) => !real.some(({ cell }) => cell(capability) === 'run'))
  return [
    ...idle.map((capability) => `runs nowhere: capability ${capability}`),
    ...[...skipped]
      .filter(([place]) => !ran.has(place) && !ofMock.some((project) => place.startsWith(`${project}: `)))
      .map(([place, reason]) => `runs nowhere: ${place} (${reason})`),
  ]
}

/** docs/capabilities.md. @param {readonly string[]} table @param {readonly Column[]} columns */
export function document(table, columns) {
  const kernels = columns
    .filter(({ title }) => title !== 'mock')
    .map(({ title, kernel }) => `${title}: Linux ${kernel}`)
  return `# Capabilities

What of the conformance suite ran on which backend and kernel. \`run\`: a test that needs the capability passed. \`lacks\`:
the kernel or the backend has it not, and said so. Empty: no test of that run asked. Written by
\`node tools/capabilities.mjs --write\` from the results of \`npm test\`, \`npm test -- --tier rootless\`, \`npm run test:uml\` and
\`npm run test:qemu\`; it fails when a capability or a test runs nowhere.

${kernels.join(' · ')}

${table.join('\n')}
`
}
