/** `vnet explain`: why a ping, a datagram or a connection is answered, or where it stops. @module */
import { parseIp } from '@vnet/core'
import {
  type Explanation,
  explainPing,
  explainTcp,
  explainUdp,
  type Place,
  type Question,
  type Step,
} from '@vnet/explain'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes } from '../define.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { withPlaces } from '../places.js'
import { portNumber } from '../port-number.js'
import { UsageError } from '../usage.js'

/** How the namespace is called that we are in. */
const here = '.'

const hops = take.whole('hops', 'hop limit; default 64', { short: 't' })
const fromPort = take.whole('fromPort', 'the port that is sent from; default 49152', { short: 'p' })

interface Choice {
  readonly size?: number
  readonly hops?: number
  readonly fromPort?: number
}

/** What can be explained. */
interface Verb {
  readonly name: string
  readonly about: string
  readonly example: string
  /** Whether a port is asked. */
  readonly ported: boolean
  readonly parameters: readonly take.Parameter[]
  readonly explain: (question: Question, choice: Choice, port: number) => Promise<Explanation>
}

const ported = ({ fromPort, ...more }: Choice, port: number) => ({
  ...more,
  port,
  ...(fromPort === undefined ? {} : { sourcePort: fromPort }),
})

const verbs: readonly Verb[] = [
  {
    name: 'ping',
    about: 'follow a ping and its answer, without sending anything: why it is answered, or where and why it stops',
    example: 'vnet explain ping red 10.0.2.2',
    ported: false,
    parameters: [take.whole('size', 'octets after the ICMP header; default 56', { short: 's' }), hops],
    explain: (question, choice) => explainPing({ ...question, ...choice }),
  },
  {
    name: 'udp',
    about: 'the same for a datagram to a port and an answer; and whether somebody listens there',
    example: 'vnet explain udp red 10.0.2.2 53',
    ported: true,
    parameters: [take.whole('size', 'octets after the UDP header; default 0', { short: 's' }), fromPort, hops],
    explain: (question, choice, port) => explainUdp({ ...question, ...ported(choice, port) }),
  },
  {
    name: 'tcp',
    about: 'the same for a connection to a port; and whether somebody listens there',
    example: 'vnet explain tcp red 10.0.2.2 80',
    ported: true,
    parameters: [fromPort, hops],
    explain: (question, choice, port) => explainTcp({ ...question, ...ported(choice, port) }),
  },
]

/** Declares the verbs of `explain`. */
export function defineExplain(explain: Command, context: Context): void {
  for (const verb of verbs) defineVerb(explain, context, verb)
}

function defineVerb(explain: Command, context: Context, verb: Verb): void {
  const command = define(explain, verb.name, verb.about, verb.example)
  takes(command, '<from>', `the namespace that sends; ${here} for this one`)
  takes(command, '<to>', 'the address that is asked, or a namespace: its first address')
  if (verb.ported) takes(command, '<port>', 'its port')
  take.declare(command, verb.parameters)
  command.option('-v, --verbose', 'each step of the way')
  command.action(async (from: string, to: string, ...rest: readonly unknown[]) => {
    const port = verb.ported ? portNumber(rest[0] as string) : 0
    const { verbose, ...given } = rest[verb.ported ? 1 : 0] as Record<string, unknown>
    const choice = take.collect(verb.parameters, given) as Choice
    const { namespace } = context.settings
    await context.withHost(
      (host) =>
        withPlaces(host, namespace ?? here, async (places) => {
          const known = places.map(({ name }) => name)
          const sender = from === here ? (namespace ?? here) : from
          if (!known.includes(sender)) throw new UsageError(`no namespace ${from}: there are ${known.join(', ')}`)
          const question = { places, from: sender, to: await addressOf(places, to) }
          const told = await verb.explain(question, choice, port)
          if (context.settings.json) printJson(context, told)
          else context.terminal.out(verbose === true ? storyOf(told) : `${told.line}\n`)
          if (!told.reached) context.status = 1
        }),
      { reading: true },
    )
  })
}

/** An address as it is; of a namespace the first one of IPv4, or else of IPv6, that others can reach. */
async function addressOf(places: readonly Place[], to: string): Promise<string> {
  if (parseIp(to) !== undefined) return to
  const place = places.find(({ name }) => name === to)
  if (place === undefined) throw new UsageError(`${to} is neither an address nor a namespace`)
  const addresses = (await place.namespace.address.list()).filter(({ scope }) => scope === 'global')
  const [first] = addresses.sort((a, b) => a.family - b.family)
  if (first === undefined) throw new UsageError(`namespace ${to} has no address that others can reach`)
  return first.address
}

function storyOf({ there, back, stop, line }: Explanation): string {
  const part = (title: string, steps: readonly Step[]) =>
    steps.length === 0 ? '' : `${title}\n${steps.map((step) => `  ${lineOf(step)}\n`).join('')}`
  const end = stop === undefined ? '' : `  ${lineOf(stop)} (${stop.cause})\n`
  const first = stop?.way === 'there' ? end : ''
  const second = stop?.way === 'back' ? end : ''
  return `${part('there', there)}${first}${part('back', back)}${second}${line}\n`
}

function lineOf({ place, link, text }: Step): string {
  return `${link === undefined ? place : `${place} ${link}`}: ${text}`
}
