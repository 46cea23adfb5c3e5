/** Words: the one that somebody meant, and lists of them for people. @module */
import { closest, distance } from 'fastest-levenshtein'

/** The word of the list that is nearest to what was written, where one is near enough to be meant. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined
  const beginning = words.find((word) => word.startsWith(written) && written !== '')
  if (beginning !== undefined) return beginning
  const candidate = closest(written, words)
  const errors = distance(written, candidate)
  return errors <= 3 && errors < Math.max(written.length, candidate.length) * 0.6 ? candidate : undefined
}

/** What to tell about a word that is not in the list: the nearest one, or all. */
export function suggestion(written: string, words: readonly string[]): string {
  const near = nearest(written, words)
  return near === undefined ? `one of ${words.join(', ')}` : `did you mean ${near}?`
}

/** `forwardDelay` → `forward-delay`, as options are written. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `forward-delay` → `forwardDelay`, as commander names the value of an option. */
export function camel(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
