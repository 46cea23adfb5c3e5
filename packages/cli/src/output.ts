/** What a command prints: a list in the shape of `ip -j`, or the same for people. @module */
import type { Context } from './context.js'
import type { JsonObject } from './render/ip-json/object.js'
import { type Column, recordText, tableText } from './render/table.js'

/** Prints JSON as `ip -j` does: on one line. */
export function printJson(context: Context, value: unknown): void {
  context.terminal.out(`${JSON.stringify(value)}\n`)
}

/** Prints a list of objects. */
export async function printList<Row>(
  context: Context,
  rows: readonly Row[],
  json: (row: Row) => JsonObject,
  columns: () => readonly Column<Row>[],
): Promise<void> {
  if (context.settings.json) printJson(context, rows.map(json))
  else context.terminal.out(await tableText(context, columns(), rows))
}

/** Prints one object; as JSON it is a list of one, as `ip -j` has it. */
export function printOne<Row>(
  context: Context,
  row: Row,
  json: (row: Row) => JsonObject,
  columns: () => readonly Column<Row>[],
): void {
  if (context.settings.json) {
    printJson(context, [json(row)])
    return
  }
  const pairs = columns().map((column) => [column.title.toLowerCase(), column.text(row)] as const)
  context.terminal.out(recordText(pairs))
}
