/** What Wireshark asks of an extcap program, read from its words (wireshark.org/docs/man-pages/extcap.html). @module */
import { UsageError } from '../usage.js'

/** Options by name, without dashes; those without a value are `true`. */
export type Question = ReadonlyMap<string, string | true>

const switches = new Set(['extcap-interfaces', 'extcap-dlts', 'extcap-config', 'capture'])
const values = new Set([
  'extcap-version',
  'extcap-interface',
  'extcap-capture-filter',
  'extcap-reload-option',
  'fifo',
  'direction',
  'snap-length',
  'promiscuous',
])

/** Reads the words. */
export function readQuestion(words: readonly string[]): Question {
  const question = new Map<string, string | true>()
  for (let at = 0; at < words.length; at++) {
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at] as string)
    const name = match?.[1] ?? ''
    if (match === null || !(switches.has(name) || values.has(name))) {
      throw new UsageError(`${JSON.stringify(words[at])} is no option of extcap that vnet knows`)
    }
    if (switches.has(name)) question.set(name, match[2] ?? true)
    // Older ones give the version without a value.
    else if (match[2] !== undefined || (words[at + 1] ?? '--').startsWith('--')) question.set(name, match[2] ?? '')
    else question.set(name, words[++at] as string)
  }
  return question
}

/** A sentence of the protocol: `arg {number=0}{call=--direction}`. */
export function sentence(word: string, fields: Readonly<Record<string, string | number>>): string {
  // Braces would end a field.
  const plain = (value: string | number) => String(value).replace(/[{}\n]/g, ' ')
  const parts = Object.entries(fields).map(([name, value]) => `{${name}=${plain(value)}}`)
  return `${word} ${parts.join('')}\n`
}
