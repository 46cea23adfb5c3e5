/** `vnet pppoe`: a session by PPPoE, or the access concentrator that others have sessions with, in the foreground. @module */
import { parseIp } from '@vnet/core'
import type { AuthenticationMethod, ConnectOptions, PppoeConnection, PppoeEvent, ServeOptions } from '@vnet/pppoe'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define } from '../define.js'
import { interruptibleByReader } from '../interrupt.js'
import { keyFile, readKey } from '../key-file.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { connectionLine, eventLine, pppoeColumns } from '../render/pppoe.js'
import { UsageError } from '../usage.js'

/** Methods as they are written. */
const methods: Readonly<Record<string, AuthenticationMethod>> = { chap: 'chap-md5', pap: 'pap' }

const methodValue: take.Value = {
  placeholder: 'method',
  completion: Object.keys(methods),
  list: true,
  read: (given, flag) => methods[given] ?? take.refuse(flag, given, Object.keys(methods)),
}

const both: readonly take.Parameter[] = [
  take.link('link', 'the Ethernet link that PPPoE is spoken on', { flag: 'on', required: true }),
  take.whole('mru', 'largest packet to take, octets (128–65535); default 1492, or what fits the link'),
  take.text('methods', 'method', 'how a password may be told: chap, pap; default both, chap first', {
    flag: 'method',
    value: methodValue,
  }),
  take.toggle('ipv6', 'IPv6 in the session; default yes'),
  take.word('place', ['tun', 'kernel'], 'where packets pass: a tun, which is the default, or the kernel'),
  take.toggle('clamp', 'make segments that TCP announces fit; default yes on a tun, not possible in the kernel'),
  take.duration(
    'echoInterval',
    'seconds between two questions whether the other side is there; default 20, 0 asks never',
  ),
  take.whole('echoFailures', 'so many in a row without an answer end a session; default 3'),
]

const connecting: readonly take.Parameter[] = [
  ...both,
  take.text('user', 'user', 'name of the user'),
  take.text('passwordFile', 'file', 'the file with the password; - for standard input', { value: keyFile }),
  take.text('service', 'service', 'the service to ask for; any when absent'),
  take.text('concentrator', 'name', 'the only concentrator to take; any when absent'),
  take.text('name', 'link', 'name of the link of the session; default the first free of ppp0, ppp1, …'),
  take.text('address', 'address', "the IPv4 address to have; the concentrator's choice when absent"),
  take.toggle('ipv4', 'IPv4 in the session; default yes'),
  take.flag('defaultRoute', 'what nothing else has a route for leaves by the session'),
  take.whole('attempts', 'how often a concentrator is looked for; default 5, which is half a minute'),
]

const serving: readonly take.Parameter[] = [
  ...both,
  take.text('secretsFile', 'file', 'a file of users, in each line USER PASSWORD [ADDRESS]; without it all are let in', {
    value: keyFile,
  }),
  take.text('local', 'address', 'our IPv4 address in every session; without it there is no IPv4'),
  take.text('pool', 'first-last', 'IPv4 addresses for clients: 10.0.0.10-10.0.0.99', {
    value: { placeholder: 'first-last', read: poolOf },
  }),
  take.text('dns', 'address', 'a name server to tell clients; two with commas', {
    value: { placeholder: 'address', list: true, read: (given) => given },
  }),
  take.text('name', 'name', 'name of the concentrator; default vnet'),
  take.text('services', 'service', 'a service that is offered; several with commas; any when absent', {
    flag: 'service',
    value: { placeholder: 'service', list: true, read: (given) => given },
  }),
  take.duration('rechallenge', 'seconds between two challenges of a client that was let in (chap); default never'),
  take.whole('maxSessions', 'most sessions (1–65534); default 256'),
  take.whole('maxSessionsPerMac', 'most sessions of one MAC address (1–65534); default 16'),
]

function poolOf(given: string, flag: string): { readonly first: string; readonly last: string } {
  const [first, last, more] = given.split('-')
  if (first !== undefined && last !== undefined && more === undefined) return { first, last }
  throw new UsageError(
    `--${flag} takes the first and the last address, 10.0.0.10-10.0.0.99, not ${JSON.stringify(given)}`,
  )
}

/** What the options of both verbs give. */
interface Echoes {
  readonly echoInterval?: number
  readonly echoFailures?: number
}

function keepAliveOf({ echoInterval, echoFailures }: Echoes): Pick<ConnectOptions, 'keepAlive'> {
  if (echoInterval === undefined && echoFailures === undefined) return {}
  return { keepAlive: { interval: echoInterval ?? 20, failures: echoFailures ?? 3 } }
}

/** Declares `pppoe`. */
export function definePppoe(pppoe: Command, context: Context): void {
  const connect = define(
    pppoe,
    'connect',
    'connect: a link pppN that carries IP to the provider, until stopped',
    'vnet pppoe --on eth0 --user alice --password-file secret --default-route',
  )
  take.declare(connect, connecting)
  connect.action(async (given: Record<string, unknown>) => {
    type Choice = Echoes &
      Omit<ConnectOptions, 'namespace'> & { readonly passwordFile?: string; readonly attempts?: number }
    const collected = take.collect(connecting, given) as unknown as Choice
    const { passwordFile, attempts, echoInterval, echoFailures, ...choice } = collected
    if (choice.user !== undefined && passwordFile === undefined) {
      throw new UsageError('--user needs --password-file', 'what is written on a command line, others see')
    }
    if (choice.user === undefined && (passwordFile !== undefined || choice.methods !== undefined)) {
      throw new UsageError('--password-file and --method need --user')
    }
    const password = passwordFile === undefined ? {} : { password: await readKey(passwordFile) }
    const discovery = attempts === undefined ? {} : { discovery: { restart: 1, attempts } }
    const { connectPppoe, endError } = await import('@vnet/pppoe')
    await run(context, async (namespace, signal) => {
      const options = { ...choice, ...password, ...discovery, ...keepAliveOf(collected), namespace, signal }
      let connection: PppoeConnection | undefined
      const onEvent = (event: PppoeEvent) => connection !== undefined && tell(context, event)
      connection = await connectPppoe({ ...options, onEvent })
      context.terminal.out(connectionLine(connection, context.settings.json))
      const end = await connection.closed
      if (!signal.aborted) throw endError(end, 'pppoe connect', String(choice.link))
    })
  })

  const serve = define(
    pppoe,
    'serve',
    'be the access concentrator: a link pppN for each client, until stopped',
    'vnet pppoe serve --on eth0 --local 10.0.0.1 --pool 10.0.0.10-10.0.0.99 --secrets-file users',
  )
  take.declare(serve, serving)
  serve.action(async (given: Record<string, unknown>) => {
    type Choice = Echoes & Omit<ServeOptions, 'namespace'> & { readonly secretsFile?: string }
    const collected = take.collect(serving, given) as unknown as Choice
    const { secretsFile, echoInterval, echoFailures, ...choice } = collected
    if (choice.pool !== undefined && choice.local === undefined) throw new UsageError('--pool needs --local')
    if (choice.dns !== undefined && choice.local === undefined) throw new UsageError('--dns needs --local')
    if (secretsFile === undefined && (choice.methods !== undefined || choice.rechallenge !== undefined)) {
      throw new UsageError('--method and --rechallenge need --secrets-file', 'without it nobody is asked who it is')
    }
    const users = secretsFile === undefined ? {} : usersOf(await readKey(secretsFile), secretsFile)
    const { servePppoe } = await import('@vnet/pppoe')
    await run(context, async (namespace, signal) => {
      const onEvent = (session: number, event: PppoeEvent) => tell(context, event, session)
      const options = { ...choice, ...users, ...keepAliveOf(collected), namespace, signal, onEvent }
      await using server = await servePppoe(options)
      const link = String(choice.link)
      if (context.settings.json) context.terminal.out(`${JSON.stringify({ kind: 'ready', link })}\n`)
      else context.terminal.err(`listening on ${link}${secretsFile === undefined ? ', everybody is let in' : ''}\n`)
      await server.closed
    })
  })

  const list = define(pppoe, 'list', 'links that are sessions, where each is, and with whom', 'vnet pppoe list')
  list.action(async () => {
    const { pppoeLinks } = await import('@vnet/pppoe')
    await context.withHost(
      async (host) =>
        printList(
          context,
          await pppoeLinks(host),
          (link) => ({ ...link }),
          () => pppoeColumns,
        ),
      { reading: true },
    )
  })
}

/** Runs a body in the chosen namespace until it ends, or is stopped, which is no failure. */
async function run(
  context: Context,
  body: (namespace: ConnectOptions['namespace'], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await interruptibleByReader((signal) =>
    context.withHost(
      async (host) => {
        try {
          await body(host, signal)
        } catch (error) {
          if (!signal.aborted) throw error
        }
      },
      { reading: true },
    ),
  )
}

/** Prints an event; of a concentrator with the number of its session. */
function tell(context: Context, event: PppoeEvent, session?: number): void {
  const line = eventLine(event, context.settings.json, session)
  if (line !== '') context.terminal.out(line)
}

/** Users, each with a password and perhaps an address of its own. */
function usersOf(text: string, file: string): Pick<ServeOptions, 'secretOf' | 'addressOf'> {
  const users = new Map<string, { readonly password: string; readonly address: string | undefined }>()
  for (const [at, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/)
    const [user, password, address, more] = words
    if (user === undefined || user === '' || user.startsWith('#')) continue
    if (password === undefined || more !== undefined) {
      throw new UsageError(`${file}, line ${at + 1}: not USER PASSWORD [ADDRESS]`, 'neither may have white space in it')
    }
    if (address !== undefined && parseIp(address)?.length !== 4) {
      throw new UsageError(
        `${file}, line ${at + 1}: ${JSON.stringify(address)} is not an IPv4 address`,
        'such as 10.0.0.7',
      )
    }
    users.set(user, { password, address })
  }
  return { secretOf: (user) => users.get(user)?.password, addressOf: (user) => users.get(user)?.address }
}
