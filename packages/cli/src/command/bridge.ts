/** `vnet bridge`: bridges as `brctl` shows them, and what only bridges have. @module */
import type { Host, Link } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { bridgesText, macRows, macsText, spanningTreeText } from '../render/brctl.js'
import { linkJson } from '../render/ip-json/link.js'
import { UsageError } from '../usage.js'
import { defineBridgeAdopt } from './bridge-adopt.js'
import { defineBridgeMst } from './bridge-mst.js'
import { defineBridgeVlan } from './bridge-vlan.js'
import { defineBridgeVni } from './bridge-vni.js'

/** Declares `bridge`, its verbs and its parts. */
export function defineBridge(bridge: Command, context: Context): void {
  withExample(bridge, 'vnet bridge show')

  const show = define(bridge, 'show', 'the bridges with their ports, as brctl show', 'vnet bridge show')
  takes(show, '[bridges...]', 'only these', 'link')
  show.action(async (words: readonly string[]) => {
    await context.withHost(
      async (host) => {
        const links = await host.link.list()
        const bridges =
          words.length === 0
            ? links.filter(({ kind }) => kind === 'bridge').sort((a, b) => (a.name < b.name ? -1 : 1))
            : await Promise.all(words.map((word) => bridgeOf(host, 'bridge show', word)))
        if (context.settings.json) {
          const json = bridges.map((one) => ({
            name: one.name,
            id: one.bridge?.bridgeId,
            stp: one.bridge?.stp === true,
            interfaces: portsOf(links, one).map(({ name }) => name),
          }))
          printJson(context, json)
        } else context.terminal.out(bridgesText(bridges, (one) => portsOf(links, one)))
      },
      { reading: true },
    )
  })

  const stp = define(bridge, 'stp', 'what the spanning tree knows, as brctl showstp', 'vnet bridge stp br0')
  takes(stp, '<bridge>', 'the bridge', 'link')
  stp.action(async (word: string) => {
    await context.withHost(
      async (host) => {
        const one = await bridgeOf(host, 'bridge stp', word)
        const links = await host.link.list()
        const ports = portsOf(links, one)
        const names = namesOf(links)
        // `brctl` has no JSON: the links as `ip -j -d` tells them, the bridge first.
        if (context.settings.json) {
          printJson(
            context,
            [one, ...ports].map((link) => linkJson(link, names, { details: true })),
          )
        } else context.terminal.out(spanningTreeText(one, ports))
      },
      { reading: true },
    )
  })

  const macs = define(bridge, 'macs', 'the MACs that a bridge knows, as brctl showmacs', 'vnet bridge macs br0')
  takes(macs, '<bridge>', 'the bridge', 'link')
  macs.action(async (word: string) => {
    await context.withHost(
      async (host) => {
        const one = await bridgeOf(host, 'bridge macs', word)
        const ports = await host.link.list({ master: one.index })
        const rows = macRows(one, ports, await host.fdb.list({ bridge: one.index }))
        if (context.settings.json) printJson(context, rows)
        else context.terminal.out(macsText(rows))
      },
      { reading: true },
    )
  })

  defineBridgeAdopt(bridge, context)
  defineBridgeMst(bridge.command('mst').description('states of ports in instances of the spanning tree'), context)
  defineBridgeVlan(bridge.command('vlan').description('VLANs of bridges and their ports'), context)
  defineBridgeVni(bridge.command('vni').description('identifiers that external VXLANs receive'), context)
}

/** The ports of a bridge by name, as `brctl` lists them. */
function portsOf(links: readonly Link[], bridge: Link): Link[] {
  return links.filter(({ master }) => master === bridge.index).sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function bridgeOf(host: Host, operation: string, word: string): Promise<Link> {
  const ref = take.linkRef(word)
  const link = await host.link.get(ref)
  if (link === undefined) throw missing(operation, 'ENODEV', ref)
  if (link.kind !== 'bridge') throw new UsageError(`${link.name} is no bridge`, '`vnet bridge show` lists the bridges')
  return link
}
