/** Address translation: rules in tables of our own, made with the first rule and removed with the last (`nft list table ip vnet`). @module */
import {
  type CleanNatSpec,
  type IpFamily,
  type NatFilter,
  type NatHook,
  type NatRule,
  type RawAttribute,
  type Request,
  VnetError,
} from '@vnet/core'
import { readAttributes } from '../netlink/attribute-run.js'
import type { MessageWriter } from '../netlink/writer.js'
import { chainAttributes, ruleAttributes, tableAttributes } from './attributes.js'
import { commentOf } from './comment.js'
import * as k from './constants.js'
import type { Change, Nftables, Read } from './conversation.js'
import type { Expression } from './expression.js'
import { familyNumber, nfgenmsg, typeOf } from './message.js'
import { natMeaning } from './nat-decode.js'
import { addition, chainRemoval, hooks, ruleRemoval, TABLE, tableRemoval } from './nat-message.js'

const families: readonly IpFamily[] = [4, 6]

/** The requests about address translation. */
export type NatRequest = Extract<Request, { operation: `nat ${string}` }>

/** Carries out a request about address translation. */
export async function carryOutNat(nftables: Nftables, request: NatRequest): Promise<unknown> {
  switch (request.operation) {
    case 'nat add':
      return add(nftables, request, request.spec)
    case 'nat list':
      return list(nftables, request, request.spec)
    case 'nat flush':
      return flush(nftables, request, request.spec)
    case 'nat delete': {
      const { family, handle } = request.spec
      return nftables.change(request, async () => {
        const rules = await list(nftables, request, { family })
        const gone = rules.filter((rule) => rule.handle === handle)
        if (gone.length === 0) throw missing(request, `\`vnet nat list\` shows the handles there are`)
        return removal(nftables, request, family, gone)
      })
    }
  }
}

/** Adds a rule; the kernel sends it back. */
async function add(nftables: Nftables, request: NatRequest, spec: CleanNatSpec): Promise<NatRule> {
  const { family, index } = spec
  let made: NatRule | undefined
  const plan = async () => addition(spec, index === undefined ? undefined : await place(nftables, request, spec, index))
  await nftables.change(request, plan, (from, start, end, type) => {
    if (type !== typeOf(k.NFT_MSG_NEWRULE)) return
    made = ruleOf(readAttributes(ruleAttributes, from, start + nfgenmsg.size, end, 'rule'), family)
  })
  if (made !== undefined) return made
  const detail = 'the kernel did not send the rule back that it made'
  const hint = 'the rule may be there all the same: `vnet nat list` shows it'
  throw new VnetError({ code: 'VNET_DECODE', operation: request.operation, detail, hint })
}

/** Handle of the rule that is at a place now; `undefined` for the place behind the last. */
async function place(
  nftables: Nftables,
  request: NatRequest,
  { family, hook }: CleanNatSpec,
  index: number,
): Promise<number | undefined> {
  const rules = (await list(nftables, request, { family })).filter((rule) => rule.hook === hook)
  if (index <= rules.length) return rules[index]?.handle
  throw missing(
    request,
    `the hook ${hook} has ${rules.length} rules: give an index of 0 to ${rules.length}`,
    'spec.index',
  )
}

/** The rules of our chains, hook by hook. */
async function list(nftables: Nftables, request: NatRequest, filter: NatFilter): Promise<NatRule[]> {
  const found: NatRule[] = []
  for (const family of families) {
    if (filter.family !== undefined && filter.family !== family) continue
    const number = familyNumber(family)
    // Older kernels list the rules of all tables.
    const only = (to: MessageWriter) => ruleAttributes.table.write(to, TABLE)
    const read = await nftables.list(request, k.NFT_MSG_GETRULE, number, ruleAttributes, only)
    const rules = read
      .filter(({ values }) => values.table === TABLE && hooks.includes(values.chain as NatHook))
      .map((rule) => ruleOf(rule, family))
    for (const hook of hooks) found.push(...rules.filter((rule) => rule.hook === hook))
  }
  return found
}

/** A rule as it was read. */
function ruleOf({ values, other }: Read, family: IpFamily): NatRule {
  const { chain, handle, expressions = [], userdata } = values
  const comment = userdata === undefined ? undefined : commentOf(userdata as Uint8Array)
  return {
    family,
    handle: handle as number,
    hook: chain as NatHook,
    ...natMeaning(expressions as readonly Expression[], family),
    ...(comment === undefined ? {} : { comment }),
    other: other as readonly RawAttribute[],
  }
}

/** Removes all rules that vnet has words for. */
async function flush(nftables: Nftables, request: NatRequest, filter: NatFilter): Promise<undefined> {
  await nftables.change(request, async () => {
    const rules = (await list(nftables, request, filter)).filter(({ kind }) => kind !== 'other')
    const changes: Change[] = []
    for (const family of families) {
      const gone = rules.filter((rule) => rule.family === family)
      if (gone.length > 0) changes.push(...(await removal(nftables, request, family, gone)))
    }
    return changes
  })
}

/** The messages that remove rules, and with the last of a chain the chain, and with the last of the table the table. */
async function removal(
  nftables: Nftables,
  request: NatRequest,
  family: IpFamily,
  gone: readonly NatRule[],
): Promise<Change[]> {
  const number = familyNumber(family)
  const inside = (await nftables.list(request, k.NFT_MSG_GETCHAIN, number, chainAttributes)).filter(
    ({ values }) => values.table === TABLE,
  )
  const [table] = (await nftables.list(request, k.NFT_MSG_GETTABLE, number, tableAttributes)).filter(
    ({ values }) => values.name === TABLE,
  )
  const empty = inside.filter(({ values }) => {
    const rules = gone.filter(({ hook }) => hook === values.name).length
    return rules > 0 && values.use === rules
  })
  return [
    ...gone.map((rule) => ruleRemoval(family, rule)),
    ...empty.map(({ values }) => chainRemoval(family, values.name as string)),
    // The table counts all that is in it, also the sets of others.
    ...(table?.values.use === empty.length ? [tableRemoval(family)] : []),
  ]
}

function missing({ operation, spec }: NatRequest, hint: string, attribute = 'spec.handle'): VnetError {
  const { handle } = spec as { readonly handle?: number }
  const subject = handle === undefined ? undefined : `#${handle}`
  return new VnetError({ code: 'ENOENT', operation, subject, attribute, errno: 2, hint })
}
