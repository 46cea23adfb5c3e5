/** `vnet address`: IP addresses of links, as `ip address`. @module */
import type { Address, AddressFilter, AddressKey, AddressSpec, Host, Link } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { missing } from '../missing.js'
import { scope } from '../named-parameter.js'
import { namesOf } from '../names.js'
import { printJson, printList } from '../output.js'
import * as take from '../parameter.js'
import { addressColumns } from '../render/columns/address.js'
import { addressListJson } from '../render/ip-json/address.js'
import { UsageError } from '../usage.js'
import { peer, settings } from './address-option.js'

const label: take.Value = { placeholder: 'label', completion: 'alias', read: (given) => given }

const key: readonly take.Parameter[] = [
  take.link('link', 'the link', { flag: 'on', required: true }),
  peer,
  take.text('label', 'label', 'name of an alias such as br0:1', { value: label }),
]

const specification: readonly take.Parameter[] = [
  ...key,
  ...settings,
  take.denial('noDad', 'dad', 'duplicate address detection (IPv6)'),
  take.toggle('optimistic', 'usable before detection ends (IPv6)'),
  take.toggle('homeAddress', 'home address (IPv6)'),
  take.toggle('manageTemporary', 'make temporary addresses from it (IPv6)'),
]

const filter: readonly take.Parameter[] = [
  take.link('link', 'only those of this link', { flag: 'on' }),
  scope('scope', 'only this scope'),
  take.text('label', 'label', 'only this label', { value: label }),
]
const details = take.flag('details', 'metric and maker; as JSON the links in full', { short: 'd' })

/** Declares `address` and its verbs. */
export function defineAddress(address: Command, context: Context): void {
  withExample(address, 'vnet address list --on br0')
  const changes = [
    ['add', 'give a link an address', 'vnet address add 172.10.1.10/24 --on br0 --label br0:1'],
    ['set', 'make or change an address', 'vnet address set 10.0.0.1/24 --on br0 --valid-lifetime 600'],
  ] as const
  for (const [verb, about, example] of changes) {
    const command = define(address, verb, about, example)
    takes(command, '<address>', 'the address with the length of its network')
    take.declare(command, specification)
    command.action(async (prefix: string, given: Record<string, unknown>) => {
      const spec = { address: prefix, ...take.collect(specification, given) } as unknown as AddressSpec
      await context.withHost((host) => host.address[verb](spec))
    })
  }

  const remove = define(address, 'delete', 'take an address away', 'vnet address delete 172.10.1.10/24 --on br0')
  takes(remove, '<address>', 'the address with the length of its network')
  take.declare(remove, key)
  remove.action(async (prefix: string, given: Record<string, unknown>) => {
    const spec = { address: prefix, ...take.collect(key, given) } as unknown as AddressKey
    await context.withHost((host) => host.address.delete(spec))
  })

  const list = define(address, 'list', 'the addresses', 'vnet address list --on br0')
  takes(list, '[link]', 'only those of this link', 'link')
  take.declare(list, [...filter, details])
  declareFamily(list)
  list.action(async (word: string | undefined, given: Record<string, unknown>) => {
    await listAddresses(context, word, given)
  })
}

async function listAddresses(
  context: Context,
  word: string | undefined,
  given: Record<string, unknown>,
): Promise<void> {
  const family = familyOf(given) as AddressFilter['family']
  const asked = take.collect(filter, given) as { -readonly [K in keyof AddressFilter]: AddressFilter[K] }
  if (word !== undefined && asked.link !== undefined) throw new UsageError('the link is given twice')
  if (word !== undefined) asked.link = take.linkRef(word)
  if (family !== undefined) asked.family = family
  const inFull = given.details === true
  await context.withHost(
    async (host) => {
      const links = await host.link.list()
      const addresses = await host.address.list(asked)
      const names = namesOf(links)
      if (!context.settings.json) {
        await printList(
          context,
          addresses,
          () => ({}),
          () => addressColumns(names, inFull),
        )
        return
      }
      const shown = await shownLinks(host, links, addresses, asked)
      const detail = { details: inFull, ...(family === undefined ? {} : { family }) }
      printJson(context, addressListJson(shown, addresses, names, detail))
    },
    { reading: true },
  )
}

/**
 * The links that `ip -j address show` writes: all, also without addresses; with a filter those that have a matching
 * address, and, as long as no version of IP is asked for, those that have none at all.
 */
async function shownLinks(
  host: Host,
  links: readonly Link[],
  addresses: readonly Address[],
  asked: AddressFilter,
): Promise<readonly Link[]> {
  let shown = links
  if (asked.link !== undefined) {
    const one = await host.link.get(asked.link)
    if (one === undefined) throw missing('address list', 'ENODEV', asked.link)
    shown = links.filter(({ index }) => index === one.index)
  }
  const { family, scope: ofScope, label } = asked
  if (family === undefined && ofScope === undefined && label === undefined) return shown
  const matching = new Set(addresses.map(({ link }) => link))
  const without =
    family === undefined && label === undefined
      ? new Set((await host.address.list()).map(({ link }) => link))
      : undefined
  return shown.filter(({ index }) => matching.has(index) || (without !== undefined && !without.has(index)))
}
