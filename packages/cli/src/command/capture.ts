/** `vnet capture`: the frames that pass links, as `tcpdump`. @module */
import type { CaptureDirection } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { takes, withExample } from '../define.js'
import { interruptible } from '../interrupt.js'
import * as take from '../parameter.js'
import { UsageError } from '../usage.js'

const parameters: readonly take.Parameter[] = [
  {
    flag: 'write',
    short: 'w',
    property: 'write',
    about: 'write pcapng to this file, or to a pipe with `-`',
    value: { placeholder: 'file', completion: 'file', read: (given) => given },
  },
  take.text('filter', 'expression', 'which frames, in the words of pcap-filter(7)', { short: 'f' }),
  take.whole('count', 'end after so many frames', { short: 'c' }),
  take.whole('snapLength', 'octets of a frame that are kept; default 262144', { short: 's' }),
  take.word('direction', ['both', 'in', 'out'], 'which way the frames go; default both'),
  take.toggle('promiscuous', 'also frames for other MACs; default yes', { short: 'p' }),
  take.whole('buffer', 'octets of the kernel’s buffer for each link; default 4194304'),
  take.flag('linkLevel', 'lines with MAC addresses, EtherType and tags', { short: 'e' }),
]

interface Choice {
  readonly write?: string
  readonly filter?: string
  readonly count?: number
  readonly snapLength?: number
  readonly direction?: CaptureDirection
  readonly promiscuous?: boolean
  readonly buffer?: number
  readonly linkLevel?: boolean
}

/** Declares `capture`. */
export function defineCapture(capture: Command, context: Context): void {
  takes(
    withExample(capture, "vnet capture br0 eth0@blue --filter 'icmp or arp' -w - | wireshark -k -i -"),
    '[links...]',
    'links, each perhaps of another namespace: eth0@blue; any for all links, which is the default',
    'place',
  )
  take.declare(capture, parameters)
  capture.action(async (words: readonly string[], given: Record<string, unknown>) => {
    const { write, count, linkLevel, ...options } = take.collect(parameters, given) as Choice
    if (count !== undefined && count < 1) throw new UsageError('--count takes a number from 1')
    if (write !== undefined && linkLevel === true) throw new UsageError('--link-level is for lines, not for a file')
    if (write === '-' && context.terminal.interactive) {
      throw new UsageError('pcapng is not for a terminal', 'send it somewhere: vnet capture … -w - | tshark -r -')
    }
    const { openTargets } = await import('../capture/target.js')
    const { runCapture } = await import('../capture/run.js')
    const { fileSink, outputSink } = await import('../capture/sink.js')
    await interruptible((signal) =>
      context.withHost(
        async (host) => {
          const { targets, close } = await openTargets(host, words, options)
          try {
            const sink =
              write === undefined ? undefined : write === '-' ? outputSink(context.terminal) : await fileSink(write)
            try {
              await runCapture(targets, context.terminal, {
                json: context.settings.json,
                signal,
                ...(sink === undefined ? {} : { sink }),
                ...(options.filter === undefined ? {} : { filter: options.filter }),
                ...(count === undefined ? {} : { count }),
                ...(linkLevel === undefined ? {} : { linkLevel }),
              })
            } finally {
              await sink?.close()
            }
          } finally {
            await close()
          }
        },
        { reading: true },
      ),
    )
  })
}
