/** `vnet tap`: programs at the other end of a TAP link. @module */
import { FrameBatch, isVnetError, parsePrefix, type TunPort } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { interruptible } from '../interrupt.js'
import { OpenNamespaces, placeOf } from '../namespaces.js'
import * as take from '../parameter.js'
import { randomMac } from '../random-mac.js'
import { UsageError } from '../usage.js'

const parameters: readonly take.Parameter[] = [
  take.text('on', 'tap', 'the TAP, made where it is not there; of another namespace: tap0@blue', {
    required: true,
    value: { placeholder: 'tap', completion: 'place', read: (given) => given },
  }),
  take.text('address', 'address', 'an address to answer for, 10.0.0.2/24 or fd00::2/64; several with commas', {
    required: true,
    value: { placeholder: 'address', list: true, read: hostOf },
  }),
  take.text('mac', 'mac', 'the MAC to answer with; default a random one'),
  take.whole('count', 'end after so many answers', { short: 'c' }),
  take.flag('quiet', 'no line for each answer', { short: 'q' }),
]

/** The address of `10.0.0.2/24`: others answer for themselves, so what is on its link makes no difference. */
function hostOf(given: string, flag: string): string {
  if (parsePrefix(given) !== undefined) return given.replace(/\/.*$/, '')
  throw new UsageError(`--${flag} takes an address such as 10.0.0.2/24 or fd00::2/64, not ${JSON.stringify(given)}`)
}

interface Choice {
  readonly on: string
  readonly address: readonly string[]
  readonly mac?: string
  readonly count?: number
  readonly quiet?: boolean
}

/** Declares `tap`. */
export function defineTap(tap: Command, context: Context): void {
  withExample(tap, 'vnet tap respond --on tap0 --address 10.0.0.2/24')
  const respond = define(
    tap,
    'respond',
    'be a host that answers ARP, Neighbour Discovery and ping',
    'vnet tap respond --on tap0 --address 10.0.0.2/24,fd00::2/64',
  )
  take.declare(respond, parameters)
  respond.action(async (given: Record<string, unknown>) => {
    const choice = take.collect(parameters, given) as unknown as Choice
    const { link: name, namespace: place } = placeOf(choice.on)
    if (typeof take.linkRef(name) !== 'string') throw new UsageError('--on takes the name of a TAP, not an index')
    if (choice.count !== undefined && choice.count < 1) throw new UsageError('--count takes a number from 1')
    const host = await responderOf(choice)
    await interruptible((signal) =>
      context.withHost(async (local) => {
        const namespaces = new OpenNamespaces(local)
        const port = await (await namespaces.at(place)).openTap({ name, up: true }).finally(() => namespaces.close())
        const close = () => void port.close()
        signal.addEventListener('abort', close, { once: true })
        try {
          if (signal.aborted) close()
          context.terminal.out(ready(choice.on, host, context.settings.json))
          const answered = await answerAll(port, host, choice, context)
          const total = answered.arp + answered.neighbour + answered.echo
          const counts = `${answered.arp} of ARP, ${answered.neighbour} of Neighbour Discovery, ${answered.echo} of ping`
          context.terminal.err(
            context.settings.json
              ? `${JSON.stringify({ answers: total, ...answered })}\n`
              : `${total} answers: ${counts}\n`,
          )
        } finally {
          signal.removeEventListener('abort', close)
          await port.close()
        }
      }),
    )
  })
}

async function responderOf({ address, mac }: Choice) {
  const { Responder } = await import('@vnet/wire')
  try {
    return new Responder({ mac: mac ?? randomMac(), addresses: address })
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(error.message, 'such as 10.0.0.2/24, fd00::2/64, 02:00:00:00:00:02')
    throw error
  }
}

/** The line that says that questions are answered from now on. */
function ready(link: string, { mac, addresses }: Awaited<ReturnType<typeof responderOf>>, json: boolean): string {
  if (json) return `${JSON.stringify({ time: new Date().toISOString(), kind: 'ready', link, mac, addresses })}\n`
  return `${link} answers for ${addresses.join(', ')} with ${mac}\n`
}

type Counts = { arp: number; neighbour: number; echo: number }

/** Answers until the port is closed, or often enough. */
async function answerAll(
  port: TunPort,
  host: Awaited<ReturnType<typeof responderOf>>,
  { count = Number.POSITIVE_INFINITY, quiet }: Choice,
  context: Context,
): Promise<Counts> {
  const counts: Counts = { arp: 0, neighbour: 0, echo: 0 }
  const replies = new FrameBatch()
  let total = 0
  try {
    for await (const batch of port) {
      for (const frame of batch) {
        const answer = total < count ? host.answer(frame) : undefined
        if (answer === undefined) continue
        for (const reply of answer.frames) {
          if (replies.add(reply)) continue
          await send(port, replies)
          replies.add(reply)
        }
        total++
        counts[answer.kind]++
        if (quiet !== true) show(context, answer)
      }
      await send(port, replies)
      if (total >= count) break
    }
  } catch (error) {
    // Closed by a signal, between reading and writing.
    if (!isVnetError(error) || error.code !== 'VNET_CLOSED') throw error
  }
  return counts
}

async function send(port: TunPort, replies: FrameBatch): Promise<void> {
  for (let sent = 0; sent < replies.count; ) {
    sent += port.write(replies, sent)
    if (sent < replies.count) await port.writable()
  }
  replies.clear()
}

function show(
  context: Context,
  answer: { kind: string; from: string; address: string; sequence?: number; size?: number },
): void {
  const { kind, from, address, sequence, size } = answer
  if (context.settings.json) {
    const more = sequence === undefined ? {} : { sequence, size }
    context.terminal.out(`${JSON.stringify({ time: new Date().toISOString(), kind, from, address, ...more })}\n`)
    return
  }
  const words =
    kind === 'echo'
      ? `${from} pings ${address}: sequence ${sequence}, ${size} octets`
      : `${from} asks for the MAC of ${address} (${kind === 'arp' ? 'ARP' : 'Neighbour Discovery'})`
  context.terminal.out(`${words}\n`)
}
