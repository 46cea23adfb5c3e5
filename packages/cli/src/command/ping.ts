/** `vnet ping`: echo requests from inside the chosen namespace. @module */
import { isVnetError, type PingReply } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { takes, withExample } from '../define.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { milliseconds } from '../render/time.js'

const parameters: readonly take.Parameter[] = [
  take.whole('count', 'how many; default 4', { short: 'c' }),
  take.whole('size', 'octets after the ICMP header; default 56', { short: 's' }),
  take.duration('timeout', 'how long to wait for each answer; default 1', { short: 'W' }),
  take.duration('interval', 'time between two requests; default 1', { short: 'i' }),
]

interface Choice {
  readonly count?: number
  readonly size?: number
  readonly timeout?: number
  readonly interval?: number
}

/** Declares `ping`. */
export function definePing(ping: Command, context: Context): void {
  takes(withExample(ping, 'vnet --namespace blue ping 172.17.0.1 -c 3'), '<address>', 'who is asked')
  take.declare(ping, parameters)
  ping.action(async (address: string, given: Record<string, unknown>) => {
    const { count = 4, interval = 1, ...more } = take.collect(parameters, given) as Choice
    await context.withHost(
      async (host) => {
        const replies: PingReply[] = []
        let failure: unknown
        for (let sequence = 1; sequence <= count; sequence++) {
          if (sequence > 1) await new Promise((resolve) => setTimeout(resolve, interval * 1000))
          try {
            const reply = await host.ping({ address, sequence: sequence & 0xffff, ...more })
            replies.push(reply)
            if (!context.settings.json) context.terminal.out(replyText(reply))
          } catch (error) {
            // A lost packet is part of the answer; a request that makes no sense is not.
            if (!isVnetError(error) || !lost.includes(error.code)) throw error
            failure = error
            if (!context.settings.json) context.terminal.out(`no answer: sequence ${sequence} (${error.code})\n`)
          }
        }
        if (context.settings.json) printJson(context, { address, sent: count, received: replies.length, replies })
        else context.terminal.out(summary(count, replies))
        if (replies.length === 0 && failure !== undefined) throw failure
      },
      { reading: true },
    )
  })
}

const lost: readonly string[] = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']

function replyText({ address, sequence, size, ttl, time }: PingReply): string {
  const hops = ttl === undefined ? '' : ` ttl ${ttl}`
  return `${size} octets from ${address}: sequence ${sequence}${hops} time ${milliseconds(time)}\n`
}

function summary(sent: number, replies: readonly PingReply[]): string {
  const times = replies.map(({ time }) => time)
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  const spread =
    times.length === 0
      ? ''
      : `, least ${milliseconds(Math.min(...times))}, mean ${milliseconds(mean)}, most ${milliseconds(Math.max(...times))}`
  return `${sent} sent, ${replies.length} received${spread}\n`
}
