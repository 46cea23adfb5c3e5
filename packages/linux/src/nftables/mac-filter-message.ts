/** Messages that make, replace and remove MAC filters, and the meaning of their rules. @module */
import type { CleanMacFilterSpec, MacFilterCounter } from '@vnet/core'
import { NLM_F_APPEND, NLM_F_CREATE } from '../netlink/message.js'
import { Octets } from '../netlink/octets.js'
import { chainAttributes, ruleAttributes, tableAttributes } from './attributes.js'
import { change } from './change.js'
import { commentOctets, commentOf } from './comment.js'
import * as k from './constants.js'
import type { Change } from './conversation.js'
import { type Expression, isVerdict } from './expression.js'
import { expression, matchLink, nameSize } from './match.js'
import { setOf, UNNAMED } from './set.js'

/** Our table of the family bridge. */
export const TABLE = 'vnet'
/** The chain of all filters. */
export const CHAIN = 'mac-filter'
/** The comment of our rules, by which they are told from those of others, whatever these look like. */
const MARK = 'vnet mac-filter'
const { NFPROTO_BRIDGE: FAMILY } = k

/** Where the source of a frame stands, and how long it is. */
const source = { base: k.NFT_PAYLOAD_LL_HEADER, offset: 6, length: 6 }
/** Ethernet addresses as `nft` numbers types of keys (`TYPE_ETHERADDR`): it is by this that it knows how to print them. */
const etherAddress = { number: 9, length: 6 }

/** What a rule does with a frame. */
const verdicts = { accept: k.NF_ACCEPT, drop: k.NF_DROP } as const
type Verdict = keyof typeof verdicts

/** A rule of a filter. */
export interface FilterRule {
  readonly handle: number
  /** The port. */
  readonly link: string
  /** The set of sources that it is for; all when absent. */
  readonly set?: string
  readonly verdict: Verdict
  readonly counter: MacFilterCounter
}

/** Makes the filter of a port in place of its old rules, and the table and the chain where they are not there. */
export function replacement(spec: CleanMacFilterSpec, old: readonly FilterRule[]): readonly Change[] {
  const { link, allow, deny = [] } = spec
  const hook = { number: k.NF_BR_PRE_ROUTING, priority: k.NF_BR_PRI_FILTER_BRIDGED }
  // A new chain accepts what no rule drops; one that is there keeps the policy that somebody gave it.
  const chain = { table: TABLE, name: CHAIN, hook, type: 'filter' }
  const changes: Change[] = [
    change(k.NFT_MSG_NEWTABLE, NLM_F_CREATE, FAMILY, tableAttributes, { name: TABLE }),
    { ...change(k.NFT_MSG_NEWCHAIN, NLM_F_CREATE, FAMILY, chainAttributes, chain), needsSupport: true },
    ...old.map(ruleRemoval),
  ]
  for (const [id, macs, verdict] of [
    [1, deny, 'drop'],
    [2, allow ?? [], 'accept'],
  ] as const) {
    if (macs.length === 0) continue
    changes.push(...setOf(FAMILY, TABLE, id, etherAddress, macs))
    const load = expression('payload', { to: k.NFT_REG_1, ...source })
    const look = expression('lookup', { set: UNNAMED, from: k.NFT_REG_1, setId: id })
    changes.push(ruleAddition([...matchLink(k.NFT_META_IIFNAME, link, false), load, look], verdict))
  }
  const rest = matchLink(k.NFT_META_IIFNAME, link, false)
  return [...changes, ruleAddition(rest, allow === undefined ? 'accept' : 'drop')]
}

/** A rule behind all others: matches, a counter, and what is done. */
function ruleAddition(matches: readonly Expression[], verdict: Verdict): Change {
  const act = expression('immediate', { to: k.NFT_REG_VERDICT, data: { code: verdicts[verdict] } })
  const expressions = [...matches, expression('counter', { bytes: 0, packets: 0 }), act]
  const rule = { table: TABLE, chain: CHAIN, expressions, userdata: commentOctets(MARK) }
  const how = NLM_F_CREATE | NLM_F_APPEND
  return { ...change(k.NFT_MSG_NEWRULE, how, FAMILY, ruleAttributes, rule), needsSupport: true }
}

const ruleRemoval = ({ handle }: FilterRule): Change =>
  change(k.NFT_MSG_DELRULE, 0, FAMILY, ruleAttributes, { table: TABLE, chain: CHAIN, handle })

/** What is in the chain and in the table, as they count it. */
export interface Uses {
  readonly ofChain: number | undefined
  readonly ofTable: number | undefined
}

/** Removes the rules of a filter, with the last of the chain the chain, and with that the table where nothing else is in it. */
export function removal(rules: readonly FilterRule[], { ofChain, ofTable }: Uses): readonly Change[] {
  const changes = rules.map(ruleRemoval)
  if (ofChain !== rules.length) return changes
  changes.push(change(k.NFT_MSG_DELCHAIN, 0, FAMILY, chainAttributes, { table: TABLE, name: CHAIN }))
  // The table counts the chain and the sets without names, which go with their rules.
  const own = 1 + rules.filter(({ set }) => set !== undefined).length
  if (ofTable === own) changes.push(change(k.NFT_MSG_DELTABLE, 0, FAMILY, tableAttributes, { name: TABLE }))
  return changes
}

/** A rule as the kernel tells it. */
export interface ReadRule {
  readonly handle: number
  readonly expressions: readonly Expression[]
  /** What its user wrote to it. */
  readonly userdata?: Uint8Array | undefined
}

/** The meaning of a rule; `undefined` for one that no filter has. */
export function filterRule({ handle, expressions, userdata }: ReadRule): FilterRule | undefined {
  if (userdata === undefined || commentOf(userdata) !== MARK || expressions.some(({ more }) => more)) return undefined
  const [meta, name, ...rest] = expressions
  if (meta?.name !== 'meta' || meta.values.key !== k.NFT_META_IIFNAME) return undefined
  const link = name?.name === 'cmp' && name.values.operation === k.NFT_CMP_EQ ? name.values.data : undefined
  if (!(link instanceof Uint8Array) || link.length !== nameSize) return undefined
  const looked = rest[0]?.name === 'payload' ? setLookedInto(rest.splice(0, 2)) : undefined
  const [counter, act, ...more] = rest
  if (counter?.name !== 'counter' || act?.name !== 'immediate' || more.length > 0) return undefined
  const { data } = act.values
  const verdict = isVerdict(data) ? verdictOf(data.code) : undefined
  if (verdict === undefined || looked === null) return undefined
  const { packets, bytes } = counter.values as unknown as MacFilterCounter
  const set = looked === undefined ? {} : { set: looked }
  return { handle, link: new Octets(link).text(0, nameSize), ...set, verdict, counter: { packets, bytes } }
}

/** The set that the source of a frame is looked for in; `null` where something else is loaded or done. */
function setLookedInto([load, look]: readonly Expression[]): string | null {
  const { base, offset, length } = load?.values ?? {}
  if (base !== source.base || offset !== source.offset || length !== source.length) return null
  if (look?.name !== 'lookup' || look.values.flags || look.values.to !== undefined) return null
  const name = look.values.set as string
  // One with a name is somebody else's, and so is the rule.
  return name.startsWith(UNNAMED.slice(0, -2)) ? name : null
}

const verdictOf = (code: number): Verdict | undefined =>
  (Object.keys(verdicts) as Verdict[]).find((word) => verdicts[word] === code)
