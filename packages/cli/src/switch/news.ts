/** What happens at a switch, as lines for people and as JSON for programs. @module */
import { isVnetError } from '@vnet/core'
import type { SwitchEvent } from '@vnet/switch'
import type { JsonObject } from '../render/ip-json/object.js'
import type { PortView, RunningPort, RunningSwitch } from './running.js'
import { vlanText } from './vlan.js'

/** A port has ended by itself. */
export interface PortEnded {
  readonly kind: 'port-ended'
  readonly port: number
  readonly error: unknown
}

/** Something to be told. */
export type News = SwitchEvent | PortEnded

/** What happened, in a line. */
export function newsText(news: News, running: RunningSwitch): string {
  const name = (port: number) => running.name(port)
  switch (news.kind) {
    case 'learned':
      return `${station(news.entry)} learned at ${name(news.entry.port)}`
    case 'moved':
      return `${station(news.entry)} moved from ${name(news.from)} to ${name(news.entry.port)}`
    case 'forgotten':
      return `${station(news.entry)} forgotten at ${name(news.entry.port)}: ${news.cause}`
    case 'port':
      return `${news.name} is ${news.role}, ${news.state}`
    case 'root':
      return news.rootPort === 0
        ? `root is this switch, ${news.root.priority} ${news.root.mac}`
        : `root is ${news.root.priority} ${news.root.mac}, by ${name(news.rootPort)} at cost ${news.cost}`
    case 'topology-change':
      return `topology change at ${news.name}`
    case 'guarded':
      return `${news.name} is shut: a BPDU arrived (bpdu-guard)`
    case 'port-ended':
      return `${name(news.port)} has ended: ${(news.error as Error).message}`
  }
}

const station = ({ mac, vlan }: { readonly mac: string; readonly vlan: number }): string =>
  vlan === 0 ? mac : `${mac} vlan ${vlan}`

/** What happened, as JSON: ports by name. */
export function newsJson(news: News, running: RunningSwitch): JsonObject {
  const { kind } = news
  const name = (port: number) => running.name(port)
  switch (news.kind) {
    case 'learned':
    case 'moved':
    case 'forgotten': {
      const { mac, port, vlan, static: fixed, sticky } = news.entry
      return {
        kind,
        mac,
        port: name(port),
        ...(news.kind === 'moved' ? { from: name(news.from) } : {}),
        ...(vlan === 0 ? {} : { vlan }),
        ...(fixed ? { static: true } : {}),
        ...(sticky ? { sticky: true } : {}),
        ...(news.kind === 'forgotten' ? { cause: news.cause } : {}),
      }
    }
    case 'port':
      return { kind, port: news.name, role: news.role, state: news.state }
    case 'root': {
      const { root, cost, rootPort } = news
      return { kind, root: { ...root }, cost, ...(rootPort === 0 ? {} : { port: name(rootPort) }) }
    }
    case 'topology-change':
    case 'guarded':
      return { kind, port: news.name }
    case 'port-ended':
      return { kind, port: name(news.port), error: errorJson(news.error) }
  }
}

function errorJson(error: unknown): JsonObject {
  if (!isVnetError(error)) return { detail: (error as Error).message }
  const { code, operation, subject, detail, hint } = error
  return { code, operation, subject, detail, hint }
}

/** That the switch forwards, as JSON. */
export function readyJson(running: RunningSwitch): JsonObject {
  const { bridge, plan } = running
  return {
    kind: 'ready',
    mac: bridge.mac,
    ...(typeof plan.options.stp === 'object' ? { stp: plan.options.stp.version } : {}),
    vlanFiltering: bridge.vlanFiltering,
    ports: [...running.ports.values()].map(({ number, opened: { plan: port, port: tap, made, up } }) => ({
      number,
      port: port.name,
      link: tap.name,
      index: tap.index,
      ...(port.namespace === '' ? {} : { namespace: port.namespace }),
      mtu: tap.mtu,
      made,
      up,
      ...(port.options.vlan === undefined ? {} : { vlan: { ...port.options.vlan } }),
    })),
  }
}

/** That the switch forwards, in lines: what became of each port, and how it ends. */
export function readyText(running: RunningSwitch): readonly string[] {
  const { bridge, plan } = running
  const { stp } = plan.options
  const tree = typeof stp === 'object' ? `, ${stp.version === 'stp' ? 'STP' : 'RSTP'}` : ''
  const lines = [...running.ports.values()].map(portLine)
  const { size } = running.ports
  return [...lines, `ready: switch ${bridge.mac}${tree}, ${size} port${size === 1 ? '' : 's'}; Ctrl-C ends it`]
}

function portLine({ opened: { plan, port, made, up } }: RunningPort): string {
  const vlan = plan.options.vlan === undefined ? '' : `, VLAN ${vlanText(plan.options.vlan)}`
  const place = plan.namespace === '' ? '' : ` --namespace ${plan.namespace}`
  const state = made
    ? 'made and set up; it goes away with the switch'
    : up
      ? 'attached'
      : `attached, and down: vnet link set ${port.name} --up${place}`
  return `${plan.name}: ${state} (mtu ${port.mtu}${vlan})`
}

/** What passed each port, as JSON. */
export function endJson(running: RunningSwitch): JsonObject {
  return {
    kind: 'end',
    seconds: Math.round((running.clock.now() - running.begun) * 1000) / 1000,
    stations: running.bridge.macs.length,
    ports: running.views().map(viewJson),
  }
}

function viewJson({ running, counters, link, stations }: PortView): JsonObject {
  const { dropped, ...passed } = counters
  return {
    port: running.opened.plan.name,
    ...(running.ended === undefined ? {} : { ended: true }),
    stations,
    ...passed,
    dropped: { ...dropped },
    link: { ...link, dropped: { ...link.dropped } },
    ...(running.fault === undefined ? {} : { faults: { ...running.fault.faults } }),
  }
}
