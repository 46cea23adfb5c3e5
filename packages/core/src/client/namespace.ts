/** A namespace that is open: a connection with the objects of the client around it. @module */

import { typeFault } from '../argument.js'
import type { Capabilities } from '../capability.js'
import type { Capture, CaptureOptions } from '../capture.js'
import { captureSpec } from '../check/capture.js'
import { portSpec } from '../check/port.js'
import { pppoeSpec } from '../check/pppoe.js'
import { checkArgument, checkFunction, cleanRequest } from '../check/request.js'
import { socketSpec } from '../check/socket.js'
import type { CallOptions, Driver } from '../driver.js'
import { VnetError } from '../error.js'
import type { NetworkEvent } from '../event.js'
import type { NamespaceRef } from '../namespace.js'
import type { PingReply, PingSpec } from '../ping.js'
import type { TunPort, TunPortOptions } from '../port.js'
import type { PppoeChannel, PppoeOptions } from '../pppoe.js'
import type { Program, ProgramSpec } from '../program.js'
import type { Request, Result } from '../request.js'
import type { NetworkSocket, SocketOptions } from '../socket.js'
import type { TraceHop, TraceSpec } from '../trace.js'
import type { Namespace, NetworkObjects, Transaction, WatchOptions } from './api.js'
import type { BridgeClient } from './api-bridge-adopt.js'
import { bridgeClient } from './bridge-adopt.js'
import type { LooseRequest, LooseResults } from './loose-request.js'
import { type Call, networkObjects } from './objects.js'
import type { NamespaceAccess, NamespaceParts } from './parts.js'
import { SocketObject } from './socket.js'
import { trace } from './trace.js'
import { runTransaction } from './transaction.js'
import { watch } from './watch.js'

/** Opens a namespace; a new one without a name for `'new'`. */
export async function openNamespace(
  driver: Driver,
  which: NamespaceRef | 'new' | undefined,
  options?: CallOptions,
): Promise<NamespaceClientObject> {
  if (which === undefined)
    return new NamespaceClientObject({ driver, connection: await driver.connect(undefined, options), ref: undefined })
  if (which !== 'new' && !('fd' in which) && !('pid' in which)) {
    return new NamespaceClientObject({ driver, connection: await driver.connect(which, options), ref: which })
  }
  // A process may end and a descriptor may be closed while the namespace is in use: hold it.
  const handle = await driver.openNamespace(which, options)
  try {
    return new NamespaceClientObject({
      driver,
      connection: await driver.connect(handle.ref, options),
      ref: handle.ref,
      handle,
    })
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Lists up to here are cleaned at once: their garbage is collected while it is young. */
const LONG = 16_384
/** Requests of a longer list that are given to a connection at once. */
const PART = 1024

/** The client's {@link Namespace}. */
export class NamespaceClientObject implements Namespace {
  readonly ref: NamespaceRef | undefined
  readonly name: string | undefined
  readonly bridge: BridgeClient
  readonly link: NetworkObjects['link']
  readonly address: NetworkObjects['address']
  readonly alias: NetworkObjects['alias']
  readonly route: NetworkObjects['route']
  readonly rule: NetworkObjects['rule']
  readonly neighbour: NetworkObjects['neighbour']
  readonly fdb: NetworkObjects['fdb']
  readonly bridgeVlan: NetworkObjects['bridgeVlan']
  readonly bridgeVlanGlobal: NetworkObjects['bridgeVlanGlobal']
  readonly bridgeMst: NetworkObjects['bridgeMst']
  readonly bridgeVni: NetworkObjects['bridgeVni']
  readonly token: NetworkObjects['token']
  readonly mdb: NetworkObjects['mdb']
  readonly mdbRouter: NetworkObjects['mdbRouter']
  readonly qdisc: NetworkObjects['qdisc']
  readonly class: NetworkObjects['class']
  readonly filter: NetworkObjects['filter']
  readonly action: NetworkObjects['action']
  readonly wireguard: NetworkObjects['wireguard']
  readonly team: NetworkObjects['team']
  readonly sysctl: NetworkObjects['sysctl']
  readonly nat: NetworkObjects['nat']
  readonly macFilter: NetworkObjects['macFilter']
  readonly nic: NetworkObjects['nic']
  readonly socket: NetworkObjects['socket']
  readonly macsec: NetworkObjects['macsec']
  readonly macsecSc: NetworkObjects['macsecSc']
  readonly macsecSa: NetworkObjects['macsecSa']
  readonly supports: Capabilities
  /** The backend and the connection beneath. @internal */
  readonly parts: NamespaceParts

  /** Puts the objects around a connection. */
  constructor(parts: NamespaceParts) {
    this.parts = parts
    this.supports = parts.driver.supports
    this.ref = parts.ref
    this.name = parts.ref !== undefined && 'name' in parts.ref ? parts.ref.name : undefined
    const objects = networkObjects(this.call, (requests) => this.execute(requests))
    this.bridge = bridgeClient(this)
    this.link = objects.link
    this.address = objects.address
    this.alias = objects.alias
    this.route = objects.route
    this.rule = objects.rule
    this.neighbour = objects.neighbour
    this.fdb = objects.fdb
    this.bridgeVlan = objects.bridgeVlan
    this.bridgeVlanGlobal = objects.bridgeVlanGlobal
    this.bridgeMst = objects.bridgeMst
    this.bridgeVni = objects.bridgeVni
    this.token = objects.token
    this.mdb = objects.mdb
    this.mdbRouter = objects.mdbRouter
    this.qdisc = objects.qdisc
    this.class = objects.class
    this.filter = objects.filter
    this.action = objects.action
    this.wireguard = objects.wireguard
    this.team = objects.team
    this.sysctl = objects.sysctl
    this.nat = objects.nat
    this.macFilter = objects.macFilter
    this.nic = objects.nic
    this.socket = objects.socket
    this.macsec = objects.macsec
    this.macsecSc = objects.macsecSc
    this.macsecSa = objects.macsecSa
  }

  /** Checks and carries out one request. */
  protected readonly call: Call = async (operation, spec, options) => {
    options?.signal?.throwIfAborted()
    const request = cleanRequest({ operation, spec } as LooseRequest)
    const [result] = await this.parts.connection.execute([request], options)
    if (!result.ok) throw result.error
    return result.value as never
  }

  async execute<const R extends readonly LooseRequest[]>(requests: R, options?: CallOptions): Promise<LooseResults<R>> {
    options?.signal?.throwIfAborted()
    if (!Array.isArray(requests)) checkArgument('execute', refuseList, requests, 'requests')
    const { connection } = this.parts
    if (requests.length <= LONG) {
      return (await connection.execute(requests.map(cleanRequest), options)) as LooseResults<R>
    }
    // A long list is checked as a whole, then carried out part by part, each cleaned at its turn: a hundred thousand
    // requests that are clean all at once keep the garbage collector busier than the kernel is with them.
    for (const request of requests) cleanRequest(request)
    const results: Result<unknown>[] = []
    for (let i = 0; i < requests.length; i += PART) {
      const part: Request[] = requests.slice(i, i + PART).map(cleanRequest)
      for (const result of await connection.execute(part, options)) results.push(result)
    }
    return results as LooseResults<R>
  }

  async transaction<T>(body: (transaction: Transaction) => Promise<T>, options?: CallOptions): Promise<T> {
    checkFunction('transaction', body)
    return runTransaction(this.parts, access, body, options)
  }

  watch(options: WatchOptions = {}): AsyncIterableIterator<NetworkEvent> {
    return watch(this.parts.connection, options)
  }

  async ping(spec: PingSpec | string, options?: CallOptions): Promise<PingReply> {
    return this.call('ping', typeof spec === 'string' ? { address: spec } : spec, options)
  }

  trace(spec: TraceSpec | string, options?: CallOptions): AsyncIterableIterator<TraceHop> {
    return trace(this.call, spec, options)
  }

  async openTun(options: TunPortOptions = {}, call?: CallOptions): Promise<TunPort> {
    call?.signal?.throwIfAborted()
    return this.parts.connection.openPort(portSpec('tun', options), call)
  }

  async openTap(options: TunPortOptions = {}, call?: CallOptions): Promise<TunPort> {
    call?.signal?.throwIfAborted()
    return this.parts.connection.openPort(portSpec('tap', options), call)
  }

  async openCapture(options: CaptureOptions = {}, call?: CallOptions): Promise<Capture> {
    call?.signal?.throwIfAborted()
    return this.parts.connection.openCapture(captureSpec(options), call)
  }

  async openPppoe(options: PppoeOptions, call?: CallOptions): Promise<PppoeChannel> {
    call?.signal?.throwIfAborted()
    return this.parts.connection.openPppoe(pppoeSpec(options), call)
  }

  async openSocket(options: SocketOptions, call?: CallOptions): Promise<NetworkSocket> {
    call?.signal?.throwIfAborted()
    const spec = socketSpec(options)
    return new SocketObject(spec.kind, await this.parts.connection.openSocket(spec, call))
  }

  async settled(options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    return this.parts.connection.settled(options)
  }

  async run(program: ProgramSpec, options?: CallOptions): Promise<Program> {
    options?.signal?.throwIfAborted()
    if (typeof program?.command !== 'string' || program.command === '') {
      checkArgument('namespace run', refuseProgram, program?.command, 'program.command')
    }
    const { driver, ref } = this.parts
    if (ref !== undefined) return driver.run(ref, program, options)
    const own = await driver.openNamespace('current', options)
    try {
      const started = await driver.run(own.ref, program, options)
      void started.ended.finally(() => own.close())
      return started
    } catch (error) {
      await own.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.parts.connection.close()
    await this.parts.handle?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const refuseList = (value: unknown, path: string): never => {
  throw typeFault(path, 'a list of requests', value)
}
const refuseProgram = (value: unknown, path: string): never => {
  throw typeFault(path, 'the name of a program', value)
}

const access: NamespaceAccess = {
  open: (driver, ref, options) => openNamespace(driver, ref, options),
  partsOf(namespace) {
    if (namespace instanceof NamespaceClientObject) return namespace.parts
    throw new VnetError({ code: 'VNET_UNSUPPORTED', operation: 'transaction', hint: 'use a namespace of this client' })
  },
}
