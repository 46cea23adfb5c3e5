/** Runs a network on one backend, and tells what came of its pings, which packets arrived where, and who knows whom. @module */
import type { Host, Link, LooseRequest, NamespaceRef } from '@vnet/core'
import { type PlacedNamespace, placed } from '../context.js'
import { sleep } from '../expectation.js'
import { type Program, place, type Side, sides } from './program.js'
import { isQuiet } from './quiet.js'
import { type Arrived, Witness } from './witness.js'

/** By the number of the last ping of a row, and by namespaces. */
type ByRow<T> = Readonly<Record<string, Readonly<Record<string, T>>>>

/** What came of a network: of each step by its number, and of each row of pings. */
export interface NetworkOutcome {
  readonly outcomes: Readonly<Record<string, Outcome>>
  /** Which packets arrived while the row was under way. */
  readonly arrived: ByRow<Arrived>
  /** Who knows whom after it. */
  readonly known: ByRow<Known>
}

/** What is known in a namespace, a line each. */
export interface Known {
  readonly neighbours: readonly string[]
  /** What bridges have learned; nothing where hosts speak in their own time. */
  readonly learned: readonly string[]
}

/** What came of a step: `ok` or a code; of a ping also who answered. */
export interface Outcome {
  readonly code: string
  readonly address?: string
  readonly size?: number
  readonly ttl?: number | undefined
}

/** Carries it out in new namespaces, which `closing` waits for. */
export async function runNetwork(host: Host, program: Program, closing: Set<Promise<void>>): Promise<NetworkOutcome> {
  const text = JSON.stringify(program)
  const used = sides.filter((side) => text.includes(`"${side}"`))
  const opened = await Promise.all(used.map(async (side) => [side, placed(await host.namespace.add())] as const))
  const namespaces = Object.fromEntries(opened) as Readonly<Record<Side, PlacedNamespace>>
  const refs = Object.fromEntries(opened.map(([side, { ref }]) => [side, ref])) as Record<Side, NamespaceRef>
  const witnesses = await Promise.all(opened.map(async ([side, ns]) => [side, await Witness.open(ns)] as const))
  const quiet = isQuiet(program, used)
  try {
    for (const [, namespace] of opened) await quieten(namespace)
    const outcomes: Record<string, Outcome> = {}
    const arrived: Record<string, Record<string, Arrived>> = {}
    const known: Record<string, Record<string, Known>> = {}
    let changed = true
    for (const [i, { in: where, request }] of program.entries()) {
      const isPing = request.operation === 'ping'
      if (isPing && changed) {
        await settled(opened.map(([, namespace]) => namespace))
        for (const [, witness] of witnesses) witness.begin()
      }
      changed = !isPing
      outcomes[`${i} ${where} ${request.operation}`] = await carryOut(namespaces[where], place(request, refs))
      if (!isPing || program[i + 1]?.request.operation === 'ping') continue
      const names = Object.fromEntries(await Promise.all(opened.map(async ([side, ns]) => [side, await namesIn(ns)])))
      const each = async <T>(of: (side: Side) => Promise<T>) =>
        Object.fromEntries(await Promise.all(used.map(async (side) => [side, await of(side)])))
      const heard = Object.fromEntries(witnesses)
      arrived[i] = await each((side) => (heard[side] as Witness).arrived(names[side]))
      known[i] = await each((side) => knownIn(namespaces[side], names[side], quiet))
    }
    return { outcomes, arrived, known }
  } finally {
    const parts = opened.map(async ([, namespace], i) => {
      await witnesses[i]?.[1].close()
      await namespace.close()
    })
    const ended = Promise.all(parts).then(() => void closing.delete(ended))
    closing.add(ended)
  }
}

/**
 * Routers send redirects only so often: which packets bring one hangs on who is quicker, so none is heeded. Other errors are
 * sent as often as there is a cause.
 */
async function quieten(namespace: PlacedNamespace): Promise<void> {
  const unheeded = ['ipv4.conf.all', 'ipv4.conf.default', 'ipv6.conf.all', 'ipv6.conf.default']
  for (const name of [
    ...unheeded.map((conf) => `${conf}.accept_redirects`),
    'ipv4.icmp_ratelimit',
    'ipv6.icmp.ratelimit',
  ])
    await namespace.sysctl.set(`net.${name}`, 0).catch(() => {})
}

async function carryOut(namespace: PlacedNamespace, request: LooseRequest): Promise<Outcome> {
  const [result] = await namespace.execute([request])
  if (result === undefined) return { code: 'nothing' }
  if (!result.ok) {
    const { code = result.error.name } = result.error as { code?: string }
    // Whether a sender hears of what its own cable drops hangs on who is quicker (docs/mock-vs-kernel.md).
    return { code: code === 'ENOBUFS' ? 'ETIMEDOUT' : code }
  }
  if (request.operation !== 'ping') return { code: 'ok' }
  const { address, size, ttl } = result.value as { address: string; size: number; ttl?: number }
  return { code: 'ok', address, size, ttl }
}

/** The kernel tells of carriers up to a second late: ports of bridges are shut, and routes dead, until then. */
async function settled(namespaces: readonly PlacedNamespace[]): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const links = await Promise.all(namespaces.map((namespace) => namespace.link.list()))
    if (!links.some((own) => own.some((link) => isLate(link, own)))) return
    await sleep(10)
  }
}

/** Whether what follows the carrier of a link has not happened yet. */
function isLate({ type, flags, up, operationalState, port, master }: Link, links: readonly Link[]): boolean {
  if (type === 'loopback' || !up) return false
  const carries = flags.includes('LOWER_UP')
  if (operationalState !== 'unknown' && carries !== (operationalState === 'up')) return true
  const bridge = links.find(({ index }) => index === master)
  // Ports of a bridge that is down are shut, and a spanning tree takes its time.
  if (port === undefined || !bridge?.up || bridge.bridge?.stp) return false
  return (port.state === 'forwarding') !== carries
}

/** Names of links by index. */
async function namesIn(namespace: PlacedNamespace): Promise<ReadonlyMap<number, string>> {
  return new Map((await namespace.link.list()).map(({ index, name }) => [index, name]))
}

/**
 * Neighbours whose MACs are known, and which; and what bridges have learned, by port. Neighbours that nobody pinged are noise
 * of IPv6.
 */
async function knownIn(namespace: PlacedNamespace, links: ReadonlyMap<number, string>, quiet: boolean): Promise<Known> {
  const neighbours = (await namespace.neighbour.list())
    .filter(({ address, mac }) => !/^(fe80|ff)/.test(address) && mac !== undefined)
    .map(({ link, address, mac }) => `${links.get(link)} ${address} ${mac}`)
  const learned = (quiet ? await namespace.fdb.list() : [])
    .filter(({ state, flags }) => state === 'dynamic' && !flags.includes('self'))
    .map(({ link, mac, vlan }) => `${links.get(link)} ${mac}${vlan === undefined ? '' : ` VLAN ${vlan}`}`)
  return { neighbours: neighbours.sort(), learned: learned.sort() }
}
