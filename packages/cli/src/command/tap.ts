/** `vnet tap`: programs at the other end of a TAP link. @module */
import { FrameBatch, isVnetError, type TunPort } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { interruptible } from '../interrupt.js'
import * as take from '../parameter.js'
import { randomMac } from '../random-mac.js'
import { UsageError } from '../usage.js'

const parameters: readonly take.Parameter[] = [
  take.link('on', 'the TAP, made where it is not there', { required: true }),
  take.text('address', 'address', 'an address to answer for, 10.0.0.2/24 or fd00::2/64; several with commas', {
    required: true,
    value: { placeholder: 'address', list: true, read: (given) => given.replace(/\/\d+$/, '') },
  }),
  take.text('mac', 'mac', 'the MAC to answer with; default a random one'),
  take.whole('count', 'end after so many answers', { short: 'c' }),
  take.flag('quiet', 'print only the summary', { short: 'q' }),
]

interface Choice {
  readonly on: string | number
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
    if (typeof choice.on !== 'string') throw new UsageError('--on takes the name of a TAP, not an index')
    if (choice.count !== undefined && choice.count < 1) throw new UsageError('--count takes a number from 1')
    const host = await responderOf(choice)
    const name = choice.on
    await interruptible((signal) =>
      context.withHost(async (local) => {
        const port = await local.openTap({ name, up: true })
        const close = () => void port.close()
        signal.addEventListener('abort', close, { once: true })
        try {
          if (signal.aborted) close()
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
    if (error instanceof TypeError)
      throw new UsageError(error.message, 'such as 10.0.0.2/24, fd00::2/64, 02:00:00:00:00:02')
    throw error
  }
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
        if (!replies.add(answer.frame)) {
          await send(port, replies)
          replies.add(answer.frame)
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
