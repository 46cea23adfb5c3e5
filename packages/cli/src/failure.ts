/** What a failed call prints and with which status it ends: 1 the operation failed, 2 wrong usage. @module */
import type { CommanderError } from 'commander'
import { UsageError } from './usage.js'

/** A failure as it is told. */
export interface Failure {
  /** Exit status. */
  readonly status: number
  /** Lines for people, without the name of the program. */
  readonly message: string
  /** What to do. */
  readonly hint?: string
  /** For programs. */
  readonly json: Readonly<Record<string, unknown>>
}

/** The failure of a thrown value. `undefined` when the command has said all there is to say, such as its help. */
export async function failureOf(error: unknown, operation?: string): Promise<Failure | undefined> {
  if (isCommanderError(error)) return commanderFailure(error, operation)
  if (error instanceof UsageError) return usage(error.message, error.hint, operation)
  // Help and slips of the hand need nothing of core, which takes as long to load as all the rest.
  const { isArgumentError, isVnetError } = await import('@vnet/core')
  if (isArgumentError(error)) {
    const { code, operation: of, subject, attribute, hint, message } = error
    const json = { code, operation: of, subject, detail: message, attribute, hint }
    return { status: 2, message, ...(hint === undefined ? {} : { hint }), json }
  }
  if (isVnetError(error)) {
    const { code, operation: of, subject, detail, attribute, hint } = error
    const json = { code, operation: of, subject, detail, attribute, hint }
    return { status: 1, message: error.message, ...(hint === undefined ? {} : { hint }), json }
  }
  const { name, message, stack } = error as Error
  if (name === 'AbortError') return { status: 1, message, json: { code: 'ABORT_ERR', operation, detail: message } }
  // Anything else is a mistake of ours: where it happened is what a report needs.
  const told = typeof stack === 'string' ? stack : String(error)
  return { status: 1, message: told, json: { code: 'VNET_INTERNAL', operation, detail: message ?? told } }
}

/** The failure in words. */
export function failureText(failure: Failure): string {
  const lines = [`vnet: ${failure.message}`]
  if (failure.hint !== undefined) lines.push(`hint: ${failure.hint}`)
  return `${lines.join('\n')}\n`
}

function usage(message: string, hint: string | undefined, operation: string | undefined): Failure {
  const more = hint === undefined ? {} : { hint }
  return { status: 2, message, ...more, json: { code: 'VNET_USAGE', operation, detail: message, hint } }
}

/** Known by its code, not its class: commander is only loaded by what needs it. */
function isCommanderError(error: unknown): error is CommanderError {
  return typeof (error as { code?: unknown } | null)?.code === 'string' && 'exitCode' in (error as object)
}

function commanderFailure(error: CommanderError, operation: string | undefined): Failure | undefined {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return undefined
  if (error.code === 'commander.help') return { status: 2, message: '', json: {} }
  // `error: unknown option '--fo'\n(Did you mean --foo?)`
  const match = /^(?:error: )?([^\n]*)(?:\n\((Did you mean [^)]*)\))?/.exec(error.message)
  const near = match?.[2]
  return usage(match?.[1] ?? error.message, near === undefined ? undefined : `d${near.slice(1)}`, operation)
}
