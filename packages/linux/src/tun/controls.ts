/** What can be set of a device while its port is open: argument checked, `ioctl` made, refusal explained. @module */
import {
  type PortFilter,
  type ProgramRef,
  portBoolean,
  portFilter,
  portNumber,
  portProgram,
  portSteering,
  type Steering,
} from '@vnet/core'
import { systemError } from '../error.js'
import type { Syscalls } from '../syscalls.js'
import { TUNSETCARRIER, TUNSETFILTEREBPF, TUNSETPERSIST, TUNSETSNDBUF } from './constants.js'
import { setFilter, setQueue, setSteering } from './device.js'
import { int } from './ifreq.js'

/** What the controls of a port are made of. */
export interface ControlsParts {
  readonly syscalls: Syscalls
  readonly kind: 'tun' | 'tap'
  /** The link's name. */
  readonly name: string
  /** A descriptor of the device; throws, naming the action, where the port has none any more. */
  descriptor(action: string): number
}

/** The controls of a port. All but queues belong to the device, so any of its descriptors will do. */
export class Controls {
  private readonly parts: ControlsParts
  private sendBuffer: number | undefined

  /** `sendBuffer` is what it was opened with. */
  constructor(parts: ControlsParts, sendBuffer: number | undefined) {
    this.parts = parts
    this.sendBuffer = sendBuffer
  }

  /** See `TunPort.setCarrier`. */
  setCarrier(carrier: boolean): void {
    const value = portBoolean('port set carrier', carrier, 'carrier') ? 1 : 0
    this.run('set carrier', TUNSETCARRIER, int(value))
  }

  /** See `TunPort.setPersistent`. */
  setPersistent(persistent: boolean): void {
    const value = portBoolean('port set persistent', persistent, 'persistent') ? 1 : 0
    this.run('set persistent', TUNSETPERSIST, value)
  }

  /** See `TunPort.setSendBuffer`. */
  setSendBuffer(octets: number): void {
    portNumber('port set send buffer', octets, 'octets', 1, 0x7fffffff)
    this.run('set send buffer', TUNSETSNDBUF, int(octets))
    this.sendBuffer = octets
  }

  /** The kernel gives the send buffer to the queues that are there: this gives it to one that came later. */
  inherit(): void {
    if (this.sendBuffer !== undefined) this.run('add queue', TUNSETSNDBUF, int(this.sendBuffer))
  }

  /** See `TunPort.setFilter`. */
  setFilter(filter: PortFilter | undefined): void {
    const clean = filter === undefined ? undefined : portFilter(filter)
    this.attempt('set filter', (syscalls, fd) => setFilter(syscalls, fd, clean))
  }

  /** See `TunPort.setSteering`. */
  setSteering(steering: Steering | undefined): void {
    const clean = steering === undefined ? undefined : portSteering(steering)
    this.attempt('set steering', (syscalls, fd) => setSteering(syscalls, fd, this.parts.kind, clean))
  }

  /** See `TunPort.setFrameFilter`. */
  setFrameFilter(program: ProgramRef | undefined): void {
    const fd = program === undefined ? -1 : portProgram(program).fd
    this.run('set filter', TUNSETFILTEREBPF, int(fd))
  }

  /** Attaches or detaches the queue that a descriptor is. */
  setQueue(fd: number, attached: boolean): void {
    this.attempt('set queue', (syscalls) => setQueue(syscalls, fd, attached))
  }

  private run(action: string, request: number, argument: Uint8Array | number): void {
    this.attempt(action, (syscalls, fd) => syscalls.ioctl(fd, request, argument))
  }

  private attempt(action: string, body: (syscalls: Syscalls, fd: number) => void): void {
    const { syscalls, name, descriptor } = this.parts
    const fd = descriptor(action)
    try {
      body(syscalls, fd)
    } catch (error) {
      const lacks = (error as { code?: string }).code === 'EINVAL'
      const hint = lacks ? 'this kind of link, or this kernel, does not have it' : undefined
      throw systemError(error, `port ${action}`, name, { hint })
    }
  }
}
