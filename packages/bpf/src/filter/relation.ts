/** Comparisons of computed numbers: `ip[2:2] > 576`, `tcp[tcpflags] & 2 != 0`. @module */
import type { BpfInstruction } from '@vnet/core'
import {
  type Comparison,
  compute,
  computeX,
  type LoadSize,
  length,
  loadBehindX,
  negative,
  number,
  type Operation,
  recall,
  store,
  toX,
} from '../instruction.js'
import { all, type Condition, compares, constant, equal, not, test } from './condition.js'
import { FilterError } from './error.js'
import { behind, type Layout, loadAt, type Place } from './layout.js'
import { abbreviations, linkProtocolNumbers } from './name.js'
import { isFirstFragment, isIp, isNumbered, isProtocol } from './protocol.js'
import type { Arithmetic, Expression, Relation } from './syntax.js'

type Compared = Extract<Expression, { kind: 'relation' }>
type Loaded = Extract<Arithmetic, { kind: 'load' }>

/** A number: its value where that is known, instructions that leave it in A, and what must hold before they make sense. */
interface Computed {
  readonly value?: number
  readonly code: readonly BpfInstruction[]
  readonly guards: readonly Condition[]
}

/** Each comparison as one that jumps can make, or the opposite of one. */
const jumps: Readonly<Record<Relation, readonly [comparison: Comparison, isOpposite: boolean]>> = {
  '=': ['==', false],
  '!=': ['==', true],
  '>': ['>', false],
  '>=': ['>=', false],
  '<': ['>=', true],
  '<=': ['>', true],
}

/** Whether two numbers compare so, without sign. */
export function isRelated(layout: Layout, { relation, left, right, at }: Compared): Condition {
  const numbers = new Numbers(layout)
  const one = numbers.computed(left, 0)
  const [comparison, isOpposite] = jumps[relation]
  const other = numbers.computed(right, 1)
  const isTrue = (() => {
    if (other.value !== undefined) {
      if (one.value !== undefined) return constant(compares(one.value, comparison, other.value))
      return test(one.code, comparison, other.value)
    }
    const word = layout.scratchWord(0, at)
    return test([...one.code, store(word), ...other.code, toX, recall(word)], comparison, 'x')
  })()
  return all(...one.guards, ...other.guards, isOpposite ? not(isTrue) : isTrue)
}

class Numbers {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** A number, computed while `depth` words of memory are in use. */
  computed(given: Arithmetic, depth: number): Computed {
    switch (given.kind) {
      case 'number':
        return known(given.value)
      case 'length':
        return { code: [length], guards: [] }
      case 'negative': {
        const { value, code, guards } = this.computed(given.of, depth)
        return value === undefined ? { code: [...code, negative], guards } : known(-value)
      }
      case 'binary':
        return this.#binary(given.operation, given.left, given.right, given.at, depth)
      case 'load':
        return this.#loaded(given, depth)
    }
  }

  #binary(operation: Operation, left: Arithmetic, right: Arithmetic, at: number, depth: number): Computed {
    const one = this.computed(left, depth)
    const other = this.computed(right, depth + 1)
    if (other.value !== undefined) {
      checkOperand(operation, other.value, at)
      if (one.value !== undefined) return known(results[operation](one.value, other.value))
      return { code: [...one.code, compute(operation, other.value)], guards: one.guards }
    }
    const word = this.#layout.scratchWord(depth, at)
    const code = [...one.code, store(word), ...other.code, toX, recall(word), computeX(operation)]
    // As libpcap does: the protocol that the right side is taken from is not asked for.
    return { code, guards: one.guards }
  }

  #loaded(given: Loaded, depth: number): Computed {
    const { protocol, index, size, at } = given
    if (size !== 1 && size !== 2 && size !== 4) throw new FilterError('data size must be 1, 2, or 4', at)
    const layout = this.#layout
    const inner = this.computed(index, depth)
    if (protocol === 'ether') return { code: this.#from(layout.header, inner, size), guards: inner.guards }
    if (protocol === 'icmp6') {
      const guards = [...inner.guards, isIp(layout, 'ip6', at), equal(layout.inPacket(6, 1), 58)]
      return { code: this.#from(behind(layout.packet, 40), inner, size), guards }
    }
    const abbreviation = abbreviations[protocol]
    if (abbreviation !== undefined && !['ah', 'esp'].includes(protocol)) {
      // Only in IPv4, where the header's length is known.
      const guards = [isIp(layout, 'ip', at), ...inner.guards]
      const isOf = isNumbered(layout, 'ip', abbreviation[0], at)
      return { code: this.#behindIpv4(inner, size, depth, at), guards: [...guards, isOf, isFirstFragment(layout)] }
    }
    if (!indexed.has(protocol)) {
      if (protocol === 'radio') throw new FilterError('radio information not present in capture', at)
      throw new FilterError('unsupported index operation', at, `octets of ${protocol} are not to be had`)
    }
    return { code: this.#from(layout.packet, inner, size), guards: [...inner.guards, isProtocol(layout, protocol, at)] }
  }

  /** Octets so far behind a place. */
  #from(place: Place, { value, code }: Computed, size: LoadSize): readonly BpfInstruction[] {
    if (value !== undefined) return loadAt(behind(place, near(value)), size)
    return [...code, ...this.#layout.indexFrom(place), loadBehindX(place.offset, size)]
  }

  #behindIpv4({ value, code }: Computed, size: LoadSize, depth: number, at: number): readonly BpfInstruction[] {
    const layout = this.#layout
    // A place before it is reached by going round, as −1 does, which only the sum with the header's length shows.
    if (value !== undefined && value === near(value)) return layout.behindIpv4(value, size)
    const word = layout.scratchWord(depth, at)
    const end = [computeX('+'), toX, loadBehindX(layout.packet.offset, size)]
    return [...code, store(word), ...layout.headerLengthX(), recall(word), ...end]
  }
}

/** Protocols whose octets are those behind the link header. */
const indexed: ReadonlySet<string> = new Set(
  Object.keys(linkProtocolNumbers).filter(
    (name) => !['aarp', 'iso', 'stp', 'ipx', 'netbeui', 'loopback'].includes(name),
  ),
)

/** An index that no frame has, where it would otherwise go round to the beginning of the numbers or mean something to the kernel. */
const near = (index: number): number => Math.min(index, 0x7fff0000)

const known = (value: number): Computed => ({ value: value >>> 0, code: [number(value)], guards: [] })

function checkOperand(operation: Operation, value: number, at: number): void {
  if (value === 0 && operation === '/') throw new FilterError('division by zero', at)
  if (value === 0 && operation === '%') throw new FilterError('modulus by zero', at)
  if (value > 31 && (operation === '<<' || operation === '>>')) throw new FilterError('shift by more than 31 bits', at)
}

/** What operations give, in 32 bits when cut to them. */
const results: Readonly<Record<Operation, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': Math.imul,
  '/': (a, b) => Math.floor(a / b),
  '%': (a, b) => a % b,
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >>> b,
}
