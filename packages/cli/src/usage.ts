/** Wrong usage: the command line asks for something that does not exist or does not fit (exit status 2). @module */

/** What is wrong with a command line, and the nearest thing that would be right. */
export class UsageError extends Error {
  /** What to write instead. */
  readonly hint: string | undefined

  /** Says what is wrong. */
  constructor(problem: string, hint?: string) {
    super(problem)
    this.hint = hint
  }
}
