/** Words: the one that somebody meant, and lists of them for people. @module */

/** The word of the list that is nearest to what was written, where one is near enough to be meant. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  if (written === '') return undefined
  const begun = words.find((word) => word.startsWith(written))
  if (begun !== undefined) return begun
  let best: { readonly word: string; readonly slips: number } | undefined
  for (const word of words) {
    const slips = slipsBetween(written, word)
    if (slips <= 3 && slips < Math.max(written.length, word.length) * 0.6 && slips < (best?.slips ?? 4)) {
      best = { word, slips }
    }
  }
  return best?.word
}

/**
 * How many slips of the hand lie between two words: a letter too many, too few, or wrong, or two that changed places
 * (optimal string alignment; the last is the most frequent slip and counts two in Levenshtein's distance).
 */
function slipsBetween(a: string, b: string): number {
  let older: number[] = []
  let old = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const wrong = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((old[j] as number) + 1, (row[j - 1] as number) + 1, (old[j - 1] as number) + wrong)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) least = Math.min(least, (older[j - 2] as number) + 1)
      row.push(least)
    }
    older = old
    old = row
  }
  return old[b.length] as number
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
