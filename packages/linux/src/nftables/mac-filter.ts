/** MAC filters: rules in a chain of our own of the family bridge, made with the first filter and removed with the last (`nft list table bridge vnet`). @module */
import {
  type CleanMacFilterSpec,
  formatMac,
  type MacFilter,
  type MacFilterCounter,
  type MacFilterFilter,
  type Request,
  VnetError,
} from '@vnet/core'
import type { MessageWriter } from '../netlink/writer.js'
import { chainAttributes, ruleAttributes, tableAttributes } from './attributes.js'
import * as k from './constants.js'
import type { Nftables } from './conversation.js'
import {
  CHAIN,
  type FilterRule,
  filterRule,
  type ReadRule,
  removal,
  replacement,
  TABLE,
  type Uses,
} from './mac-filter-message.js'
import { elementListAttributes } from './set.js'

/** The requests about MAC filters. */
export type MacFilterRequest = Extract<Request, { operation: `macFilter ${string}` }>

/** Carries out a request about MAC filters. */
export async function carryOutMacFilter(nftables: Nftables, request: MacFilterRequest): Promise<unknown> {
  switch (request.operation) {
    case 'macFilter set':
      return set(nftables, request, request.spec)
    case 'macFilter list':
      return nftables.unchanged(request, () => list(nftables, request, request.spec))
    case 'macFilter delete': {
      const { link } = request.spec
      return nftables.change(request, async () => {
        const rules = await rulesOf(nftables, request, link)
        if (rules.length === 0) throw missing(link)
        return removal(rules, await usesOf(nftables, request))
      })
    }
  }
}

async function set(nftables: Nftables, request: MacFilterRequest, spec: CleanMacFilterSpec): Promise<void> {
  await nftables.change(request, async () => replacement(spec, await rulesOf(nftables, request, spec.link)))
}

/** The filters by name of their ports. */
async function list(nftables: Nftables, request: MacFilterRequest, { link }: MacFilterFilter): Promise<MacFilter[]> {
  const byLink = new Map<string, FilterRule[]>()
  for (const rule of await rulesOf(nftables, request, link)) {
    const rules = byLink.get(rule.link) ?? []
    byLink.set(rule.link, rules)
    rules.push(rule)
  }
  const filters: MacFilter[] = []
  for (const name of [...byLink.keys()].sort()) {
    filters.push(await filterOf(nftables, request, name, byLink.get(name) as FilterRule[]))
  }
  return filters
}

async function filterOf(
  nftables: Nftables,
  request: MacFilterRequest,
  link: string,
  rules: readonly FilterRule[],
): Promise<MacFilter> {
  const macs: Record<FilterRule['verdict'], string[]> = { accept: [], drop: [] }
  for (const { set, verdict } of rules)
    if (set !== undefined) macs[verdict].push(...(await elementsOf(nftables, request, set)))
  const isForSome = rules.some(({ set, verdict }) => set === undefined && verdict === 'drop')
  const { accept: allow, drop: deny } = macs
  return {
    link,
    ...(isForSome ? { allow: allow.sort() } : {}),
    ...(isForSome && deny.length === 0 ? {} : { deny: deny.sort() }),
    passed: sumOf(rules, 'accept'),
    dropped: sumOf(rules, 'drop'),
  }
}

function sumOf(rules: readonly FilterRule[], wanted: FilterRule['verdict']): MacFilterCounter {
  const counters = rules.filter(({ verdict }) => verdict === wanted).map(({ counter }) => counter)
  const sum = (field: keyof MacFilterCounter) => counters.reduce((all, one) => all + one[field], 0)
  return { packets: sum('packets'), bytes: sum('bytes') }
}

/** The rules of the filter of a port, or of all, in order. */
async function rulesOf(
  nftables: Nftables,
  request: MacFilterRequest,
  link: string | undefined,
): Promise<readonly FilterRule[]> {
  // Older kernels list the rules of all tables.
  const only = (to: MessageWriter) => {
    ruleAttributes.table.write(to, TABLE)
    ruleAttributes.chain.write(to, CHAIN)
  }
  const read = await nftables.list(request, k.NFT_MSG_GETRULE, k.NFPROTO_BRIDGE, ruleAttributes, only)
  return read.flatMap(({ values }) => {
    if (values.table !== TABLE || values.chain !== CHAIN) return []
    const { handle, expressions = [], userdata } = values as Partial<ReadRule>
    const rule = filterRule({ handle: handle as number, expressions, userdata })
    return rule === undefined || (link !== undefined && rule.link !== link) ? [] : [rule]
  })
}

/** The MACs of a set. */
async function elementsOf(nftables: Nftables, request: MacFilterRequest, set: string): Promise<readonly string[]> {
  const read = await nftables.list(request, k.NFT_MSG_GETSETELEM, k.NFPROTO_BRIDGE, elementListAttributes, (to) => {
    elementListAttributes.table.write(to, TABLE)
    elementListAttributes.set.write(to, set)
  })
  return read.flatMap(({ values }) => ((values.keys ?? []) as readonly Uint8Array[]).map((key) => formatMac(key)))
}

/** What our chain and our table count. */
async function usesOf(nftables: Nftables, request: MacFilterRequest): Promise<Uses> {
  const chains = await nftables.list(request, k.NFT_MSG_GETCHAIN, k.NFPROTO_BRIDGE, chainAttributes)
  const tables = await nftables.list(request, k.NFT_MSG_GETTABLE, k.NFPROTO_BRIDGE, tableAttributes)
  const chain = chains.find(({ values }) => values.table === TABLE && values.name === CHAIN)
  const table = tables.find(({ values }) => values.name === TABLE)
  return { ofChain: chain?.values.use as number | undefined, ofTable: table?.values.use as number | undefined }
}

function missing(link: string): VnetError {
  const hint = '`vnet mac-filter list` shows the filters there are'
  return new VnetError({
    code: 'ENOENT',
    operation: 'macFilter delete',
    subject: link,
    attribute: 'spec.link',
    errno: 2,
    hint,
  })
}
