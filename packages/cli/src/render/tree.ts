/** A tree of namespaces, links and addresses: as a picture, and as JSON. @module */
import type { Address, Alias } from '@vnet/core'
import type { Palette } from '../terminal.js'
import type { LinkNode, NamespaceNode } from '../tree.js'
import { addressText } from './columns/address.js'
import { type JsonObject, ordered } from './ip-json/object.js'

/** The tree as lines. */
export function treeText(tree: readonly NamespaceNode[], palette: Palette): string {
  return tree
    .map((namespace) => {
      const lines = branches(namespace.links, '', palette)
      return `${[palette.bold(namespace.name), ...lines].join('\n')}\n`
    })
    .join('')
}

function branches(nodes: readonly LinkNode[], indent: string, palette: Palette): readonly string[] {
  return nodes.flatMap((node, at) => {
    const last = at === nodes.length - 1
    const line = `${indent}${last ? '└─ ' : '├─ '}${linkText(node, palette)}`
    const below = `${indent}${last ? '   ' : '│  '}`
    const nodesBelow = [...node.ports, ...node.children]
    const aliases = node.aliases.map((alias, place) => {
      const branch = place === node.aliases.length - 1 && nodesBelow.length === 0 ? '└─ ' : '├─ '
      return `${below}${branch}${aliasText(alias, palette)}`
    })
    return [line, ...aliases, ...branches(nodesBelow, below, palette)]
  })
}

/** `eth0:1  alias  up  10.0.0.2/24` */
function aliasText(alias: Alias, palette: Palette): string {
  const state = alias.up ? palette.green('up') : palette.dim('down')
  return [palette.bold(alias.name), 'alias', state, palette.cyan(addressText(alias))].join('  ')
}

/** `docker0  bridge  up  02:42:ac:11:00:01  172.17.0.1/16` */
function linkText({ link, addresses, aliases, far, peer }: LinkNode, palette: Palette): string {
  const state = link.operationalState
  const color = !link.up ? palette.dim : state === 'up' || state === 'unknown' ? palette.green : palette.yellow
  const other = far === undefined ? peer : far.namespace === undefined ? far.name : `${far.name} in ${far.namespace}`
  const named = new Set(aliases.map(({ name }) => name))
  const isOwn = ({ label }: Address) => label === undefined || !named.has(label)
  const parts = [
    palette.bold(link.name),
    link.kind ?? link.type,
    color(link.up ? state : 'down'),
    link.mac === undefined || link.type === 'loopback' ? '' : link.mac,
    other === undefined ? '' : link.kind === 'veth' ? `↔ ${other}` : `on ${other}`,
    ...addresses.filter(isOwn).map((address) => palette.cyan(addressText(address))),
  ]
  return parts.filter((part) => part !== '').join('  ')
}

/** The tree as data. The namespace that is shown as `unnamed` has `null` for its name. */
export function treeJson(tree: readonly NamespaceNode[], unnamed?: string): readonly JsonObject[] {
  const called = (name: string) => (name === unnamed ? null : name)
  return tree.map(({ name, links }) => ({
    namespace: called(name),
    links: links.map((node) => nodeJson(node, called)),
  }))
}

function nodeJson(
  { link, addresses, aliases, far, peer, ports, children }: LinkNode,
  called: (name: string) => string | null,
): JsonObject {
  const below = (nodes: readonly LinkNode[]) => nodes.map((node) => nodeJson(node, called))
  const elsewhere = far?.namespace === undefined ? far : { namespace: called(far.namespace), name: far.name }
  return ordered([
    ['index', link.index],
    ['name', link.name],
    ['kind', link.kind],
    ['type', link.type],
    ['up', link.up],
    ['state', link.operationalState],
    ['mtu', link.mtu],
    ['mac', link.mac],
    peer !== undefined && ['peer', { name: peer }],
    elsewhere !== undefined && [link.kind === 'veth' ? 'peer' : 'lower', elsewhere],
    ['addresses', addresses.map(addressText)],
    aliases.length > 0 && ['aliases', aliases.map((alias) => ({ name: alias.name, address: addressText(alias) }))],
    ['ports', below(ports)],
    ['children', below(children)],
  ])
}
