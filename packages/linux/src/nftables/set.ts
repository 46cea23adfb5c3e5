/** Sets without a name, which belong to the rule that looks into them, and their elements (`linux/netfilter/nf_tables.h`). @module */
import { attributes, custom, text, u32be } from '../netlink/attribute.js'
import { forEachAttribute, readValues } from '../netlink/attribute-run.js'
import { NLM_F_CREATE } from '../netlink/message.js'
import { nested } from '../netlink/nested.js'
import { change } from './change.js'
import * as k from './constants.js'
import type { Change } from './conversation.js'
import { data, listAttributes } from './expression.js'

/** How large a set will be, enum nft_set_desc_attributes. */
export const setSizeAttributes = attributes({ size: u32be(1, 'NFTA_SET_DESC_SIZE') })

/** Attributes of a set, enum nft_set_attributes. */
export const setAttributes = attributes({
  table: text(1, 'NFTA_SET_TABLE'),
  name: text(2, 'NFTA_SET_NAME'),
  flags: u32be(3, 'NFTA_SET_FLAGS'),
  keyType: u32be(4, 'NFTA_SET_KEY_TYPE'),
  keyLength: u32be(5, 'NFTA_SET_KEY_LEN'),
  description: nested<{ size: number }>(9, 'NFTA_SET_DESC', setSizeAttributes),
  id: u32be(10, 'NFTA_SET_ID'),
})

/** Attributes of an element, enum nft_set_elem_attributes. */
export const elementAttributes = attributes({ key: data(1, 'NFTA_SET_ELEM_KEY') })

/** Attributes of elements, enum nft_set_elem_list_attributes. */
export const elementListAttributes = attributes({
  table: text(1, 'NFTA_SET_ELEM_LIST_TABLE'),
  set: text(2, 'NFTA_SET_ELEM_LIST_SET'),
  keys: custom<readonly Uint8Array[]>(
    3,
    'NFTA_SET_ELEM_LIST_ELEMENTS',
    'nested',
    0,
    (to, keys) => {
      const list = to.nest(3)
      for (const key of keys) {
        const element = to.nest(listAttributes.element.type)
        elementAttributes.key.write(to, key)
        to.endNest(element)
      }
      to.endNest(list)
    },
    (from, start, end) => {
      const keys: Uint8Array[] = []
      forEachAttribute(from, start, end, 'elements', (_, at, stop) => {
        const { key } = readValues(elementAttributes, from, at, stop, 'element')
        if (key !== undefined) keys.push(key as Uint8Array)
      })
      return keys
    },
  ),
  setId: u32be(4, 'NFTA_SET_ELEM_LIST_SET_ID'),
})

/** The name of a set that the kernel numbers. */
export const UNNAMED = '__set%d'

/** Elements of one message; a nest has 65,535 octets at most, and one of 16 octets takes 28. */
const ELEMENTS = 1024

/** Makes a set of keys of one type, for a rule of the same batch that names it by `id`. */
export function setOf(
  family: number,
  table: string,
  id: number,
  type: { readonly number: number; readonly length: number },
  keys: readonly Uint8Array[],
): Change[] {
  const set = {
    table,
    name: UNNAMED,
    flags: k.NFT_SET_ANONYMOUS | k.NFT_SET_CONSTANT,
    keyType: type.number,
    keyLength: type.length,
    description: { size: keys.length },
    id,
  }
  const changes = [
    { ...change(k.NFT_MSG_NEWSET, NLM_F_CREATE, family, setAttributes, set), needsSupport: true } as Change,
  ]
  for (let at = 0; at < keys.length; at += ELEMENTS) {
    const some = { table, set: UNNAMED, keys: keys.slice(at, at + ELEMENTS), setId: id }
    changes.push(change(k.NFT_MSG_NEWSETELEM, NLM_F_CREATE, family, elementListAttributes, some))
  }
  return changes
}
