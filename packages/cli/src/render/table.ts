/** Lists for people: a table on a terminal, aligned text without colours elsewhere. @module */
import type { Context } from '../context.js'

/** A column of a list. */
export interface Column<Row> {
  /** Its title. */
  readonly title: string
  /** The text for a row; empty where there is nothing to say. */
  text(row: Row): string
  /** Numbers stand to the right. */
  readonly right?: boolean
  /** Shown only when a row has something to say. */
  readonly optional?: boolean
}

/** The list as text, with a line end after each line. Nothing for no rows. */
export async function tableText<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<string> {
  if (rows.length === 0) return ''
  const cells = rows.map((row) => columns.map((column) => clean(column.text(row))))
  const shown = columns.map((column, at) => column.optional !== true || cells.some((line) => line[at] !== ''))
  const titles = columns.map(({ title }) => title).filter((_, at) => shown[at])
  const rights = columns.map(({ right }) => right === true).filter((_, at) => shown[at])
  const lines = cells.map((line) => line.filter((_, at) => shown[at]))
  return context.terminal.interactive ? boxed(context, titles, rights, lines) : aligned(titles, rights, lines)
}

async function boxed(
  { palette }: Context,
  titles: readonly string[],
  rights: readonly boolean[],
  lines: readonly (readonly string[])[],
): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: titles.map((title) => palette.bold(title)),
    colAligns: rights.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const line of lines) table.push(line.map((cell) => colored(cell, palette)))
  return `${table.toString()}\n`
}

/** States catch the eye; everything else stays as it is. */
function colored(cell: string, palette: Context['palette']): string {
  if (cell === 'up' || cell === 'reachable' || cell === 'yes') return palette.green(cell)
  if (cell === 'down' || cell === 'failed' || cell === 'no') return palette.red(cell)
  if (cell === 'unknown' || cell === 'lowerlayerdown' || cell === 'stale') return palette.yellow(cell)
  return cell
}

/** Columns with two blanks between them; no blanks at the end of a line. */
export function aligned(
  titles: readonly string[],
  rights: readonly boolean[],
  lines: readonly (readonly string[])[],
): string {
  const all = [titles, ...lines]
  const widths = titles.map((_, at) => Math.max(...all.map((line) => (line[at] ?? '').length)))
  const pad = (cell: string, at: number) =>
    rights[at] ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number)
  return all.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('')
}

/** Names and labels come from others: control characters would change what is shown. */
export function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd')
}

/** Names and values below each other, for one object. */
export function recordText(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(width)}  ${clean(value)}\n`)
    .join('')
}
