/** A command line as bash hands it over, split into words without evaluating anything. @module */

/** The words before the one under the cursor, and what stands of that one. */
export interface Line {
  /** Finished words, without the name of the program. */
  readonly before: readonly string[]
  /** The unfinished word; empty behind a blank. */
  readonly current: string
}

/** Splits a line at blanks that are not quoted. */
export function splitLine(line: string): Line {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string
    if (quote !== undefined) {
      if (letter === quote) quote = undefined
      else if (letter === '\\' && quote === '"' && at + 1 < line.length) word = (word ?? '') + line[++at]
      else word = (word ?? '') + letter
    } else if (letter === "'" || letter === '"') {
      quote = letter
      word ??= ''
    } else if (letter === '\\' && at + 1 < line.length) word = (word ?? '') + line[++at]
    else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + letter
  }
  return { before: words.slice(1), current: word ?? '' }
}
