/** Bridges as `brctl` of bridge-utils 1.7 writes them: its columns, its widths, its tabulators. @module */
import type { FdbEntry, Link } from '@vnet/core'

/** `brctl show`: a line for each bridge, its ports below one another. */
export function bridgesText(bridges: readonly Link[], portsOf: (bridge: Link) => readonly Link[]): string {
  const lines = bridges.map((bridge) => {
    const [first, ...others] = portsOf(bridge).map(({ name }) => name)
    const stp = bridge.bridge?.stp ? 'yes' : 'no'
    const line = `${bridge.name}\t\t${identity(bridge.bridge?.bridgeId)}\t${stp}\t\t${first ?? ''}\n`
    return line + others.map((name) => `\t\t\t\t\t\t\t${name}\n`).join('')
  })
  return `bridge name\tbridge id\t\tSTP enabled\tinterfaces\n${lines.join('')}`
}

/** `brctl showstp BRIDGE`: what the spanning tree knows of the bridge and of each port. */
export function spanningTreeText(bridge: Link, ports: readonly Link[]): string {
  const state = bridge.bridge ?? {}
  const flags = [
    state.topologyChange ? 'TOPOLOGY_CHANGE ' : '',
    state.topologyChangeDetected ? 'TOPOLOGY_CHANGE_DETECTED ' : '',
  ].join('')
  const own = [
    bridge.name,
    ` bridge id\t\t${identity(state.bridgeId)}`,
    ` designated root\t${identity(state.rootId)}`,
    ` root port\t\t${whole(state.rootPort)}\t\t\tpath cost\t\t${whole(state.rootPathCost)}`,
    ` max age\t\t${time(state.maxAge)}\t\t\tbridge max age\t\t${time(state.maxAge)}`,
    ` hello time\t\t${time(state.helloTime)}\t\t\tbridge hello time\t${time(state.helloTime)}`,
    ` forward delay\t\t${time(state.forwardDelay)}\t\t\tbridge forward delay\t${time(state.forwardDelay)}`,
    ` ageing time\t\t${time(state.ageingTime)}`,
    ` hello timer\t\t${time(state.helloTimer)}\t\t\ttcn timer\t\t${time(state.tcnTimer)}`,
    ` topology change timer\t${time(state.topologyChangeTimer)}\t\t\tgc timer\t\t${time(state.gcTimer)}`,
    ` flags\t\t\t${flags}`,
    '',
    '',
  ]
  return `${own.join('\n')}\n${ports.map(portText).join('\n')}${ports.length === 0 ? '' : '\n'}`
}

function portText(link: Link): string {
  const port = link.port ?? {}
  const flags = [
    port.configPending ? 'CONFIG_PENDING ' : '',
    port.topologyChangeAck ? 'TOPOLOGY_CHANGE_ACK ' : '',
  ].join('')
  const lines = [
    `${link.name} (${port.number ?? 0})`,
    ` port id\t\t${hex(port.id)}\t\t\tstate\t\t${(port.state ?? '').padStart(15)}`,
    ` designated root\t${identity(port.rootId)}\tpath cost\t\t${whole(port.cost)}`,
    ` designated bridge\t${identity(port.bridgeId)}\tmessage age timer\t${time(port.messageAgeTimer)}`,
    ` designated port\t${hex(port.designatedPort)}\t\t\tforward delay timer\t${time(port.forwardDelayTimer)}`,
    ` designated cost\t${whole(port.designatedCost)}\t\t\thold timer\t\t${time(port.holdTimer)}`,
    ` flags\t\t\t${flags}`,
    ...(port.hairpin ? [` hairpin mode\t\t${whole(1)}`] : []),
    '',
  ]
  return lines.join('\n')
}

/** A learned or own MAC of a bridge, with what `brctl showmacs` tells of it. */
export interface MacRow {
  /** Number of the port in its bridge. */
  readonly port: number
  /** The MAC. */
  readonly mac: string
  /** The bridge's own. */
  readonly local: boolean
  /** Seconds since it was last seen there. */
  readonly age: number
}

/**
 * The MACs that a bridge knows, in the order of `brctl`: by MAC. As the kernel tells `brctl` (`br_fdb_fillbuf`): those of
 * the bridge itself are left out, and each is told once for every VLAN.
 */
export function macRows(bridge: Link, ports: readonly Link[], entries: readonly FdbEntry[]): readonly MacRow[] {
  const numbers = new Map(ports.map((link) => [link.index, link.port?.number ?? 0]))
  return entries
    .filter((entry) => entry.master === bridge.index && numbers.has(entry.link))
    .map((entry) => ({
      port: numbers.get(entry.link) as number,
      mac: entry.mac,
      local: entry.state === 'permanent',
      age: entry.state === 'dynamic' && !entry.flags.includes('extern_learn') ? (entry.updated ?? 0) : 0,
    }))
    .sort((a, b) => (a.mac < b.mac ? -1 : a.mac > b.mac ? 1 : 0))
}

/** `brctl showmacs BRIDGE`. */
export function macsText(rows: readonly MacRow[]): string {
  const lines = rows.map(
    ({ port, mac, local, age }) => `${String(port).padStart(3)}\t${mac}\t${local ? 'yes' : 'no'}\t\t${time(age)}\n`,
  )
  return `port no\tmac addr\t\tis local?\tageing timer\n${lines.join('')}`
}

const whole = (value: number | undefined): string => String(value ?? 0).padStart(4)
const time = (seconds: number | undefined): string => (seconds ?? 0).toFixed(2).padStart(7)
const hex = (value: number | undefined): string => (value ?? 0).toString(16).padStart(4, '0')
/** An identity as `brctl` writes it, without colons: `8000.020000000001`. */
const identity = (id: string | undefined): string => (id ?? '').replaceAll(':', '')
