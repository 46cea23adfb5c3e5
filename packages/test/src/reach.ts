/** Whether one node reaches another: an echo request, or a UDP datagram, to each of its addresses. @module */
import { type IpFamily, isVnetError, type PingReply, wrongArgument } from '@vnet/core'
import { isOf, type LabNode } from './node.js'
import { askByUdp } from './reach-udp.js'
import type { LabTime } from './time.js'

/** How to ask. */
export interface ReachOptions {
  /** Only addresses of this version of IP. */
  readonly family?: IpFamily
  /** Only this address, also one that the lab did not give. */
  readonly address?: string
  /** Seconds to wait for each answer; default 1. */
  readonly timeout?: number
  /**
   * Asks by UDP instead of an echo request, 1–65535: at this port of the other node a socket is bound meanwhile, which sends
   * back what it gets, so the datagram must pass both ways. `EADDRINUSE` where a program of the test listens there itself.
   */
  readonly udp?: number
  /** Octets after the ICMP or UDP header, 0–65507; default 56. */
  readonly size?: number
  /** Seconds within which it must come to be so; asked again until then. Default 0: asked once. On the mock's own clock. */
  readonly within?: number
}

/** An answer: to an echo request, or to a UDP datagram. */
export interface ReachReply extends Omit<PingReply, 'sequence' | 'size'> {
  /** Octets that were received: of the ICMP message, or after the UDP header. */
  readonly size: number
}

/** What became of one address. */
export interface ReachAnswer {
  /** Who was asked. */
  readonly address: string
  /** The answer. */
  readonly reply?: ReachReply
  /** Why there was none: the error's code, such as `ETIMEDOUT` or `EHOSTUNREACH`. */
  readonly error?: string
}

/** What became of asking. */
export interface Reach {
  /** Who asked. */
  readonly from: string
  /** Who was asked. */
  readonly to: string
  /** Whether every address answered. */
  readonly all: boolean
  /** Whether some address answered. */
  readonly some: boolean
  /** Each address. */
  readonly answers: readonly ReachAnswer[]
}

/** Longer than a kernel needs to say that an answer did not come, seconds. */
const grace = 1

/** Asks once. */
export async function reachOnce(from: LabNode, to: LabNode, options: ReachOptions, time: LabTime): Promise<Reach> {
  checkPort(options.udp)
  const answers: ReachAnswer[] = []
  for (const address of targets(from, to, options)) answers.push(await ask(from, to, address, options, time))
  const isAnswer = ({ reply }: ReachAnswer) => reply !== undefined
  return { from: from.name, to: to.name, all: answers.every(isAnswer), some: answers.some(isAnswer), answers }
}

/** Asks until it is as wished, or the time is over. */
export async function reachUntil(
  from: LabNode,
  to: LabNode,
  options: ReachOptions,
  time: LabTime,
  isWished: (reach: Reach) => boolean,
): Promise<Reach> {
  const end = time.now() + (options.within ?? 0)
  for (;;) {
    const begun = time.now()
    const reach = await reachOnce(from, to, options, time)
    if (isWished(reach) || time.now() >= end) return reach
    // What is refused at once is not asked again at once.
    await time.wait(Math.max(0, Math.min(0.1, end - time.now()) - (time.now() - begun)))
  }
}

/** The addresses to ask: those of versions of IP that both have. */
function targets(from: LabNode, to: LabNode, { address, family }: ReachOptions): readonly string[] {
  if (address !== undefined) {
    if (family === undefined || isOf(family, address)) return [address]
    const problem = `${address} is no address of IPv${family}`
    throw wrongArgument('VNET_RANGE', 'lab reach', 'address', problem, 'leave the family out')
  }
  const families = ([4, 6] as const).filter((each) => family === undefined || family === each)
  const shared = families.filter((each) => [from, to].every((node) => node.addresses.some((text) => isOf(each, text))))
  const found = to.addresses.filter((text) => shared.some((each) => isOf(each, text)))
  if (found.length > 0) return found
  const problem = `${from.name} and ${to.name} have no ${family === undefined ? '' : `IPv${family} `}addresses to ask with`
  throw wrongArgument(
    'VNET_RANGE',
    'lab reach',
    'to',
    problem,
    'give an address, or nodes that have some: hosts and routers',
  )
}

function checkPort(port: number | undefined): void {
  if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)) return
  throw wrongArgument('VNET_RANGE', 'lab reach', 'udp', `${port} is no port`, 'give 1 to 65535')
}

async function ask(
  from: LabNode,
  to: LabNode,
  address: string,
  options: ReachOptions,
  time: LabTime,
): Promise<ReachAnswer> {
  const { timeout = 1, size = 56, udp } = options
  const reply = () =>
    udp === undefined
      ? time.until(from.namespace.ping({ address, timeout, size }), timeout + grace)
      : askByUdp(from, to, { address, port: udp, size, timeout }, time)
  try {
    return { address, reply: await reply() }
  } catch (error) {
    if (!isVnetError(error) || !unanswered.has(error.code)) throw error
    return { address, error: error.code }
  }
}

/** What an echo request may come to; any other failure is one of the test's. */
const unanswered: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ECONNREFUSED',
  'EACCES',
  'EMSGSIZE',
  'ENOBUFS',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
])

/** In words: `10.0.0.2 answered in 0.3 ms, fd00::2 did not (ETIMEDOUT)`. */
export const reachText = ({ answers }: Reach): string =>
  answers
    .map(({ address, reply, error }) =>
      reply === undefined
        ? `${address} did not answer (${error})`
        : `${address} answered in ${(reply.time * 1e3).toFixed(3)} ms`,
    )
    .join(', ')
