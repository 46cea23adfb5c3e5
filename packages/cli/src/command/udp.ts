/** `vnet udp`: datagrams from and to the chosen namespace, as with `nc -u`. @module */
import { createInterface } from 'node:readline'
import {
  type Host,
  isMulticastIp,
  isVnetError,
  type NetworkSocket,
  parseIp,
  type SocketKind,
  type SocketOptions,
} from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { interruptibleByReader } from '../interrupt.js'
import * as take from '../parameter.js'
import { portNumber } from '../port-number.js'
import { datagramLine, placeText } from '../render/datagram.js'
import { UsageError } from '../usage.js'

const common: readonly take.Parameter[] = [
  take.link('on', 'only through this link; the link of a link-local address'),
  take.whole('count', 'end after so many datagrams were received', { short: 'c' }),
]
const sending: readonly take.Parameter[] = [
  ...common,
  take.duration('wait', 'how long to wait for answers after the last datagram; default 1', { short: 'w' }),
  take.text('from', 'address', 'the address to send from'),
  take.whole('fromPort', 'the port to send from', { short: 'p' }),
  take.whole('hops', 'hops (TTL) of what is sent; to a group 1 unless told otherwise'),
  take.flag('broadcast', 'may send to broadcast addresses', { short: 'b' }),
]
const listening: readonly take.Parameter[] = [
  ...common,
  take.text('address', 'address', 'an address of the namespace; any when absent', { short: 's' }),
  take.text('group', 'address', 'become a member of a group; several with commas', {
    short: 'g',
    value: { placeholder: 'address', list: true, read: (given) => given },
  }),
  take.flag('echo', 'send each datagram back', { short: 'e' }),
]

interface Choice {
  readonly on?: string | number
  readonly count?: number
  readonly wait?: number
  readonly from?: string
  readonly fromPort?: number
  readonly hops?: number
  readonly broadcast?: boolean
  readonly address?: string
  readonly group?: readonly string[]
  readonly echo?: boolean
}

/** Declares `udp`. */
export function defineUdp(udp: Command, context: Context): void {
  withExample(udp, 'vnet --namespace blue udp listen 5300 --echo')

  const send = define(
    udp,
    'send',
    'send datagrams, and print the answers: words, or each line of standard input',
    'echo hello | vnet udp send 10.0.0.2 5300',
  )
  takes(send, '<address>', 'whom to send to')
  takes(send, '<port>', 'its port')
  takes(send, '[words...]', 'what to send, in one datagram')
  take.declare(send, sending)
  send.action(async (address: string, port: string, words: readonly string[], given: Record<string, unknown>) => {
    const choice = chosen(sending, given)
    const to = { address, port: portNumber(port), ...scopeOf(address, choice) }
    const octets = octetsOf(address)
    const isGroup = isMulticastIp(octets)
    const hops = choice.hops === undefined ? {} : isGroup ? { multicastHops: choice.hops } : { hops: choice.hops }
    const options = { ...hops, ...(choice.broadcast === undefined ? {} : { broadcast: choice.broadcast }) }
    await run(context, kindOf(octets), choice, options, async (socket, signal) => {
      if (choice.from !== undefined || choice.fromPort !== undefined) {
        const own = choice.from === undefined ? {} : { address: choice.from, ...scopeOf(choice.from, choice) }
        socket.bind({ ...own, port: choice.fromPort ?? 0 })
      }
      if (!isGroup && choice.broadcast !== true) socket.connect(to)
      const target = socket.remote === undefined ? to : undefined
      const enough = new AbortController()
      const ending = AbortSignal.any([signal, enough.signal])
      const send = async () => {
        for await (const octets of datagrams(words, ending)) await socket.send(octets, target)
        await pause(choice.wait ?? 1, ending)
      }
      const answers = print(context, socket, ending, choice.count)
      const sent = send()
      try {
        await Promise.race([answers, sent])
      } finally {
        // Whoever is not done yet is not waited for: neither for more answers nor for more input.
        enough.abort()
        await Promise.allSettled([answers, sent])
      }
    })
  })

  const listen = define(
    udp,
    'listen',
    'print the datagrams that come, until stopped',
    'vnet udp listen 5353 --group 224.0.0.251 --on br0',
  )
  takes(listen, '<port>', 'the port')
  declareFamily(listen)
  take.declare(listen, listening)
  listen.action(async (port: string, given: Record<string, unknown>) => {
    const choice = chosen(listening, given)
    const { address, group = [], echo = false } = choice
    const number = portNumber(port)
    const kind = listeningKind(given, [...(address === undefined ? [] : [address]), ...group])
    await run(context, kind, choice, { reuseAddress: group.length > 0 }, async (socket, signal) => {
      const own = address === undefined ? {} : { address, ...scopeOf(address, choice) }
      socket.bind({ ...own, port: number })
      for (const one of group) socket.join(one, choice.on)
      const line = { kind: 'ready', ...socket.address }
      const json = context.settings.json
      context.terminal.err(json ? `${JSON.stringify(line)}\n` : `listening on ${placeText(socket.address)}\n`)
      await print(context, socket, signal, choice.count, echo)
    })
  })
}

function chosen(parameters: readonly take.Parameter[], given: Record<string, unknown>): Choice {
  const choice = take.collect(parameters, given) as Choice
  if (choice.count !== undefined && choice.count < 1) throw new UsageError('--count takes a number from 1')
  return choice
}

/** Opens a socket, and does something with it until that is done or stopped. */
async function run(
  context: Context,
  kind: SocketKind,
  { on }: Choice,
  options: Omit<SocketOptions, 'kind'>,
  body: (socket: NetworkSocket, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const link = on === undefined ? {} : { link: on }
  await interruptibleByReader((signal) =>
    context.withHost(
      async (host: Host) => {
        await using socket = await host.openSocket({ kind, ...link, ...options })
        await body(socket, signal)
      },
      { reading: true },
    ),
  )
}

/** Prints what comes until enough has, or the signal says so. */
async function print(
  { terminal, settings }: Context,
  socket: NetworkSocket,
  signal: AbortSignal,
  count = Number.POSITIVE_INFINITY,
  echo = false,
): Promise<void> {
  for (let received = 0; received < count; received++) {
    try {
      const datagram = await socket.receive({ signal })
      terminal.out(datagramLine(datagram, settings.json))
      if (echo) await socket.send(datagram.data, datagram.from)
    } catch (error) {
      if (signal.aborted && !isVnetError(error)) return
      throw error
    }
  }
}

/** What is to be sent: the words, or the lines of standard input as they come. */
async function* datagrams(words: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  if (words.length > 0) {
    yield encoder.encode(words.join(' '))
    return
  }
  const lines = createInterface({ input: process.stdin, signal })
  for await (const line of lines) yield encoder.encode(`${line}\n`)
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, seconds * 1000)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}

function octetsOf(address: string): Uint8Array {
  const octets = parseIp(address)
  if (octets === undefined)
    throw new UsageError(`${JSON.stringify(address)} is no address`, 'such as 10.0.0.2 or fd00::2')
  return octets
}

const kindOf = (octets: Uint8Array): 'udp4' | 'udp6' => (octets.length === 4 ? 'udp4' : 'udp6')

/** The version of IP that the addresses have, or that was chosen. */
function listeningKind(given: Record<string, unknown>, addresses: readonly string[]): 'udp4' | 'udp6' {
  const family = familyOf(given)
  const kinds = new Set(addresses.map((address) => kindOf(octetsOf(address))))
  if (family !== undefined) kinds.add(family === 6 ? 'udp6' : 'udp4')
  if (kinds.size > 1) throw new UsageError('addresses of both versions of IP', 'listen to one: start it twice')
  return [...kinds][0] ?? 'udp4'
}

/** The link of a link-local address is the one that was chosen. */
const scopeOf = (address: string, { on }: Choice): { readonly link?: string | number } =>
  on !== undefined && address.includes(':') ? { link: on } : {}
