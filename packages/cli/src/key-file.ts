/** Keys in files: what is written on a command line, others see. @module */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Value } from './parameter.js'
import { UsageError } from './usage.js'

/** The argument of an option that names such a file. */
export const keyFile: Value = { placeholder: 'file', completion: 'file', read: (given) => given }

/** What a file holds, without the white space around it; `-` for standard input. */
export async function readKey(file: string): Promise<string> {
  try {
    return (file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, 'keys are read from files')
  }
}
