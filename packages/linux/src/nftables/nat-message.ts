/** Messages that make and remove rules of translation, and the tables and chains around them. @module */
import type { CleanNatSpec, IpFamily, NatHook, NatRule } from '@vnet/core'
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_ECHO } from '../netlink/message.js'
import { chainAttributes, ruleAttributes, tableAttributes } from './attributes.js'
import { change } from './change.js'
import { commentOctets } from './comment.js'
import * as k from './constants.js'
import type { Change } from './conversation.js'
import { familyNumber } from './message.js'
import { natExpressions } from './nat-encode.js'

/** The name of our tables. */
export const TABLE = 'vnet'

/** Our chains, which have the names of their hooks: where each is hung up. */
const chains: Readonly<Record<NatHook, { readonly number: number; readonly priority: number }>> = {
  prerouting: { number: k.NF_INET_PRE_ROUTING, priority: k.NF_IP_PRI_NAT_DST },
  output: { number: k.NF_INET_LOCAL_OUT, priority: k.NF_IP_PRI_NAT_DST },
  postrouting: { number: k.NF_INET_POST_ROUTING, priority: k.NF_IP_PRI_NAT_SRC },
}
/** The hooks in the order of lists. */
export const hooks = Object.keys(chains) as NatHook[]

/** Makes a rule, before another one or behind all, and the table and the chain for it where they are not there. */
export function addition(spec: CleanNatSpec, before?: number): readonly Change[] {
  const { family, hook, comment } = spec
  const number = familyNumber(family)
  const rule = {
    table: TABLE,
    chain: hook,
    expressions: natExpressions(spec),
    position: before,
    userdata: comment === undefined ? undefined : commentOctets(comment),
  }
  // Without a policy: a new chain accepts, and one that is there keeps what somebody gave it.
  const chain = { table: TABLE, name: hook, hook: chains[hook], type: 'nat' }
  const how = NLM_F_CREATE | NLM_F_ECHO | (before === undefined ? NLM_F_APPEND : 0)
  return [
    change(k.NFT_MSG_NEWTABLE, NLM_F_CREATE, number, tableAttributes, { name: TABLE }),
    { ...change(k.NFT_MSG_NEWCHAIN, NLM_F_CREATE, number, chainAttributes, chain), needsSupport: true },
    { ...change(k.NFT_MSG_NEWRULE, how, number, ruleAttributes, rule), needsSupport: before === undefined },
  ]
}

/** Removes a rule. */
export const ruleRemoval = (family: IpFamily, { hook, handle }: NatRule): Change =>
  change(k.NFT_MSG_DELRULE, 0, familyNumber(family), ruleAttributes, { table: TABLE, chain: hook, handle })

/** Removes a chain. */
export const chainRemoval = (family: IpFamily, name: string): Change =>
  change(k.NFT_MSG_DELCHAIN, 0, familyNumber(family), chainAttributes, { table: TABLE, name })

/** Removes our table. */
export const tableRemoval = (family: IpFamily): Change =>
  change(k.NFT_MSG_DELTABLE, 0, familyNumber(family), tableAttributes, { name: TABLE })
