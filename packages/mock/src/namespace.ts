/** A network namespace: its links by index and name, its tables, and the numbers by which it knows other namespaces. @module */
import type { DriverEvent, EventGroup, IpFamily } from '@vnet/core'
import { Reassembly } from '@vnet/wire'
import type { EventQueue } from './event-queue.js'
import { TunnelSet } from './kind/tunnel-set.js'
import { VxlanSet } from './kind/vxlan-set.js'
import { NatState } from './nat/state.js'
import { AddressOwners } from './object/address-owners.js'
import type { Device } from './object/device.js'
import type { MacFilterEntry } from './object/mac-filter.js'
import type { RouteTables } from './object/route-table.js'
import type { RuleEntry } from './object/rule.js'
import { SocketTable } from './socket/table.js'
import type { PathMtus } from './stack/path-mtu.js'
import { Peers } from './stack/peer.js'
import type { Tap } from './stack/tap.js'
import { SharedConf, type Sysctls } from './sysctl/conf.js'
import { ActionTable } from './traffic/action-entry.js'
import { BlockTable } from './traffic/block.js'

/** Packets whose fragments wait for others; Linux counts their memory (`net.ipv4.ipfrag_high_thresh`). */
const mostIncomplete = 4096

/** A subscriber of some groups. */
export interface Watcher {
  readonly groups: ReadonlySet<EventGroup>
  readonly queue: EventQueue<DriverEvent>
}

/** A network namespace. */
export class Namespace {
  /** Inode number, as `stat` of `/run/netns/NAME` tells. */
  readonly inode: number
  /** Names under `/run/netns`. */
  readonly names = new Set<string>()
  /** Handles and connections that keep it. */
  holders = 0
  /** The one that the process is in. */
  readonly initial: boolean
  readonly links = new Map<number, Device>()
  /** Links by name and by alternative name. */
  readonly byName = new Map<string, Device>()
  /** The index given last (`net->ifindex`). */
  lastIndex = 0
  /** VXLANs that were made here: their packets go here, wherever they were moved. */
  readonly vxlans = new VxlanSet()
  /** Tunnels over IP that were made here, likewise. */
  readonly tunnels = new TunnelSet()
  /** GENEVE links that were made here, likewise. */
  readonly geneves = new Set<Device>()
  /** WireGuard links that were made here, likewise. */
  readonly wireguards = new Set<Device>()
  /** Numbers of other namespaces (`ip netns list-id`). */
  readonly ids = new Map<Namespace, number>()
  /** Which of its links have an address. */
  readonly owners = new AddressOwners()
  /** Its settings, but those of its links. */
  sysctls: Sysctls
  /** What its links share of theirs. */
  readonly sharedConf = new SharedConf()
  readonly routes: { readonly [F in IpFamily]: RouteTables }
  readonly rules: { readonly [F in IpFamily]: RuleEntry[] } = { 4: [], 6: [] }
  /**
   * IPv4 rules were once added or removed. Until then Linux keeps `local` and `main` in one table, and answers of
   * `route get` name `main` for both (`fib_unmerge`).
   */
  ownRules4 = false
  /** A VRF was once made here, which brings rules of its own. */
  hasVrfRules = false
  readonly watchers = new Set<Watcher>()
  /** Whether the queues of the subscribers have no room for an event of a group, however many wait. */
  full: (group: EventGroup) => boolean = () => false
  /** What fits the ways to destinations, as routers told. */
  readonly pathMtus: PathMtus = new Map()
  /** Hosts that were told of errors. */
  readonly peers = new Peers()
  /** Packets whose fragments are not all here. */
  readonly reassembly = new Reassembly(mostIncomplete)
  /** Sockets that carry datagrams of IP. */
  readonly sockets = new SocketTable()
  /** Address translation. */
  readonly nat = new NatState()
  /** Actions of traffic control. */
  readonly actions: ActionTable
  /** Filters of traffic control that its links share. */
  readonly blocks = new BlockTable()
  /** MAC filters by name of the port. */
  readonly macFilters = new Map<string, MacFilterEntry>()
  /** Who sees the frames of its links. */
  readonly taps = new Set<Tap>()
  dead = false
  /** By pattern: a number below which no name is free. */
  #lowest = new Map<string, number>()

  constructor(inode: number, initial: boolean, routes: { readonly [F in IpFamily]: RouteTables }, sysctls: Sysctls) {
    this.sysctls = sysctls
    this.inode = inode
    this.actions = new ActionTable(inode)
    this.initial = initial
    this.routes = routes
  }

  /** Device and inode, as in `NamespaceInfo`. */
  get identity(): string {
    return `4:${this.inode}`
  }

  /** Whether somebody is there to hear of a group. */
  heard(group: EventGroup): boolean {
    for (const watcher of this.watchers) if (watcher.groups.has(group)) return true
    return false
  }

  /** Tells the subscribers; the object is only made when there are some. */
  tell(group: EventGroup, event: () => DriverEvent): void {
    if (!this.heard(group)) return
    const full = this.full(group)
    let made: DriverEvent | undefined
    for (const watcher of this.watchers) {
      if (!watcher.groups.has(group)) continue
      if (full) {
        watcher.queue.lose()
        continue
      }
      made ??= event()
      watcher.queue.push(made)
    }
  }

  /** A free index: the next one after the last given. */
  freeIndex(): number {
    let index = this.lastIndex
    do index = index >= 0x7fffffff ? 1 : index + 1
    while (this.links.has(index))
    this.lastIndex = index
    return index
  }

  /** The first free name of a pattern such as `veth%d`. */
  freeName(prefix: string, suffix = ''): string {
    const pattern = `${prefix}\0${suffix}`
    let number = this.#lowest.get(pattern) ?? 0
    while (this.byName.has(`${prefix}${number}${suffix}`)) number++
    this.#lowest.set(pattern, number)
    return `${prefix}${number}${suffix}`
  }

  /** Enters a name or alternative name. */
  enterName(name: string, device: Device): void {
    this.byName.set(name, device)
  }

  /** Removes a name or alternative name. */
  removeName(name: string): void {
    this.byName.delete(name)
    for (const [pattern, lowest] of this.#lowest) {
      const [prefix = '', suffix = ''] = pattern.split('\0')
      if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue
      const number = Number(name.slice(prefix.length, name.length - suffix.length))
      if (number < lowest) this.#lowest.set(pattern, number)
    }
  }

  /** The link of a reference: an index, a name or an alternative name. */
  find(ref: string | number): Device | undefined {
    return typeof ref === 'number' ? this.links.get(ref) : this.byName.get(ref)
  }

  /** The links in order of index, as a dump has them. */
  sorted(): Device[] {
    const devices = [...this.links.values()]
    let last = 0
    for (const device of devices) {
      if (device.index < last) return devices.sort((a, b) => a.index - b.index)
      last = device.index
    }
    return devices
  }
}
