/** Attributes of tables, chains and rules (`linux/netfilter/nf_tables.h`). @module */
import { attributes, custom, octets, text, u32be, u64be } from '../netlink/attribute.js'
import { nested } from '../netlink/nested.js'
import { type Expression, readExpressions, writeExpressions } from './expression.js'

/** Attributes of a table, enum nft_table_attributes. */
export const tableAttributes = attributes({
  name: text(1, 'NFTA_TABLE_NAME'),
  flags: u32be(2, 'NFTA_TABLE_FLAGS'),
  use: u32be(3, 'NFTA_TABLE_USE'),
})

/** Where a chain is hung up, enum nft_hook_attributes. */
export const hookAttributes = attributes({
  number: u32be(1, 'NFTA_HOOK_HOOKNUM'),
  priority: u32be(2, 'NFTA_HOOK_PRIORITY'),
})

/** Attributes of a chain, enum nft_chain_attributes. */
export const chainAttributes = attributes({
  table: text(1, 'NFTA_CHAIN_TABLE'),
  name: text(3, 'NFTA_CHAIN_NAME'),
  hook: nested<{ number: number; priority: number }>(4, 'NFTA_CHAIN_HOOK', hookAttributes),
  use: u32be(6, 'NFTA_CHAIN_USE'),
  type: text(7, 'NFTA_CHAIN_TYPE'),
})

/** Attributes of a rule, enum nft_rule_attributes. */
export const ruleAttributes = attributes({
  table: text(1, 'NFTA_RULE_TABLE'),
  chain: text(2, 'NFTA_RULE_CHAIN'),
  handle: u64be(3, 'NFTA_RULE_HANDLE'),
  expressions: custom<readonly Expression[]>(
    4,
    'NFTA_RULE_EXPRESSIONS',
    'nested',
    0,
    (to, value) => {
      const at = to.nest(4)
      writeExpressions(to, value)
      to.endNest(at)
    },
    readExpressions,
  ),
  position: u64be(6, 'NFTA_RULE_POSITION'),
  userdata: octets(7, 'NFTA_RULE_USERDATA'),
})

/** Attributes of the generation, enum nft_gen_attributes. */
export const generationAttributes = attributes({
  id: u32be(1, 'NFTA_GEN_ID'),
})
