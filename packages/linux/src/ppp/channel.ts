/** A session of PPPoE in the kernel: its socket, its channel, and the unit that is its link. @module */
import { readSync, writeSync } from 'node:fs'
import { type PppoeChannel, VnetError } from '@vnet/core'
import { closed, systemError } from '../error.js'
import { littleEndian } from '../netlink/octets.js'
import { type PollHandle, READABLE, type SyscallError, type Syscalls } from '../syscalls.js'
import { int } from '../tun/ifreq.js'
import {
  NPMODE_DROP,
  NPMODE_PASS,
  PPP_IP,
  PPP_IPV6,
  PPPIOCCONNECT,
  PPPIOCNEWUNIT,
  PPPIOCSMRU,
  PPPIOCSNPMODE,
} from './constants.js'
import { openPpp } from './device.js'

/** Octets of the longest packet: 65,535, with its protocol. */
const LONGEST = 65_537

/** What a session is made of. */
export interface PppoeParts {
  /** Name of its Ethernet link. */
  readonly subject: string
  /** The `AF_PPPOX` socket, which is the session. */
  readonly socket: number
  /** The channel: what is negotiated before the link is there, and LCP, PAP and CHAP afterwards. */
  readonly channel: number
  /** A descriptor of its namespace. */
  readonly home: number
}

/** See {@link PppoeChannel}. */
export class LinuxPppoe implements PppoeChannel {
  name: string | undefined
  readonly #syscalls: Syscalls
  readonly #parts: PppoeParts
  readonly #polls: PollHandle[] = []
  readonly #buffer = new Uint8Array(LONGEST)
  /** The unit: what is negotiated once the link is there, but for the above. */
  #unit: number | undefined
  #wake: () => void = () => {}
  #isClosed = false

  constructor(syscalls: Syscalls, parts: PppoeParts) {
    this.#syscalls = syscalls
    this.#parts = parts
    this.#follow(parts.channel)
  }

  send(packet: Uint8Array): void {
    this.#mustBeOpen('pppoe send')
    try {
      writeSync(this.#parts.channel, packet)
    } catch (error) {
      throw this.#explained(error, 'pppoe send')
    }
  }

  async receive(): Promise<Uint8Array> {
    for (;;) {
      this.#mustBeOpen('pppoe receive')
      for (const fd of this.#unit === undefined ? [this.#parts.channel] : [this.#parts.channel, this.#unit]) {
        const packet = this.#read(fd)
        if (packet !== undefined) return packet
      }
      const ready = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      for (const poll of this.#polls) poll.watch(READABLE)
      await ready
    }
  }

  attach(mru: number): string {
    this.#mustBeOpen('pppoe attach')
    if (this.name !== undefined) return this.name
    const { home, channel } = this.#parts
    let unit: number | undefined
    try {
      unit = openPpp(this.#syscalls, home)
      const number = int(-1)
      this.#syscalls.ioctl(unit, PPPIOCNEWUNIT, number, home)
      this.#syscalls.ioctl(unit, PPPIOCSMRU, int(mru))
      for (const protocol of [PPP_IP, PPP_IPV6]) this.#mode(unit, protocol, NPMODE_DROP)
      this.#syscalls.ioctl(channel, PPPIOCCONNECT, number)
      this.#unit = unit
      this.name = `ppp${new DataView(number.buffer).getInt32(0, littleEndian)}`
    } catch (error) {
      if (unit !== undefined) this.#syscalls.close(unit)
      throw this.#explained(error, 'pppoe attach')
    }
    this.#follow(unit)
    // Who waits already is to hear of it, too.
    this.#wake()
    return this.name
  }

  pass(version: 4 | 6, may: boolean): void {
    this.#mustBeOpen('pppoe pass')
    if (this.#unit === undefined) throw new TypeError('the session has no link yet: attach it first')
    try {
      this.#mode(this.#unit, version === 4 ? PPP_IP : PPP_IPV6, may ? NPMODE_PASS : NPMODE_DROP)
    } catch (error) {
      throw this.#explained(error, 'pppoe pass')
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const poll of this.#polls) poll.close()
    const { socket, channel, home } = this.#parts
    // The link goes first, while the session is there to take what still leaves by it.
    for (const fd of [this.#unit, channel, socket, home]) if (fd !== undefined) this.#syscalls.close(fd)
    this.#wake()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** `struct npioctl`. */
  #mode(unit: number, protocol: number, mode: number): void {
    this.#syscalls.ioctl(unit, PPPIOCSNPMODE, new Uint8Array(Int32Array.of(protocol, mode).buffer))
  }

  #follow(fd: number): void {
    this.#polls.push(
      this.#syscalls.poll(fd, () => {
        for (const poll of this.#polls) poll.watch(0)
        this.#wake()
      }),
    )
  }

  /** A packet, or `undefined` where there is none now. */
  #read(fd: number): Uint8Array | undefined {
    try {
      const length = readSync(fd, this.#buffer)
      if (length > 0) return this.#buffer.slice(0, length)
    } catch (error) {
      if ((error as SyscallError).code === 'EAGAIN') return undefined
      throw this.#explained(error, 'pppoe receive')
    }
    // The end of what there will ever be.
    throw this.#over('pppoe receive')
  }

  #over(operation: string): VnetError {
    const { subject } = this.#parts
    const hint =
      'the kernel has ended the session: a PADT came, or the Ethernet link or the link of the session is gone or down'
    return new VnetError({ code: 'ENXIO', operation, subject, errno: 6, hint })
  }

  #explained(error: unknown, operation: string): Error {
    const { code } = error as SyscallError
    return code === 'ENXIO' || code === 'EIO'
      ? this.#over(operation)
      : systemError(error, operation, this.#parts.subject)
  }

  #mustBeOpen(operation: string): void {
    if (this.#isClosed) throw closed(operation, this.#parts.subject)
  }
}
