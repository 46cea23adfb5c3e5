/** Runs a network on one backend, and tells what came of its pings, and who knows whom. @module */
import type { Host, Link, LooseRequest, NamespaceRef } from '@vnet/core'
import { type PlacedNamespace, placed } from '../context.js'
import { sleep } from '../expectation.js'
import { type Program, place, type Side, sides } from './program.js'

/** What came of a network: of each step by its number, and who knows whom after each row of pings, by the last one's number. */
export interface NetworkOutcome {
  readonly outcomes: Readonly<Record<string, Outcome>>
  readonly known: Readonly<Record<string, Readonly<Record<string, Known>>>>
}

/** What is known in a namespace, a line each. */
export interface Known {
  readonly neighbours: readonly string[]
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
  try {
    for (const [, namespace] of opened) await quieten(namespace)
    const outcomes: Record<string, Outcome> = {}
    const known: Record<string, Record<string, Known>> = {}
    let changed = true
    for (const [i, { in: where, request }] of program.entries()) {
      const isPing = request.operation === 'ping'
      if (isPing && changed) await settled(opened.map(([, namespace]) => namespace))
      changed = !isPing
      outcomes[`${i} ${where} ${request.operation}`] = await carryOut(namespaces[where], place(request, refs))
      if (isPing && program[i + 1]?.request.operation !== 'ping')
        known[i] = Object.fromEntries(await Promise.all(opened.map(async ([side, ns]) => [side, await knownIn(ns)])))
    }
    return { outcomes, known }
  } finally {
    const ended = Promise.all(opened.map(([, namespace]) => namespace.close())).then(() => void closing.delete(ended))
    closing.add(ended)
  }
}

/** Routers send redirects only so often: which packets bring one hangs on who is quicker, so none is heeded. */
async function quieten(namespace: PlacedNamespace): Promise<void> {
  for (const version of ['ipv4', 'ipv6'])
    for (const which of ['all', 'default'])
      await namespace.sysctl.set(`net.${version}.conf.${which}.accept_redirects`, 0).catch(() => {})
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

/**
 * Neighbours whose MACs are known, and which; and what bridges have learned, by port. Neighbours that nobody pinged are noise
 * of IPv6.
 */
async function knownIn(namespace: PlacedNamespace): Promise<Known> {
  const links = new Map((await namespace.link.list()).map(({ index, name }) => [index, name]))
  const neighbours = (await namespace.neighbour.list())
    .filter(({ address, mac }) => !/^(fe80|ff)/.test(address) && mac !== undefined)
    .map(({ link, address, mac }) => `${links.get(link)} ${address} ${mac}`)
  const learned = (await namespace.fdb.list())
    .filter(({ state, flags }) => state === 'dynamic' && !flags.includes('self'))
    .map(({ link, mac, vlan }) => `${links.get(link)} ${mac}${vlan === undefined ? '' : ` VLAN ${vlan}`}`)
  return { neighbours: neighbours.sort(), learned: learned.sort() }
}
