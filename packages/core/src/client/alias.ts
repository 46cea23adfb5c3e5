/** Aliases, carried out by requests for addresses. @module */
import type { Address } from '../address.js'
import { aliasOf } from '../alias.js'
import { aliasFilter, aliasKey, aliasSpec, parentName } from '../check/alias.js'
import { checkArgument } from '../check/request.js'
import type { CallOptions } from '../driver.js'
import { type ErrorDetails, isVnetError, VnetError } from '../error.js'
import type { Link } from '../link.js'
import type { AliasClient } from './api.js'
import { addressesAgain, belongings, companions } from './belongings.js'
import type { LooseRequest } from './loose-request.js'
import type { Call, CallAll } from './objects.js'
import { addressSpec } from './spec.js'

/** What aliases are refused with. */
type Refusal = Pick<ErrorDetails, 'code' | 'hint'>

/** The object for aliases. */
export function aliasClient(call: Call, callAll: CallAll): AliasClient {
  return {
    async add(given, options) {
      const spec = checkArgument('alias add', aliasSpec, given, 'spec')
      const name = spec.label
      const link = await parentOf(call, 'alias add', name, options)
      const [taken] = await call('address list', { link: link.index, family: 4, label: name }, options)
      if (taken !== undefined) {
        const hint = `${name} is ${prefixText(taken)}: choose another name, or delete it first`
        throw refusal('alias add', name, { code: 'EEXIST', hint })
      }
      try {
        await call('address add', { ...spec, link: link.index }, options)
      } catch (error) {
        throw renamed(error, 'alias add', name, addHints)
      }
    },

    async delete(given, options) {
      const { name, address } = checkArgument('alias delete', aliasKey, given, 'alias')
      const link = await parentOf(call, 'alias delete', name, options)
      const all = await call('address list', { link: link.index, family: 4 }, options)
      const named = all.filter(({ label }) => label === name)
      const meant = named.filter((one) => address === undefined || prefixText(one) === address)
      const [alias] = meant
      if (alias === undefined) {
        const hint =
          named.length === 0
            ? `there is no such alias; \`vnet alias list ${link.name}\` shows those that are there`
            : `${name} is ${named.map(prefixText).join(' and ')}`
        throw refusal('alias delete', name, { code: 'EADDRNOTAVAIL', hint })
      }
      if (meant.length > 1) {
        const hint = `say which address: ${meant.map(prefixText).join(' or ')}`
        throw refusal('alias delete', name, { code: 'ENOTUNIQ', hint })
      }
      await deleteAlone(call, callAll, alias, all, options)
    },

    async list(given = {}, options) {
      const { link } = checkArgument('alias list', aliasFilter, given, 'filter')
      const links =
        link === undefined
          ? await call('link list', {}, options)
          : [await linkOf(call, 'alias list', link, link, options)]
      const only = link === undefined ? {} : { link: (links[0] as Link).index }
      const addresses = await call('address list', { family: 4, ...only }, options)
      return links.flatMap((one) => addresses.flatMap((address) => aliasOf(address, one) ?? []))
    },
  }
}

const addHints: Readonly<Record<string, string>> = {
  EEXIST: 'the link has this address already: delete it, or choose another',
}

/**
 * Deletes one address, and makes again what the kernel drops along with it: in one list of requests, so that it is away
 * for as short a time as can be.
 */
async function deleteAlone(
  call: Call,
  callAll: CallAll,
  alias: Address,
  all: readonly Address[],
  options: CallOptions | undefined,
): Promise<void> {
  const name = alias.label as string
  const others = companions(alias, all)
  const lost = others.length === 0 ? [] : [...addressesAgain(others), ...(await belongings(call, alias.link))]
  const { link, address, peer } = addressSpec(alias)
  const spec = { link, address, label: name, ...(peer === undefined ? {} : { peer }) }
  options?.signal?.throwIfAborted()
  // Not by the caller's signal: from here on all of it is needed.
  const [deleted, ...restored] = await callAll([
    { operation: 'address delete', spec },
    ...lost.filter((request) => !leavesFrom(request, alias.address)),
  ])
  if (deleted?.ok === false) throw renamed(deleted.error, 'alias delete', name)
  for (const result of restored) {
    if (result.ok) continue
    const hint = `the alias is deleted, but what went with it is not all back: ${result.error.message}`
    throw renamed(result.error, 'alias delete', name, {}, hint)
  }
}

/** Whether a route is one of those that need the address. */
const leavesFrom = ({ operation, spec }: LooseRequest, address: string): boolean =>
  operation === 'route set' && spec.source === address

/** The link of an alias, by its own name. */
async function parentOf(call: Call, operation: string, name: string, options?: CallOptions): Promise<Link> {
  const parent = parentName(name)
  const link = await linkOf(call, operation, parent, name, options)
  if (link.name === parent) return link
  const hint = `${parent} is an alternative name of ${link.name}, and the name of an alias begins with the name itself: ${link.name}:`
  throw refusal(operation, name, { code: 'EINVAL', hint })
}

async function linkOf(
  call: Call,
  operation: string,
  link: string | number,
  subject: string | number,
  options?: CallOptions,
): Promise<Link> {
  const found = await call('link get', { link }, options)
  if (found !== undefined) return found
  const word = typeof subject === 'number' ? `#${subject}` : subject
  const hint = `there is no link ${typeof link === 'number' ? `#${link}` : link}; \`vnet link list\` shows those that are there`
  throw refusal(operation, word, { code: 'ENODEV', hint })
}

const refusal = (operation: string, subject: string, { code, hint }: Refusal): VnetError =>
  new VnetError({ code, operation, subject, hint })

/** The refusal of a request for an address, told of the alias. */
function renamed(
  error: unknown,
  operation: string,
  subject: string,
  hints: Readonly<Record<string, string>> = {},
  otherwise?: string,
): unknown {
  if (!isVnetError(error)) return error
  const hint = otherwise ?? hints[error.code] ?? error.hint
  return new VnetError({ ...error.toJSON(), operation, subject, hint, cause: error })
}

const prefixText = ({ address, prefixLength }: Address): string => `${address}/${prefixLength}`
