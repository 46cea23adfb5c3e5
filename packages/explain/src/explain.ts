/** Why a ping, a datagram or a connection is answered, or where it stops. @module */
import { formatIp } from '@vnet/core'
import { endsOf, endText, isSame } from './end.js'
import type { Explanation, Step, Stop } from './explanation.js'
import type { Packet } from './frame.js'
import { type Listening, listening } from './listener.js'
import { check, type PingQuestion, type Question, type TcpQuestion, type UdpQuestion } from './question.js'
import { connection, datagram, ping, type Talk } from './talk.js'
import { type Outcome, walkPacket } from './walk.js'
import { type Spot, World } from './world.js'

/**
 * Follows an echo request and its answer through routes, neighbours, bridges, VLANs, tunnels, filters and MTUs, as the lists of
 * the namespaces tell them (`ip route get`, `ip neighbour`, `bridge fdb`, `bridge vlan`, `tc filter`). Sends nothing and changes
 * nothing. What passes a program (a TAP), a physical link or a namespace that was not given is not seen, and said so.
 *
 * @throws RangeError `from` is no name of `places`, `to` no address, `size` or `hops` out of range · what the lists throw
 */
export async function explainPing(question: PingQuestion): Promise<Explanation> {
  const octets = check('explain ping', question)
  return explain({ ...question, to: formatIp(octets) }, ping)
}

/**
 * Follows a datagram of UDP (RFC 768) to a port, and an answer of the same length, as {@link explainPing} follows a ping: also by
 * rules of address translation and filters that look at ports. Where nobody listens (`ss --udp --listening`), that is told, and what
 * comes back is the host's ICMP error.
 *
 * @throws RangeError as `explainPing`, and for `port` or `sourcePort` out of range · what the lists throw
 */
export async function explainUdp(question: UdpQuestion): Promise<Explanation> {
  const octets = check('explain udp', question)
  return explain({ ...question, to: formatIp(octets) }, datagram)
}

/**
 * Follows the beginning of a connection of TCP (RFC 9293) to a port, and the answer to it, as {@link explainUdp} follows a
 * datagram: where nobody listens, what comes back is a refusal (RST). The mock has no TCP, so there nobody ever does.
 *
 * @throws RangeError as `explainUdp` · what the lists throw
 */
export async function explainTcp(question: TcpQuestion): Promise<Explanation> {
  const octets = check('explain tcp', question)
  return explain({ ...question, to: formatIp(octets) }, connection)
}

async function explain<Asked extends Question>(
  question: Asked,
  talkOf: (question: Asked) => Talk,
): Promise<Explanation> {
  const { places, from, to, hops = 64 } = question
  const talk = talkOf(question)
  const place = places.findIndex(({ name }) => name === from)
  const world = await World.read(places)
  const six = to.includes(':')
  const first = await world.route(place, { to })
  const source = 'route' in first ? (first.route.source ?? (world.holder(place, to) === undefined ? '' : to)) : ''
  const packet: Packet = {
    from: source,
    to,
    size: talk.size + (six ? 40 : 20),
    hops,
    whole: true,
    protocol: talk.protocol,
    ...(talk.ports && { ports: talk.ports }),
    ...(talk.icmpTypes && { icmpType: talk.icmpTypes[0] }),
  }
  const there = await walkPacket(world, place, packet)
  if (!there.reached) return stopped(talk, 'there', there.stop, there.steps, [])
  const silent = talk.ports === undefined && (await ignoresEcho(world, there.at.place, six))
  if (silent) return stopped(talk, 'there', silent, there.steps, [])
  const arrived = endsOf(there.packet ?? packet)
  const back = await walkPacket(world, there.at.place, {
    ...packet,
    from: arrived.to.address,
    to: arrived.from.address,
    ...(talk.ports && { ports: { from: arrived.to.port ?? 0, to: arrived.from.port ?? 0 } }),
    ...(talk.icmpTypes && { icmpType: talk.icmpTypes[1] }),
    hops: 64,
    ...boundTo(world, there.at),
    whole: six || talk.wholeAnswer,
  })
  const heard = await listening(world, there.at, there.packet ?? packet, talk)
  const thereSteps = heard === undefined ? there.steps : [...there.steps, heard.step]
  const known = heard === undefined ? {} : { listens: heard.listens }
  if (!back.reached) return { ...stopped(talk, 'back', back.stop, thereSteps, back.steps), ...known }
  const refusal = unwanted(world, place, packet, back)
  if (refusal !== undefined) return { ...stopped(talk, 'back', refusal, thereSteps, back.steps), ...known }
  const asked = endsOf(packet)
  const way = wayOf(there.steps)
  const as = isSame(arrived.to, asked.to) ? '' : ` as ${endText(arrived.to)}`
  const line =
    talk.ports === undefined
      ? `${to} answers ${source}: ${way}`
      : `${talk.request} arrives${as}${sayingOf(heard)} to ${source}: ${way}`
  return { reached: true, ...known, line, there: thereSteps, back: back.steps }
}

/** What comes back from a port. */
function sayingOf(heard: Listening | undefined): string {
  if (heard === undefined) return ', and answers come back'
  return `, ${heard.text}, and ${heard.listens ? 'answers come' : "the host's refusal comes"} back`
}

async function ignoresEcho(world: World, place: number, six: boolean): Promise<Stop | undefined> {
  const name = six ? 'net/ipv6/icmp/echo_ignore_all' : 'net/ipv4/icmp_echo_ignore_all'
  if (!(await world.sysctl(place, name))) return undefined
  return { place: world.name(place), text: 'does not answer echo requests', cause: 'not-answered' }
}

/** Why the one who asked does not take an answer: it comes to another, or from somebody who was not asked. */
function unwanted(world: World, place: number, packet: Packet, back: Outcome & { reached: true }): Stop | undefined {
  const link = world.link(back.at)
  if (back.at.place !== place) {
    const text = `has ${packet.from}, too, and the answer comes to it`
    return { ...world.step(back.at.place, link, text), cause: 'duplicate-address' }
  }
  const asked = endsOf(packet).to
  const answerer = back.packet === undefined ? asked : endsOf(back.packet).from
  if (isSame(answerer, asked)) return undefined
  const text = `the answer comes from ${endText(answerer)}, and nobody waits for that`
  return { ...world.step(back.at.place, link, text), cause: 'wrong-source' }
}

/** Who was reached by a port of a VRF answers by it. */
function boundTo(world: World, at: Spot): { readonly bound?: number } {
  const link = world.link(at)
  const vrf = link && world.vrf(at.place, link)
  return vrf === undefined ? {} : { bound: vrf.index }
}

function stopped(
  talk: Talk,
  way: 'there' | 'back',
  stop: Stop,
  there: readonly Step[],
  back: readonly Step[],
): Explanation {
  const where = stop.link === undefined ? stop.place : `${stop.place} ${stop.link}`
  const whose = way === 'there' ? talk.request : talk.answer
  const hint = stop.hint === undefined ? '' : ` [${stop.hint}]`
  return {
    reached: false,
    line: `${whose} stops at ${where}: ${stop.text} (${stop.cause})${hint}`,
    there,
    back,
    stop: { ...stop, way },
  }
}

/** The links that were passed, in their order. */
function wayOf(steps: readonly Step[]): string {
  const spots: string[] = []
  for (const { place, link, aside } of steps) {
    if (aside) continue
    const spot = link === undefined ? place : `${place} ${link}`
    if (spots.at(-1) !== spot) spots.push(spot)
  }
  return spots.length === 0 ? 'within the host' : spots.join(' → ')
}
