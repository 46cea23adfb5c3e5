/** Why an expression is none that can be carried out. @module */

/** A filter expression that was refused: the sentence, where, and what to write instead. */
export class FilterError extends Error {
  override readonly name = 'FilterError'
  /** Where in the expression, in characters from 0; its length at the end. */
  readonly at: number
  /** What to do. */
  readonly hint: string | undefined

  constructor(sentence: string, at: number, hint?: string) {
    super(`${sentence} (at character ${at + 1})`)
    this.at = at
    this.hint = hint
  }
}
