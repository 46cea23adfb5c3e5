/** Reads filter expressions (pcap-filter(7)). `and` and `or` bind equally and from the left, as in libpcap. @module */
import { Cursor } from './cursor.js'
import {
  acceptRelation,
  continueArithmetic,
  continuesArithmetic,
  parseArithmetic,
  startsArithmetic,
} from './parse-arithmetic.js'
import { parseIdentity, startsIdentity } from './parse-identity.js'
import type { Arithmetic, Direction, Expression, IdentityType, Layer, Qualifiers } from './syntax.js'
import { foreignWords, type LlcType, llcTypes, type ProtocolWord, protocolWords } from './word.js'

/**
 * What an expression says; `undefined` for none at all, which takes everything.
 *
 * @throws FilterError
 */
export function parseFilter(text: string): Expression | undefined {
  const cursor = new Cursor(text)
  if (cursor.peek().kind === 'end') return undefined
  return new Parser(cursor).whole()
}

const isArithmetic = (it: Arithmetic | Expression): it is Arithmetic =>
  it.kind === 'number' || it.kind === 'length' || it.kind === 'load' || it.kind === 'binary' || it.kind === 'negative'

const primitives = 'a primitive such as tcp, host 10.0.0.1, port 53 or ip[0] = 0x45'

class Parser {
  readonly #cursor: Cursor
  /** Of the last primitive; an identity alone takes them. */
  #qualifiers: Qualifiers | undefined

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  whole(): Expression {
    const whole = this.#comparison(this.#chain())
    if (this.#cursor.peek().kind !== 'end') throw this.#cursor.unexpected('and, or, or the end')
    return whole
  }

  /** Primitives with `and` and `or` between them; or a number alone, which is something only in parentheses. */
  #chain(): Arithmetic | Expression {
    const cursor = this.#cursor
    const first = this.#operand()
    if (isArithmetic(first)) return first
    let left = first
    for (;;) {
      const kind = cursor.accept('and', '&&') ? 'and' : cursor.accept('or', '||') ? 'or' : undefined
      if (kind === undefined) return left
      const right = startsIdentity(cursor) ? parseIdentity(cursor, this.#qualifiers) : this.#term()
      left = { kind, of: left.kind === kind ? [...left.of, right] : [left, right] }
    }
  }

  #term(): Expression {
    return this.#comparison(this.#operand())
  }

  #comparison(given: Arithmetic | Expression): Expression {
    if (!isArithmetic(given)) return given
    throw this.#cursor.unexpected('a comparison such as = 1')
  }

  #operand(): Arithmetic | Expression {
    const cursor = this.#cursor
    if (cursor.accept('not', '!') !== undefined) return { kind: 'not', of: cursor.nested(() => this.#term()) }
    if (startsArithmetic(cursor)) return this.#compared(parseArithmetic(cursor))
    if (cursor.accept('(') !== undefined) {
      const before = this.#qualifiers
      const inside = cursor.nested(() => this.#chain())
      cursor.expect(')')
      if (isArithmetic(inside)) return this.#compared(continueArithmetic(cursor, inside))
      this.#qualifiers = before
      return inside
    }
    this.#qualifiers = undefined
    return this.#primitive()
  }

  /** A comparison, or the number itself when none follows. */
  #compared(left: Arithmetic): Arithmetic | Expression {
    const { at } = this.#cursor.peek()
    const relation = acceptRelation(this.#cursor)
    if (relation === undefined) return left
    this.#qualifiers = undefined
    return { kind: 'relation', relation, left, right: parseArithmetic(this.#cursor), at }
  }

  #primitive(): Expression {
    const cursor = this.#cursor
    const { kind, text, at } = cursor.peek()
    const protocol = kind === 'word' ? protocolWords.get(text) : undefined
    if (protocol !== undefined) {
      cursor.take()
      return this.#qualified(protocol, at)
    }
    if (
      cursor.is([
        'src',
        'dst',
        'host',
        'net',
        'port',
        'portrange',
        'proto',
        'protochain',
        'gateway',
        'broadcast',
        'multicast',
      ])
    ) {
      return this.#qualified(undefined, at)
    }
    const other = this.#other()
    if (other !== undefined) return other
    const link = kind === 'word' ? foreignWords.get(text) : undefined
    if (link !== undefined) throw cursor.unexpected(primitives, `“${text}” is for ${link}, which no link here is`)
    throw cursor.unexpected(primitives)
  }

  /** What may follow a protocol, or stand alone: qualifiers with an identity, or nothing. */
  #qualified(protocol: ProtocolWord | undefined, at: number): Expression {
    const cursor = this.#cursor
    const of = protocol === undefined ? {} : { protocol }
    const cast = cursor.accept('broadcast', 'multicast') as 'broadcast' | 'multicast' | undefined
    if (cast !== undefined) return { kind: cast, ...of, at }
    const direction = this.#direction()
    // Only addresses and ports have directions.
    const types = [
      'host',
      'net',
      'port',
      'portrange',
      ...(direction === undefined ? ['proto', 'protochain', 'gateway'] : []),
    ]
    const type = cursor.accept(...types) as IdentityType | undefined
    if (protocol !== undefined && direction === undefined && type === undefined)
      return { kind: 'protocol', protocol, at }
    this.#qualifiers = {
      ...of,
      ...(direction === undefined ? {} : { direction }),
      ...(type === undefined ? {} : { type }),
    }
    return parseIdentity(cursor, this.#qualifiers)
  }

  #direction(): Direction | undefined {
    const cursor = this.#cursor
    const first = cursor.accept('src', 'dst') as 'src' | 'dst' | undefined
    if (first === undefined) return undefined
    const other = first === 'src' ? 'dst' : 'src'
    if (!cursor.is([other], 1)) return first
    const both = cursor.accept('or', '||') ? 'or' : cursor.accept('and', '&&') ? 'and' : undefined
    if (both === undefined) return first
    cursor.take()
    return both
  }

  #other(): Expression | undefined {
    const cursor = this.#cursor
    const { at } = cursor.peek()
    const word = cursor.accept(
      ...[
        'less',
        'greater',
        'byte',
        'inbound',
        'outbound',
        'ifindex',
        'llc',
        'vlan',
        'mpls',
        'pppoed',
        'pppoes',
        'geneve',
      ],
    )
    switch (word) {
      case undefined:
        return undefined
      case 'less':
      case 'greater':
        return { kind: word, octets: this.#plainNumber('a number of octets') }
      case 'byte':
        return this.#byte()
      case 'inbound':
      case 'outbound':
        return { kind: word }
      case 'ifindex':
        return { kind: word, index: this.#plainNumber('the index of a link') }
      case 'llc': {
        const { kind, text } = cursor.peek()
        if (!Object.hasOwn(llcTypes, text) || (kind !== 'name' && kind !== 'word')) return this.#llc(at)
        cursor.take()
        return { kind: 'llc', type: text as LlcType, at }
      }
      default:
        return this.#layer(word as Layer, at)
    }
  }

  #llc(at: number): Expression {
    if (this.#cursor.peek().kind === 'name') throw this.#cursor.unexpected(`one of ${Object.keys(llcTypes).join(', ')}`)
    return { kind: 'llc', at }
  }

  #layer(layer: Layer, at: number): Expression {
    const cursor = this.#cursor
    // A number in parentheses is that of the header, unless something is computed with it.
    const isNumbered = layer !== 'pppoed' && (cursor.peek().kind === 'number' || cursor.is(['(']))
    if (!isNumbered) return { kind: 'layer', layer, at }
    const number = cursor.number('a number')
    if (continuesArithmetic(cursor)) throw cursor.unexpected('and, or, or the end')
    return { kind: 'layer', layer, number, at }
  }

  #byte(): Expression {
    const cursor = this.#cursor
    const offset = this.#plainNumber('the place of an octet')
    const operator = cursor.accept('=', '<', '>', '&', '|')
    if (operator === undefined) throw cursor.unexpected('one of = < > & |')
    return { kind: 'byte', offset, operator, value: this.#plainNumber('a number') }
  }

  #plainNumber(expected: string): number {
    const token = this.#cursor.peek()
    if (token.kind !== 'number') throw this.#cursor.unexpected(expected)
    this.#cursor.take()
    return token.value
  }
}
