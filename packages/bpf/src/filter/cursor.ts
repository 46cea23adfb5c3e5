/** Where a parser is in an expression. @module */
import { FilterError } from './error.js'
import { type Token, tokensOf } from './token.js'

/** How deep parentheses and negations may be nested. */
const deepest = 200

/** Tokens, one after another. */
export class Cursor {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  /** The next token; with `ahead` one after it. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token
  }

  /** The next token, which is passed. */
  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  /** Whether the next token, or one after it, is one of some words or signs. */
  is(texts: readonly string[], ahead = 0): boolean {
    const { kind, text } = this.peek(ahead)
    return (kind === 'word' || kind === 'sign') && texts.includes(text)
  }

  /** Passes the next token if it is one of some words or signs, and tells it. */
  accept(...texts: string[]): string | undefined {
    return this.is(texts) ? this.take().text : undefined
  }

  /** Passes a sign that must come. */
  expect(text: string): void {
    if (this.accept(text) === undefined) throw this.unexpected(`“${text}”`)
  }

  /** A number, also in parentheses. */
  number(expected: string): number {
    if (this.accept('(') !== undefined) {
      const value = this.nested(() => this.number(expected))
      this.expect(')')
      return value
    }
    const token = this.peek()
    if (token.kind !== 'number') throw this.unexpected(expected)
    this.take()
    return token.value
  }

  /** What is inside of something. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > deepest) throw new FilterError('the expression is nested too deeply', this.peek().at)
    const inside = parse()
    this.#depth--
    return inside
  }

  /** The error of a token that cannot come here. */
  unexpected(expected: string, hint?: string): FilterError {
    const { text, at, kind } = this.peek()
    const found = kind === 'end' ? 'the end' : `“${text}”`
    return new FilterError(`syntax error: expected ${expected}, found ${found}`, at, hint)
  }
}
