/** The expressions that rules are made of: each by its name and a table of attributes (`linux/netfilter/nf_tables.h`). @module */
import {
  type Attribute,
  type AttributeTable,
  attributes,
  custom,
  octets,
  text,
  u32be,
  u64be,
  writeAttributes,
} from '../netlink/attribute.js'
import { forEachAttribute, readAttributes, readValues, type Values } from '../netlink/attribute-run.js'
import { nested } from '../netlink/nested.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'

/** One expression, as the kernel keeps it. */
export interface Expression {
  /** The kernel's name of its kind: `payload`, `cmp`. */
  readonly name: string
  /** Its attributes by our names; none for a kind without a table here. */
  readonly values: Values
  /** Whether it holds more than the table knows. */
  readonly more: boolean
}

/** What becomes of a packet, enum nft_verdict_attributes. */
export interface Verdict {
  /** NF_ACCEPT, NF_DROP. */
  readonly code: number
}

/** Attributes of what becomes of a packet. */
export const verdictAttributes = attributes({ code: u32be(1, 'NFTA_VERDICT_CODE') })

/** What an expression compares with or loads, enum nft_data_attributes. */
export const dataAttributes = attributes({
  value: octets(1, 'NFTA_DATA_VALUE'),
  verdict: nested<Verdict>(2, 'NFTA_DATA_VERDICT', verdictAttributes),
})

/** Whether a nest of data says what becomes of the packet. */
export const isVerdict = (value: unknown): value is Verdict =>
  typeof value === 'object' && value !== null && 'code' in value

/** Octets, or what becomes of the packet, in a nest of their own. */
export const data = (type: number, name: string): Attribute<Uint8Array | Verdict> => ({
  ...custom<Uint8Array | Verdict>(
    type,
    name,
    'nested',
    0,
    (to, value) => {
      const at = to.nest(type)
      if (isVerdict(value)) dataAttributes.verdict.write(to, value)
      else dataAttributes.value.write(to, value)
      to.endNest(at)
    },
    (from, start, end) => {
      const { value, verdict } = readValues(dataAttributes, from, start, end, name)
      return (value ?? verdict ?? empty) as Uint8Array | Verdict
    },
  ),
  inner: dataAttributes,
})
const empty = new Uint8Array(0)

/** Loads something about the packet, enum nft_meta_attributes. */
export const metaAttributes = attributes({
  to: u32be(1, 'NFTA_META_DREG'),
  key: u32be(2, 'NFTA_META_KEY'),
})
/** Loads octets of the packet, enum nft_payload_attributes. */
export const payloadAttributes = attributes({
  to: u32be(1, 'NFTA_PAYLOAD_DREG'),
  base: u32be(2, 'NFTA_PAYLOAD_BASE'),
  offset: u32be(3, 'NFTA_PAYLOAD_OFFSET'),
  length: u32be(4, 'NFTA_PAYLOAD_LEN'),
})
/** Looks an address up in the routing table, enum nft_fib_attributes. */
export const fibAttributes = attributes({
  to: u32be(1, 'NFTA_FIB_DREG'),
  result: u32be(2, 'NFTA_FIB_RESULT'),
  flags: u32be(3, 'NFTA_FIB_FLAGS'),
})
/** Masks a register, enum nft_bitwise_attributes; the operation is told by newer kernels, 0 for this one. */
export const bitwiseAttributes = attributes({
  from: u32be(1, 'NFTA_BITWISE_SREG'),
  to: u32be(2, 'NFTA_BITWISE_DREG'),
  length: u32be(3, 'NFTA_BITWISE_LEN'),
  mask: data(4, 'NFTA_BITWISE_MASK'),
  xor: data(5, 'NFTA_BITWISE_XOR'),
  operation: u32be(6, 'NFTA_BITWISE_OP'),
})
/** Compares a register; what does not hold ends the rule. Enum nft_cmp_attributes. */
export const cmpAttributes = attributes({
  from: u32be(1, 'NFTA_CMP_SREG'),
  operation: u32be(2, 'NFTA_CMP_OP'),
  data: data(3, 'NFTA_CMP_DATA'),
})
/** Looks a register up in a set; what is not in it ends the rule. Enum nft_lookup_attributes. */
export const lookupAttributes = attributes({
  set: text(1, 'NFTA_LOOKUP_SET'),
  from: u32be(2, 'NFTA_LOOKUP_SREG'),
  to: u32be(3, 'NFTA_LOOKUP_DREG'),
  setId: u32be(4, 'NFTA_LOOKUP_SET_ID'),
  flags: u32be(5, 'NFTA_LOOKUP_FLAGS'),
})
/** Loads octets of the rule, enum nft_immediate_attributes. */
export const immediateAttributes = attributes({
  to: u32be(1, 'NFTA_IMMEDIATE_DREG'),
  data: data(2, 'NFTA_IMMEDIATE_DATA'),
})
/** Counts, enum nft_counter_attributes. */
export const counterAttributes = attributes({
  bytes: u64be(1, 'NFTA_COUNTER_BYTES'),
  packets: u64be(2, 'NFTA_COUNTER_PACKETS'),
  pad: octets(3, 'NFTA_COUNTER_PAD'),
})
/** Translates to addresses in registers, enum nft_nat_attributes. */
export const natAttributes = attributes({
  type: u32be(1, 'NFTA_NAT_TYPE'),
  family: u32be(2, 'NFTA_NAT_FAMILY'),
  address: u32be(3, 'NFTA_NAT_REG_ADDR_MIN'),
  lastAddress: u32be(4, 'NFTA_NAT_REG_ADDR_MAX'),
  port: u32be(5, 'NFTA_NAT_REG_PROTO_MIN'),
  lastPort: u32be(6, 'NFTA_NAT_REG_PROTO_MAX'),
  flags: u32be(7, 'NFTA_NAT_FLAGS'),
})
/** Translates the source to the address of the link, enum nft_masq_attributes. */
export const masqueradeAttributes = attributes({
  flags: u32be(1, 'NFTA_MASQ_FLAGS'),
  port: u32be(2, 'NFTA_MASQ_REG_PROTO_MIN'),
  lastPort: u32be(3, 'NFTA_MASQ_REG_PROTO_MAX'),
})
/** Translates the destination to this host, enum nft_redir_attributes. */
export const redirectAttributes = attributes({
  port: u32be(1, 'NFTA_REDIR_REG_PROTO_MIN'),
  lastPort: u32be(2, 'NFTA_REDIR_REG_PROTO_MAX'),
  flags: u32be(3, 'NFTA_REDIR_FLAGS'),
})

/** The attributes of each kind. */
const tables: { readonly [name: string]: AttributeTable | undefined } = {
  bitwise: bitwiseAttributes,
  cmp: cmpAttributes,
  counter: counterAttributes,
  fib: fibAttributes,
  immediate: immediateAttributes,
  lookup: lookupAttributes,
  masq: masqueradeAttributes,
  meta: metaAttributes,
  nat: natAttributes,
  payload: payloadAttributes,
  redir: redirectAttributes,
}

/** An element of a list, enum nft_list_attributes. */
export const listAttributes = attributes({ element: octets(1, 'NFTA_LIST_ELEM') })
/** An expression, enum nft_expr_attributes. */
export const expressionAttributes = attributes({ name: text(1, 'NFTA_EXPR_NAME'), data: octets(2, 'NFTA_EXPR_DATA') })

/** Appends expressions, each an element of the list that was begun. */
export function writeExpressions(to: MessageWriter, expressions: readonly Expression[]): void {
  for (const { name, values } of expressions) {
    const element = to.nest(listAttributes.element.type)
    expressionAttributes.name.write(to, name)
    const inside = to.nest(expressionAttributes.data.type)
    writeAttributes(to, tables[name] as AttributeTable, values)
    to.endNest(inside)
    to.endNest(element)
  }
}

/** Reads the expressions of a list. */
export function readExpressions(from: Octets, start: number, end: number): readonly Expression[] {
  const found: Expression[] = []
  forEachAttribute(from, start, end, 'expressions', (_, at, stop) => found.push(readExpression(from, at, stop)))
  return found
}

function readExpression(from: Octets, start: number, end: number): Expression {
  let name = ''
  let [inside, stop] = [end, end]
  forEachAttribute(from, start, end, 'expression', (type, at, after) => {
    if (type === expressionAttributes.name.type) name = from.text(at, after)
    if (type === expressionAttributes.data.type) [inside, stop] = [at, after]
  })
  const table = tables[name]
  if (table === undefined) return { name, values: {}, more: stop > inside }
  const { values, other } = readAttributes(table, from, inside, stop, name)
  return { name, values, more: other.length > 0 }
}
