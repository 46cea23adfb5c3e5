/** A DHCP server on a link, until it is closed. @module */
import {
  formatIp,
  type LinkRef,
  type Namespace,
  type NetworkSocket,
  networkOf,
  parseIp,
  VnetError,
  wrongArgument,
} from '@vnet/core'
import { dhcpPorts } from '@vnet/wire'
import { decodeDhcpMessage } from '../message.js'
import type { DhcpBinding } from '../server/binding.js'
import type { DhcpSubnet } from '../server/option.js'
import { DhcpServer } from '../server/server.js'
import type { DhcpDestination, DhcpServerStep } from '../server/step.js'
import { type DhcpClock, worldClock } from './clock.js'
import { readingOf } from './decoded.js'
import { broadcastMac, claimIn, datagramFrame, probeFrame } from './frame.js'
import { DhcpLink, heard } from './link.js'
import { Run } from './run.js'
import type { DhcpServerRunOptions } from './server-options.js'

/** A server under way. Close it, or use `await using`. */
export interface RunningDhcpServer extends AsyncDisposable {
  /** Its address. */
  readonly address: string
  /** Which client has, or had, which address. */
  readonly bindings: readonly DhcpBinding[]
  /** Resolves when it has ended: with nothing where it was closed, with the error where its link is gone. */
  readonly closed: Promise<unknown>
  /** Ends. Leases go on: give `bindings` to the next. Idempotent. */
  close(): Promise<void>
}

/**
 * Serves addresses on a link, as `dnsmasq --port 0 --dhcp-range …` or `udhcpd` do.
 *
 * @throws VnetError `ENODEV` there is no such link · `EADDRNOTAVAIL` it has no IPv4 address · `EADDRINUSE` another server listens ·
 * `EOPNOTSUPP` it has no MAC of Ethernet · `EPERM` needs CAP_NET_RAW · TypeError, RangeError (`VNET_TYPE`, `VNET_RANGE`) for options
 * that are not allowed
 *
 * @example
 * const options = { routers: ['172.17.0.1'] }
 * await using server = await dhcpServer(namespace, 'docker0', { subnet: { options, leaseTime: 600 } })
 * await server.closed
 */
export async function dhcpServer(
  namespace: Namespace,
  link: LinkRef,
  options: DhcpServerRunOptions = {},
): Promise<RunningDhcpServer> {
  options.signal?.throwIfAborted()
  const { probeTime = 0.5 } = options
  if (!(probeTime > 0 && probeTime <= 10)) {
    const problem = `${String(probeTime)} is not from 0 to 10 seconds`
    throw wrongArgument('VNET_RANGE', 'dhcp server', 'options.probeTime', problem, 'give more than 0 and at most 10')
  }
  if (options.subnet !== undefined && options.subnets !== undefined) {
    const hint = 'give one of them: subnet is that of the link, subnets are all'
    throw wrongArgument('VNET_RANGE', 'dhcp server', 'options.subnet', 'there is subnets, too', hint)
  }
  const opened = await DhcpLink.open(namespace, link, 'dhcp server')
  let socket: NetworkSocket | undefined
  try {
    const own = await ownNetwork(opened, options.address)
    const clock = options.clock ?? worldClock
    const subnets = options.subnets ?? [{ ...own.subnet, ...options.subnet }]
    const machine = new DhcpServer({ probe: true, ...settings(options), subnets, address: own.address }, clock.now())
    socket = await namespace.openSocket({ kind: 'udp4', link: opened.index, broadcast: true })
    options.signal?.throwIfAborted()
    socket.bind({ port: dhcpPorts.server })
    return new Running(opened, socket, machine, own.address, clock, options)
  } catch (error) {
    await Promise.all([socket?.close(), opened.close()])
    throw error
  }
}

/** What of the options is the machine's. */
function settings(options: DhcpServerRunOptions) {
  const { clock, probeTime, signal, onStep, onProblem, subnet, ...rest } = options
  return rest
}

/** The server's address, and the network that it is in, with all of its addresses to give. */
async function ownNetwork(
  link: DhcpLink,
  wanted: string | undefined,
): Promise<{ address: string; subnet: DhcpSubnet }> {
  const all = await link.namespace.address.list({ link: link.index, family: 4 })
  const own = wanted === undefined ? all[0] : all.find(({ address }) => address === wanted)
  if (own === undefined) {
    const hint = wanted === undefined ? 'give the link an address first' : `the link does not have ${wanted}`
    throw new VnetError({ code: 'EADDRNOTAVAIL', operation: 'dhcp server', subject: link.name, hint })
  }
  const octets = parseIp(own.address) as Uint8Array
  const network = networkOf({ octets, length: own.prefixLength })
  const last = Uint8Array.from(network.octets)
  for (let bit = own.prefixLength; bit < 32; bit++) last[bit >> 3] = (last[bit >> 3] as number) | (0x80 >> (bit & 7))
  const first = Uint8Array.from(network.octets)
  first[3] = (first[3] as number) | 1
  last[3] = (last[3] as number) & 0xfe
  const pools = [[formatIp(first), formatIp(last)]] as const
  return { address: own.address, subnet: { network: `${formatIp(network.octets)}/${own.prefixLength}`, pools } }
}

type ProbeStep = Extract<DhcpServerStep, { kind: 'probe' }>

class Running extends Run<DhcpServerStep> implements RunningDhcpServer {
  readonly address: string
  readonly #socket: NetworkSocket
  readonly #machine: DhcpServer
  readonly #probeTime: number
  /** Addresses that are asked for: what ends the wait, and whose answer counts for none. */
  readonly #probes = new Map<string, { readonly cancel: () => void; readonly mac: string }>()

  constructor(
    link: DhcpLink,
    socket: NetworkSocket,
    machine: DhcpServer,
    address: string,
    clock: DhcpClock,
    options: DhcpServerRunOptions,
  ) {
    super(link, clock, options)
    this.#socket = socket
    this.#machine = machine
    this.address = address
    this.#probeTime = options.probeTime ?? 0.5
    this.does([])
    void this.#listen()
  }

  protected get deadline(): number | undefined {
    return this.#machine.deadline
  }

  protected advance(now: number): DhcpServerStep[] {
    return this.#machine.advance(now)
  }

  get bindings(): readonly DhcpBinding[] {
    return this.#machine.bindings
  }

  protected async leave(): Promise<void> {
    for (const { cancel } of this.#probes.values()) cancel()
    this.#probes.clear()
    this.ending.abort()
    await this.#socket.close()
  }

  async #listen(): Promise<void> {
    const gone = this.link.follow(this.ending.signal, () => {}, 'dhcp server')
    const failed = this.link.listen((frame) => {
      const claim = claimIn(frame, this.link.mac)
      if (claim !== undefined && this.#probes.get(claim.address)?.mac !== claim.mac) this.#probed(claim.address, true)
    })
    const asked = heard(this.#socket, (data) => {
      const message = this.isClosed ? undefined : readingOf(() => decodeDhcpMessage(data))
      if (message !== undefined) this.does(this.#machine.receive(this.clock.now(), message))
    })
    const error = await Promise.race([gone, failed, asked]).catch((thrown: unknown) => thrown)
    if (!this.isClosed) await this.end(error)
  }

  protected async perform(step: DhcpServerStep): Promise<void> {
    if (step.kind === 'send') await this.#send(step.to, step.bytes)
    if (step.kind === 'probe') await this.#probe(step)
  }

  async #send(to: DhcpDestination, bytes: Uint8Array): Promise<void> {
    if (to.kind === 'relay') return this.#socket.send(bytes, { address: to.address, port: dhcpPorts.server })
    if (to.kind === 'client') return this.#socket.send(bytes, { address: to.address, port: dhcpPorts.client })
    const isForOne = to.kind === 'mac'
    const spec = {
      sourceMac: this.link.mac,
      destinationMac: isForOne ? to.mac : broadcastMac,
      source: this.address,
      destination: isForOne ? to.address : '255.255.255.255',
      sourcePort: dhcpPorts.server,
      destinationPort: dhcpPorts.client,
    }
    return this.link.send(datagramFrame(spec, bytes))
  }

  /** Asks who has an address: by ARP on the link, by a ping elsewhere. */
  async #probe({ address, isNear, mac }: ProbeStep): Promise<void> {
    this.#probes.get(address)?.cancel()
    if (isNear) {
      const cancel = this.clock.after(this.#probeTime, () => this.#probed(address, false))
      this.#probes.set(address, { cancel, mac })
      return this.link.send(probeFrame(this.link.mac, address))
    }
    this.#probes.set(address, { cancel: () => {}, mac })
    const { signal } = this.ending
    void this.link.namespace.ping({ address, timeout: this.#probeTime }, { signal }).then(
      () => this.#probed(address, true),
      () => this.#probed(address, false),
    )
  }

  #probed(address: string, isTaken: boolean): void {
    const probe = this.#probes.get(address)
    if (probe === undefined || this.isClosed) return
    probe.cancel()
    this.#probes.delete(address)
    this.does(this.#machine.probed(this.clock.now(), address, isTaken))
  }
}
