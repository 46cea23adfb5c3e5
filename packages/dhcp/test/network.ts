/** Clients and servers on a link that takes a millisecond, on a clock that stands still unless it is moved. */
import { type ManualClock, manualClock } from '@vnet/mock'
import {
  DhcpClient,
  type DhcpClientOptions,
  type DhcpClientStep,
  type DhcpMessage,
  DhcpServer,
  type DhcpServerOptions,
  type DhcpServerStep,
  decodeDhcpMessage,
  encodeDhcpMessage,
} from '../src/index.js'

/** The same chance each time (Park and Miller). */
export function chance(seed: number): () => number {
  let state = (seed % 2147483646) + 1
  return () => {
    state = (state * 48271) % 2147483647
    return (state - 1) / 2147483646
  }
}

/** What was sent, as a word: `request 10.0.0.9 from 02:…`. */
export interface Sent {
  readonly at: number
  readonly message: DhcpMessage
  /** Whom to. */
  readonly to: string
  readonly bytes: Uint8Array
}

export class Network {
  readonly clock: ManualClock = manualClock(1000)
  readonly sent: Sent[] = []
  readonly clients: ClientHost[] = []
  readonly servers: ServerHost[] = []
  /** Addresses that somebody else has. */
  readonly occupied = new Set<string>()
  /** Loses messages. */
  loses: (sent: Sent) => boolean = () => false

  client(options: Partial<DhcpClientOptions> = {}): ClientHost {
    const number = this.clients.length + 1
    const random = chance(number)
    const mac = `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`
    const host = new ClientHost(this, new DhcpClient({ mac, random, ...options }))
    this.clients.push(host)
    return host
  }

  server(options: Partial<DhcpServerOptions> = {}): ServerHost {
    const address = options.address ?? '10.0.0.1'
    const subnets = [{ network: '10.0.0.0/24', pools: [['10.0.0.100', '10.0.0.109']] as const }]
    const host = new ServerHost(this, address, new DhcpServer({ address, subnets, ...options }, this.clock.now()))
    this.servers.push(host)
    return host
  }

  send(to: string, bytes: Uint8Array, deliver: (message: DhcpMessage) => void): void {
    const sent = { at: this.clock.now() - 1000, to, message: decodeDhcpMessage(bytes), bytes }
    this.sent.push(sent)
    if (!this.loses(sent)) this.clock.after(0.001, () => deliver(decodeDhcpMessage(bytes)))
  }

  /** Types of what was sent, and whom to, since the last call. */
  said(): string[] {
    return this.sent.splice(0).map(({ message, to }) => `${message.type} > ${to}`)
  }
}

/** What has steps and a deadline, on the clock. */
abstract class Machine<Step> {
  readonly steps: Step[] = []
  readonly network: Network
  #cancel: (() => void) | undefined

  constructor(network: Network) {
    this.network = network
  }

  protected abstract deadline(): number | undefined
  protected abstract advance(now: number): readonly Step[]
  protected abstract perform(step: Step): void

  does(steps: readonly Step[]): void {
    for (const step of steps) {
      this.steps.push(step)
      this.perform(step)
    }
    this.#cancel?.()
    const deadline = this.deadline()
    if (deadline === undefined) return
    const { clock } = this.network
    this.#cancel = clock.after(deadline - clock.now(), () => this.does(this.advance(clock.now())))
  }

  /** Kinds of steps that tell something, since the last call. */
  told(...kinds: string[]): Step[] {
    const all = this.steps.splice(0) as (Step & { kind: string })[]
    return all.filter(({ kind }) => kinds.includes(kind))
  }
}

export class ClientHost extends Machine<DhcpClientStep> {
  readonly machine: DhcpClient

  constructor(network: Network, machine: DhcpClient) {
    super(network)
    this.machine = machine
  }

  protected deadline = () => this.machine.deadline
  protected advance = (now: number) => this.machine.advance(now)
  start = () => this.does(this.machine.start(this.network.clock.now()))

  protected perform(step: DhcpClientStep): void {
    const { network, machine } = this
    if (step.kind === 'send') {
      network.send(step.to, encodeDhcpMessage(step.message), (message) => {
        for (const server of network.servers) {
          if (step.to === 'broadcast' || step.to === server.address)
            server.does(server.machine.receive(network.clock.now(), message))
        }
      })
    }
    if (step.kind === 'probe' && network.occupied.has(step.address))
      network.clock.after(0.01, () => this.does(machine.conflict(network.clock.now(), step.address)))
  }
}

export class ServerHost extends Machine<DhcpServerStep> {
  readonly address: string
  readonly machine: DhcpServer

  constructor(network: Network, address: string, machine: DhcpServer) {
    super(network)
    this.address = address
    this.machine = machine
  }

  protected deadline = () => this.machine.deadline
  protected advance = (now: number) => this.machine.advance(now)

  protected perform(step: DhcpServerStep): void {
    const { network } = this
    if (step.kind === 'send') {
      network.send(step.to.kind, step.bytes, (message) => {
        for (const client of network.clients) client.does(client.machine.receive(network.clock.now(), message))
      })
    }
    if (step.kind === 'probe')
      network.clock.after(0.5, () =>
        this.does(this.machine.probed(network.clock.now(), step.address, network.occupied.has(step.address))),
      )
  }
}
