/** `vnet link add KIND [NAME]`: a command for each kind, with the options that the kind has. @module */
import {
  capabilityKinds,
  factsOf,
  type Host,
  type KnownKind,
  kindOptions,
  knownKinds,
  type Link,
  type LinkSpec,
  type OtherLinkSpec,
} from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import { collect, declare, type Parameter } from '../parameter.js'
import { linkJson } from '../render/ip-json/link.js'
import { UsageError } from '../usage.js'
import { nearest } from '../word.js'
import { birth, kindParameters, parent, peer, portParameters, sectionOf } from './link-option.js'

const abouts: Readonly<Record<KnownKind, readonly [about: string, example: string]>> = {
  bridge: ['an Ethernet bridge', 'vnet link add bridge br0 --stp --forward-delay 4'],
  veth: [
    'a pair of links, each receiving what the other sends',
    'vnet link add veth v0 --peer eth0 --peer-namespace blue',
  ],
  vlan: ['an 802.1Q VLAN of a link', 'vnet link add vlan eth0.8 --parent eth0 --id 8'],
  macvlan: ['a link with a MAC of its own on another one', 'vnet link add macvlan mv0 --parent eth0 --mode bridge'],
  macvtap: ['a macvlan whose frames a program reads', 'vnet link add macvtap mt0 --parent eth0 --mode bridge'],
  ipvlan: ['a link with IP addresses of its own on another one', 'vnet link add ipvlan iv0 --parent eth0 --mode l3'],
  ipvtap: ['an ipvlan whose packets a program reads', 'vnet link add ipvtap it0 --parent eth0 --mode l3'],
  vxlan: ['Ethernet over UDP', 'vnet link add vxlan vx0 --id 42 --remote 192.0.2.7 --port 4789'],
  ifb: ['an intermediate device for queueing', 'vnet link add ifb ifb0 --up'],
  dummy: ['a link that drops everything', 'vnet link add dummy d0 --up'],
  nlmon: ['a link on which the netlink messages of the namespace are heard', 'vnet link add nlmon nlmon0 --up'],
  vrf: ['a master whose ports have a routing table of their own', 'vnet link add vrf blue --table 10 --up'],
  bond: ['several links as one', 'vnet link add bond bond0 --mode active-backup --miimon 100'],
  team: ['several links as one, told by team set or teamd how', 'vnet link add team team0'],
  macsec: ['Ethernet with integrity and encryption', 'vnet link add macsec ms0 --parent eth0 --encrypt'],
  wireguard: ['tunnels to peers that are known by their keys', 'vnet link add wg0 --kind wireguard'],
  hsr: ['each frame by two links at once', 'vnet link add hsr hsr0 --slave1 eth1 --slave2 eth2 --protocol hsr'],
  tun: ['a layer 3 link whose packets a program reads', 'vnet link add tun tun0 --owner 1000'],
  tap: ['a layer 2 link whose frames a program reads', 'vnet link add tap tap0 --multi-queue'],
  erspan: ['mirrored frames over IPv4', 'vnet link add erspan es0 --remote 192.0.2.7 --ikey 7 --okey 7'],
  geneve: ['Ethernet over UDP', 'vnet link add geneve gn0 --id 42 --remote 192.0.2.7'],
  gre: ['packets over IPv4', 'vnet link add gre gre1 --local 192.0.2.1 --remote 192.0.2.7'],
  gretap: ['frames over IPv4', 'vnet link add gretap gt1 --local 192.0.2.1 --remote 192.0.2.7 --ikey 5 --okey 5'],
  ip6erspan: ['mirrored frames over IPv6', 'vnet link add ip6erspan es0 --remote 2001:db8::7 --ikey 7 --okey 7'],
  ip6gre: ['packets over IPv6', 'vnet link add ip6gre gre1 --local 2001:db8::1 --remote 2001:db8::7'],
  ip6gretap: ['frames over IPv6', 'vnet link add ip6gretap gt1 --local 2001:db8::1 --remote 2001:db8::7'],
  ip6tnl: ['IPv6 and IPv4 over IPv6', 'vnet link add ip6tnl t1 --local 2001:db8::1 --remote 2001:db8::7'],
  ipip: ['IPv4 over IPv4', 'vnet link add ipip t1 --local 192.0.2.1 --remote 192.0.2.7'],
  sit: ['IPv6 over IPv4', 'vnet link add sit t1 --local 192.0.2.1 --remote 192.0.2.7'],
  vti: ['packets that IPsec protects, over IPv4', 'vnet link add vti vti1 --remote 192.0.2.7 --ikey 7 --okey 7'],
  vti6: ['packets that IPsec protects, over IPv6', 'vnet link add vti6 vti1 --remote 2001:db8::7 --ikey 7 --okey 7'],
}

/** Declares `link add`. */
export function defineLinkAdd(link: Command, context: Context): void {
  const add = define(link, 'add', 'make a link', 'vnet link add bridge br0 --up').usage('KIND [NAME] [options]')
  for (const kind of knownKinds) defineKind(add, kind, context)
  defineOther(add, context)
  // No options here: commander would take them away from the kind's own command.
  add.argument('[kind]').allowUnknownOption().allowExcessArguments()
  add.action((kind: string | undefined) => {
    if (kind === undefined || kind.startsWith('-')) {
      throw new UsageError('what kind of link?', `one of ${knownKinds.join(', ')}`)
    }
    refuseMisspelt(kind)
    throw new UsageError(
      `vnet has no options for kind ${JSON.stringify(kind)}`,
      `for a kind that the kernel has write: vnet link add other ${kind}`,
    )
  })
}

/** A word that is nearly a kind is taken for a slip; any other may be one that the kernel has. */
export function refuseMisspelt(kind: string): void {
  const words: readonly string[] = [...knownKinds, ...capabilityKinds]
  const near = words.includes(kind) ? undefined : nearest(kind, knownKinds)
  if (near !== undefined) throw new UsageError(`there is no kind ${JSON.stringify(kind)}`, `did you mean ${near}?`)
}

const data: Parameter = {
  flag: 'data',
  property: 'data',
  about: 'an attribute of the kind: its number and its octets in hexadecimal, such as 1=2a000000',
  value: {
    placeholder: 'number=octets',
    list: true,
    read(given, flag) {
      const match = /^(\d+)=((?:[\da-f]{2})*)$/i.exec(given)
      if (match === null) throw new UsageError(`--${flag} takes 1=2a000000, not ${JSON.stringify(given)}`)
      return { type: Number(match[1]), bytes: Uint8Array.from(Buffer.from(match[2] as string, 'hex')) }
    },
  },
}

/** Kinds that the kernel has and vnet has no name for. */
function defineOther(add: Command, context: Context): void {
  const about = "a kind that only the kernel knows, by the kernel's word"
  const other = withExample(add.command('other').description(about), 'vnet link add other vcan can0 --up')
  takes(other, '<kind>', "the kernel's word for the kind")
  takes(other, '[name]', 'its name; without it the kernel chooses')
  const options = [data, ...birth, parent(false)]
  declare(other, options)
  declare(other, portParameters('add'), 'Options of a bridge port:')
  other.action(async (kind: string, name: string | undefined, given: Record<string, unknown>) => {
    await make(context, { kind, ...named(name), ...collect(options, given), ...portOf(given) } as OtherLinkSpec)
  })
}

function defineKind(add: Command, kind: KnownKind, context: Context): void {
  const [about, example] = abouts[kind]
  const command = withExample(add.command(kind).description(about), example)
  takes(command, '[name]', 'its name; without it the kernel chooses')
  const section = sectionOf(kind)
  const own = section === undefined ? [] : kindParameters(section, 'add')
  const base: readonly Parameter[] = [...birth, parent(factsOf(kind)?.needs?.includes('parent') === true)]
  declare(command, own, `Options of ${kind}:`)
  if (kind === 'veth') declare(command, peer, 'Options of the other end:')
  declare(command, base, 'Options of every link:')
  declare(command, portParameters('add'), 'Options of a bridge port:')
  command.action(async (name: string | undefined, given: Record<string, unknown>) => {
    const options = collect(own, given)
    const other = kind === 'veth' ? collect(peer, given) : {}
    const needed = section !== undefined && kindOptions[section].needed === true
    await make(context, {
      kind,
      ...named(name),
      ...collect(base, given),
      ...(section !== undefined && (needed || Object.keys(options).length > 0) ? { [section]: options } : {}),
      ...(Object.keys(other).length > 0 ? { peer: other } : {}),
      ...portOf(given),
    } as unknown as LinkSpec)
  })
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name }
}

function portOf(given: Record<string, unknown>): { readonly port?: Record<string, unknown> } {
  const port = collect(portParameters('add'), given)
  return Object.keys(port).length > 0 ? { port } : {}
}

async function make(context: Context, spec: LinkSpec | OtherLinkSpec): Promise<void> {
  await context.withHost(async (host) => {
    const made = await host.link.add(spec)
    if (context.settings.json) printJson(context, [linkJson(made, await namesFor(host, made))])
    // The kernel's choice is news, what was asked for is not.
    else if (spec.name === undefined) context.terminal.out(`${made.name}\n`)
  })
}

/** Names of the links around a new one. */
async function namesFor(host: Host, made: Link): Promise<ReturnType<typeof namesOf>> {
  const indexes = [made.master, made.linkNamespaceId === undefined ? made.parent : undefined]
  const around = await Promise.all(indexes.map((index) => (index ? host.link.get(index) : undefined)))
  return namesOf([made, ...around.filter((link) => link !== undefined)])
}
