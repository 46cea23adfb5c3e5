/** Address translation by the rules of vnet (`ns.nat`): what a connection's packets become, and its answers again (RFC 3022). @module */
import type { Link, NatRule } from '@vnet/core'
import { type End, endsOf, isSame } from './end.js'
import type { Packet } from './frame.js'
import { isIn } from './net.js'
import type { World } from './world.js'

/** A connection as a namespace remembers it: its ends as it came, and those of its answers. */
export interface Connection {
  readonly protocol: number
  readonly from: End
  readonly to: End
  answersFrom: End
  answersTo: End
}

/** Which connection a packet belongs to, and how. */
export interface Flow {
  readonly connection: Connection
  readonly direction: 'first' | 'original' | 'answer'
}

/** Where a packet is. */
interface Place {
  readonly hook: NatRule['hook']
  readonly input?: Link | undefined
  readonly output?: Link | undefined
}

/** The connection of a packet; `undefined` where nothing is translated. */
export async function flowOf(world: World, place: number, packet: Packet): Promise<Flow | undefined> {
  if ((await rulesOf(world, place, packet)).length === 0 || packet.from === '') return undefined
  const known = world.memory.connections(place)
  const { protocol } = packet
  const { from, to } = endsOf(packet)
  const own = known.filter((each) => each.protocol === protocol)
  const sent = own.find((each) => isSame(each.from, from) && isSame(each.to, to))
  if (sent !== undefined) return { connection: sent, direction: 'original' }
  const answered = own.find((each) => isSame(each.answersFrom, from) && isSame(each.answersTo, to))
  if (answered !== undefined) return { connection: answered, direction: 'answer' }
  const connection = { protocol, from, to, answersFrom: to, answersTo: from }
  known.push(connection)
  return { connection, direction: 'first' }
}

/** Whom a packet is for, before a way is looked for: of one that came in, or of one that is made here. */
export async function destinationOf(
  world: World,
  place: number,
  packet: Packet,
  input: Link | undefined,
  { connection, direction }: Flow,
): Promise<End> {
  if (direction === 'answer') return connection.from
  if (direction === 'first') {
    const output = input === undefined ? await outputOf(world, place, packet.to) : undefined
    const hook = input === undefined ? 'output' : 'prerouting'
    const rule = await ruleFor(world, place, packet, { hook, input, output })
    const { to } = endsOf(packet)
    const address = rule && newDestination(world, place, packet, rule, input)
    connection.answersFrom = rule === undefined || address === undefined ? to : { address, ...portBy(rule, to) }
  }
  return connection.answersFrom
}

/** From whom a packet is, as it leaves by a link; `undefined` where a rule finds no address for it, and it is dropped. */
export async function sourceOf(
  world: World,
  place: number,
  packet: Packet,
  input: Link | undefined,
  leaving: { readonly output: Link; readonly next: string },
  { connection, direction }: Flow,
): Promise<End | undefined> {
  if (direction === 'answer') return connection.to
  if (direction === 'original') return connection.answersTo
  const { output, next } = leaving
  const rule = await ruleFor(world, place, packet, { hook: 'postrouting', input, output })
  const { from } = endsOf(packet)
  if (rule === undefined) return from
  const address = rule.kind === 'masquerade' ? world.asker({ place, link: output.index }, next) : rule.address
  const source = address === undefined ? undefined : { address, ...portBy(rule, from) }
  connection.answersTo = source ?? from
  return source
}

/** Who an answer is from, as it is delivered to who asked. */
export const askedOf = (packet: Packet, { connection, direction }: Flow): End =>
  direction === 'answer' ? connection.to : endsOf(packet).from

/** The port that a rule gives: the packet's own where it is one of those that the rule has, else the first of them. */
function portBy({ ports }: NatRule, { port }: End): { readonly port?: number } {
  if (port === undefined) return {}
  return { port: ports === undefined || isAmong(port, ports) ? port : ports[0] }
}

const isAmong = (port: number, [first, last]: readonly [number, number]): boolean => port >= first && port <= last

function newDestination(world: World, place: number, packet: Packet, rule: NatRule, input: Link | undefined) {
  if (rule.kind === 'dnat') return rule.address
  if (input === undefined) return rule.family === 6 ? '::1' : '127.0.0.1'
  return world.asker({ place, link: input.index }, packet.to)
}

async function outputOf(world: World, place: number, to: string): Promise<Link | undefined> {
  const way = await world.route(place, { to })
  const link = 'route' in way ? (way.route.link ?? way.route.nextHops[0]?.link) : undefined
  return link === undefined ? undefined : world.link({ place, link })
}

const rulesOf = async (world: World, place: number, { to }: Packet): Promise<readonly NatRule[]> =>
  (await world.nat(place)).filter(({ family }) => (family === 6) === to.includes(':'))

/** The first rule that is meant decides. */
async function ruleFor(world: World, place: number, packet: Packet, at: Place): Promise<NatRule | undefined> {
  return (await rulesOf(world, place, packet)).find((rule) => isMeant(world, place, packet, rule, at))
}

/** Whether a packet has all that a rule asks for; echo requests have no ports. */
function isMeant(world: World, place: number, packet: Packet, rule: NatRule, at: Place): boolean {
  const { from, to, protocol, ports } = packet
  if (rule.kind === 'other' || rule.hook !== at.hook) return false
  if (rule.from !== undefined && !isIn(from, rule.from)) return false
  if (rule.to !== undefined && !isIn(to, rule.to)) return false
  if (rule.except?.some((net) => isIn(to, net)) === true) return false
  if (rule.ipProtocol !== undefined && rule.ipProtocol !== protocol) return false
  if (!isPort(rule.sourcePorts, ports?.from) || !isPort(rule.destinationPorts, ports?.to)) return false
  if (rule.toLocal === true && !world.isOwn(place, to)) return false
  return isBy(rule.inputLink, rule.exceptInputLink, at.input) && isBy(rule.outputLink, rule.exceptOutputLink, at.output)
}

const isPort = (wanted: NatRule['sourcePorts'], port: number | undefined): boolean =>
  wanted === undefined || (port !== undefined && isAmong(port, wanted))

const isBy = (wanted: string | undefined, unwanted: string | undefined, link: Link | undefined): boolean =>
  (wanted === undefined || wanted === link?.name) && (unwanted === undefined || unwanted !== link?.name)
