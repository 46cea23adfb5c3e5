/** The summary of a run: backend × capability, what passed, failed, and was skipped and why; printed and kept as an artifact. @module */
import { mkdir, writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import { type Capabilities, type Capability, capabilities } from '@vnet/core'

/** How a test ended. */
export type Outcome = 'passed' | 'failed' | 'skipped'

/** One test in the summary. */
export interface SummaryEntry {
  /** Headings and title, outermost first. */
  readonly path: readonly string[]
  /** The capabilities that it needs beyond the basis. */
  readonly needs: readonly Capability[]
  /** How it ended. */
  readonly outcome: Outcome
  /** Why it was skipped or what failed. */
  readonly why?: string
}

/** One line of the table. */
export interface SummaryRow {
  /** A heading of the suite (`link`), or a capability (`link vlan`). */
  readonly of: string
  /** Tests that passed. */
  readonly passed: number
  /** Tests that failed. */
  readonly failed: number
  /** Tests that were skipped. */
  readonly skipped: number
  /** The reasons of the skips, each once. */
  readonly why: readonly string[]
}

/** Collects the outcomes of one backend. */
export class Summary {
  readonly #name: string
  readonly #file: string
  #supports: Capabilities | undefined
  readonly #entries = new Map<string, SummaryEntry>()

  /** A summary for the backend of this name; `file` is what its artifacts are called after. */
  constructor(name: string, file = name) {
    this.#name = name
    this.#file = file
  }

  /** Notes how a test ended; the last word counts. */
  record(path: readonly string[], needs: readonly Capability[], outcome: Outcome, why?: string): void {
    const entry: SummaryEntry = why === undefined ? { path, needs, outcome } : { path, needs, outcome, why }
    this.#entries.set(path.join(' › '), entry)
  }

  /** How the test of this path ended, as far as is known. */
  outcome(path: readonly string[]): Outcome | undefined {
    return this.#entries.get(path.join(' › '))?.outcome
  }

  /** One line for each heading of the suite. */
  areas(): SummaryRow[] {
    const entries = [...this.#entries.values()]
    const titles = [...new Set(entries.map((entry) => entry.path[0] as string))]
    return titles.map((title) =>
      row(
        title,
        entries.filter((entry) => entry.path[0] === title),
      ),
    )
  }

  /** One line for each capability that a test asked for. */
  capabilities(): SummaryRow[] {
    const entries = [...this.#entries.values()]
    return capabilities
      .map((capability) =>
        row(
          capability,
          entries.filter((entry) => entry.needs.includes(capability)),
        ),
      )
      .filter((line) => line.passed + line.failed + line.skipped > 0)
  }

  /** Notes what the backend can do. */
  note(supports: Capabilities): void {
    this.#supports = { ...supports }
  }

  /** The table as markdown, which also reads well in a terminal. */
  markdown(): string {
    const total = row('total', [...this.#entries.values()])
    const lines = [
      `# Conformance of ${this.#name}`,
      '',
      `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
      '',
      ...table('tests of', this.areas()),
      '',
      ...table('capability', this.capabilities()),
      '',
    ]
    return lines.join('\n')
  }

  /** Everything, for machines. */
  json(): string {
    const data = {
      name: this.#name,
      kernel: release(),
      supports: this.#supports,
      areas: this.areas(),
      capabilities: this.capabilities(),
      tests: [...this.#entries.values()],
    }
    return `${JSON.stringify(data, null, 2)}\n`
  }

  /** Prints the table and writes `conformance-FILE.json` and `.md` to `VNET_ARTIFACTS`, or to `artifacts`. */
  async report(): Promise<void> {
    // A page has neither a terminal nor files.
    if (this.#entries.size === 0 || typeof process === 'undefined') return
    process.stdout.write(`\n${this.markdown()}\n`)
    const folder = process.env.VNET_ARTIFACTS ?? 'artifacts'
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `conformance-${this.#file}.json`), this.json())
    await writeFile(join(folder, `conformance-${this.#file}.md`), this.markdown())
  }
}

function row(of: string, entries: readonly SummaryEntry[]): SummaryRow {
  const count = (outcome: Outcome) => entries.filter((entry) => entry.outcome === outcome).length
  const why = entries.flatMap((entry) => (entry.outcome === 'skipped' && entry.why !== undefined ? [entry.why] : []))
  return { of, passed: count('passed'), failed: count('failed'), skipped: count('skipped'), why: [...new Set(why)] }
}

function table(heading: string, rows: readonly SummaryRow[]): string[] {
  const cells = [
    [heading, 'passed', 'failed', 'skipped', 'why skipped'],
    ...rows.map((line) => [
      line.of,
      String(line.passed),
      String(line.failed),
      String(line.skipped),
      line.why.join('; '),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => (line[column] as string).length)))
  const lines = cells.map((line) => {
    const padded = line.map((cell, column) => {
      const width = widths[column] ?? 0
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    })
    return `| ${padded.join(' | ')} |`
  })
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|---|`
  return [lines[0] as string, rule, ...lines.slice(1)]
}
