/** The words of the command line: objects, commands and verbs, with the short forms that `ip` has. @module */
import type { Command } from 'commander'
import type { Context } from './context.js'
import { UsageError } from './usage.js'
import { suggestion } from './word.js'

/** A word and its short forms. */
export interface Term {
  /** The word itself. */
  readonly name: string
  /** Other words for it. */
  readonly aliases: readonly string[]
}

/** An object (`link`) or a command (`tree`): its code is loaded when it is used. */
export interface Entry extends Term {
  /** One line for the help. */
  readonly about: string
  /** Its verb when none is written; a command has none. */
  readonly verb?: string
  /** Those of its verbs that are objects, with verbs of their own: `vlan` for `bridge vlan add`, `vlan global` below it. */
  readonly parts?: readonly string[]
  /** Not shown and not suggested. */
  readonly hidden?: boolean
  /** Loads what declares it on a command. */
  load(): Promise<(command: Command, context: Context) => void>
}

/** Everything that can be the first word. The order is that of `ip`, in which short forms are looked up. */
export const entries: readonly Entry[] = [
  {
    name: 'link',
    aliases: ['l'],
    about: 'network devices: bridges, veth pairs, VLANs, VXLANs, TUN, TAP, …',
    verb: 'list',
    load: async () => (await import('./command/link.js')).defineLink,
  },
  {
    name: 'nic',
    aliases: [],
    about: 'network cards: drivers, speeds, features, and what their names say',
    verb: 'list',
    load: async () => (await import('./command/nic.js')).defineNic,
  },
  {
    name: 'address',
    aliases: ['a'],
    about: 'IP addresses of links',
    verb: 'list',
    load: async () => (await import('./command/address.js')).defineAddress,
  },
  {
    name: 'alias',
    aliases: [],
    about: 'aliases of links such as eth0:1: IPv4 addresses with a name',
    verb: 'list',
    load: async () => (await import('./command/alias.js')).defineAlias,
  },
  {
    name: 'route',
    aliases: ['r'],
    about: 'routes',
    verb: 'list',
    load: async () => (await import('./command/route.js')).defineRoute,
  },
  {
    name: 'rule',
    aliases: ['ru'],
    about: 'rules of policy routing',
    verb: 'list',
    load: async () => (await import('./command/rule.js')).defineRule,
  },
  {
    name: 'neighbour',
    aliases: ['n', 'ne', 'neighbor'],
    about: 'MAC addresses of IP neighbours',
    verb: 'list',
    load: async () => (await import('./command/neighbour.js')).defineNeighbour,
  },
  {
    name: 'fdb',
    aliases: ['f'],
    about: 'forwarding database: the bridge port of a MAC',
    verb: 'list',
    load: async () => (await import('./command/fdb.js')).defineFdb,
  },
  {
    name: 'mdb',
    aliases: [],
    about: 'multicast database: the bridge ports of a group',
    verb: 'list',
    load: async () => (await import('./command/mdb.js')).defineMdb,
  },
  {
    name: 'bridge',
    aliases: ['b', 'br'],
    about: 'bridges as brctl shows them; VLANs of their ports',
    verb: 'show',
    parts: ['mst', 'vlan', 'vlan global', 'vni'],
    load: async () => (await import('./command/bridge.js')).defineBridge,
  },
  {
    name: 'macsec',
    aliases: [],
    about: 'keys and peers of MACsec links',
    verb: 'show',
    load: async () => (await import('./command/macsec.js')).defineMacsec,
  },
  {
    name: 'team',
    aliases: [],
    about: 'modes, options and ports of teams',
    verb: 'show',
    load: async () => (await import('./command/team.js')).defineTeam,
  },
  {
    name: 'wireguard',
    aliases: ['wg'],
    about: 'keys and peers of WireGuard links',
    verb: 'show',
    load: async () => (await import('./command/wireguard.js')).defineWireguard,
  },
  {
    name: 'qdisc',
    aliases: ['q'],
    about: 'queueing disciplines: rates, delays, priorities',
    verb: 'list',
    load: async () => (await import('./command/qdisc.js')).defineQdisc,
  },
  {
    name: 'class',
    aliases: ['c'],
    about: 'classes of disciplines: rates that are shared',
    verb: 'list',
    load: async () => (await import('./command/class.js')).defineClass,
  },
  {
    name: 'filter',
    aliases: [],
    about: 'filters: what goes to which class, is redirected, limited or dropped',
    verb: 'list',
    load: async () => (await import('./command/filter.js')).defineFilter,
  },
  {
    name: 'action',
    aliases: ['actions'],
    about: 'actions that filters share by their numbers',
    verb: 'list',
    load: async () => (await import('./command/action.js')).defineAction,
  },
  {
    name: 'sysctl',
    aliases: [],
    about: 'settings of the kernel: forwarding, filters, limits',
    verb: 'list',
    load: async () => (await import('./command/sysctl.js')).defineSysctl,
  },
  {
    name: 'namespace',
    aliases: ['netns', 'ns'],
    about: 'network namespaces',
    verb: 'list',
    load: async () => (await import('./command/namespace.js')).defineNamespace,
  },
  {
    name: 'nat',
    aliases: [],
    about: 'address translation: masquerade, published ports',
    verb: 'list',
    load: async () => (await import('./command/nat.js')).defineNat,
  },
  {
    name: 'token',
    aliases: [],
    about: 'the host’s half of IPv6 addresses that routers give',
    verb: 'list',
    load: async () => (await import('./command/token.js')).defineToken,
  },
  {
    name: 'mac-filter',
    aliases: [],
    about: 'MAC filters: who may send at the ports of bridges',
    verb: 'list',
    load: async () => (await import('./command/mac-filter.js')).defineMacFilter,
  },
  {
    name: 'socket',
    aliases: ['ss'],
    about: 'sockets: who listens and who is connected',
    verb: 'list',
    load: async () => (await import('./command/socket.js')).defineSocket,
  },
  {
    name: 'watch',
    aliases: ['monitor'],
    about: 'changes as they happen',
    load: async () => (await import('./command/watch.js')).defineWatch,
  },
  {
    name: 'tree',
    aliases: [],
    about: 'namespaces, links and addresses in one picture',
    load: async () => (await import('./command/tree.js')).defineTree,
  },
  {
    name: 'ping',
    aliases: [],
    about: 'echo requests from inside a namespace',
    load: async () => (await import('./command/ping.js')).definePing,
  },
  {
    name: 'explain',
    aliases: [],
    about: 'why a ping is answered, or where and why it stops',
    load: async () => (await import('./command/explain.js')).defineExplain,
  },
  {
    name: 'trace',
    aliases: ['traceroute'],
    about: 'the routers on the way to a host',
    load: async () => (await import('./command/trace.js')).defineTrace,
  },
  {
    name: 'udp',
    aliases: [],
    about: 'datagrams from and to a namespace, as with nc -u',
    load: async () => (await import('./command/udp.js')).defineUdp,
  },
  {
    name: 'dhcp',
    aliases: [],
    about: 'an address by DHCP for a link, kept until stopped; or a server for others',
    load: async () => (await import('./command/dhcp.js')).defineDhcp,
  },
  {
    name: 'capture',
    aliases: [],
    about: 'frames that pass links: as lines, or as pcapng for Wireshark',
    load: async () => (await import('./command/capture.js')).defineCapture,
  },
  {
    name: 'switch',
    aliases: [],
    about: 'an Ethernet switch in user space between TAPs',
    load: async () => (await import('./command/switch.js')).defineSwitch,
  },
  {
    name: 'pppoe',
    aliases: [],
    about: 'sessions by PPPoE, as on a DSL line: connect, or be the concentrator',
    verb: 'connect',
    load: async () => (await import('./command/pppoe.js')).definePppoe,
  },
  {
    name: 'snapshot',
    aliases: [],
    about: 'states of the mock: kept, restored, compared',
    load: async () => (await import('./command/snapshot.js')).defineSnapshot,
  },
  {
    name: 'extcap',
    aliases: [],
    about: 'lets Wireshark capture links of every namespace by itself',
    load: async () => (await import('./command/extcap.js')).defineExtcap,
  },
  {
    name: 'tap',
    aliases: [],
    about: 'programs at the other end of a TAP link',
    load: async () => (await import('./command/tap.js')).defineTap,
  },
  {
    name: 'doctor',
    aliases: [],
    about: 'backends, what they can do, and what to do about the rest',
    load: async () => (await import('./command/doctor.js')).defineDoctor,
  },
  {
    name: 'demo',
    aliases: [],
    about: 'builds a docker-style network, pings through it, and removes it',
    load: async () => (await import('./command/demo.js')).defineDemo,
  },
  {
    name: 'completion',
    aliases: [],
    about: 'completion for bash, zsh and fish',
    load: async () => (await import('./command/completion.js')).defineCompletion,
  },
  {
    name: '__complete',
    aliases: [],
    about: 'what the completion scripts ask',
    hidden: true,
    load: async () => (await import('./command/completion.js')).defineComplete,
  },
]

/**
 * The words for what is done with an object. `replace` is `set`, except for links, where `set` changes what is there;
 * `change` is `set` where there is no `change`, as of traffic control there is.
 */
export const verbs: readonly Term[] = [
  { name: 'add', aliases: ['a'] },
  { name: 'set', aliases: ['change', 'chg', 'replace'] },
  { name: 'change', aliases: ['chg'] },
  { name: 'delete', aliases: ['d', 'remove', 'rm'] },
  { name: 'get', aliases: ['g'] },
  { name: 'list', aliases: ['l', 'ls', 'lst', 'show'] },
  { name: 'flush', aliases: ['f'] },
  { name: 'exec', aliases: [] },
  { name: 'show', aliases: ['l', 'ls', 'list'] },
  { name: 'stp', aliases: ['showstp'] },
  { name: 'macs', aliases: ['showmacs'] },
  { name: 'adopt', aliases: [] },
  { name: 'release', aliases: [] },
  { name: 'mst', aliases: [] },
  { name: 'vlan', aliases: ['v'] },
  { name: 'vni', aliases: [] },
  { name: 'global', aliases: [] },
  { name: 'explain', aliases: [] },
  { name: 'connect', aliases: [] },
  { name: 'serve', aliases: [] },
]

/** The first word that was meant. */
export function resolveEntry(written: string): Entry {
  const found = resolve(written, entries, 'object or command')
  return found as Entry
}

/** The verb that was meant, among those that the object has. */
export function resolveVerb(written: string, object: string, has: readonly string[]): string {
  const terms = verbs
    .filter(({ name }) => has.includes(name))
    .map(({ name, aliases }) => ({
      name,
      aliases: aliases.filter((alias) => !(object === 'link' && alias === 'replace') && !isOther(alias, name, has)),
    }))
  return resolve(written, terms, `verb of ${object}`).name
}

/** Whether a word for one verb is, for this object, another verb or a word for it. */
function isOther(alias: string, name: string, has: readonly string[]): boolean {
  return verbs.some((verb) => {
    const words = [verb.name, ...verb.aliases]
    return verb.name !== name && verb.name === 'change' && has.includes(verb.name) && words.includes(alias)
  })
}

/** Looks a word up: itself, another word for it, or an unmistakable beginning. */
function resolve(written: string, terms: readonly (Term & { readonly hidden?: boolean })[], kind: string): Term {
  const shown = terms.filter((term) => term.hidden !== true)
  const exact = terms.find(({ name }) => name === written) ?? terms.find(({ aliases }) => aliases.includes(written))
  if (exact !== undefined) return exact
  const begun = shown.filter((term) => [term.name, ...term.aliases].some((word) => word.startsWith(written)))
  if (begun.length === 1 && begun[0] !== undefined) return begun[0]
  const words = (begun.length > 1 ? begun : shown).map(({ name }) => name)
  if (begun.length > 1) {
    throw new UsageError(`${JSON.stringify(written)} is the beginning of several words`, `one of ${words.join(', ')}`)
  }
  throw new UsageError(`there is no ${kind} ${JSON.stringify(written)}`, suggestion(written, words))
}
