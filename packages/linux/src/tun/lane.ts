/** One queue of a port: its descriptor, and what is waited for on it. @module */
import { type PollHandle, READABLE, type Syscalls, WRITABLE } from '../syscalls.js'

/** Wakes for one frame each, one after another, from which on a second one is asked for only each {@link ASKED}th time. */
const SINGLES = 4
const ASKED = 8

/** A queue. */
export class Lane {
  /** The descriptor. */
  readonly fd: number
  /** Whether frames come and go here (`TUNSETQUEUE`). */
  attached: boolean = true
  /** Whether the binding holds frames of it that found no room (`Syscalls.holds`). */
  holding: boolean = false
  private readonly syscalls: Syscalls
  private readonly handle: PollHandle
  private watched = 0
  private kept = false
  /** Reads in a row that found one frame. */
  private singles = 0

  /** `ready` gets the events of {@link Syscalls.poll}. */
  constructor(syscalls: Syscalls, fd: number, ready: (lane: Lane, events: number) => void) {
    this.syscalls = syscalls
    this.fd = fd
    this.handle = syscalls.poll(fd, (events) => ready(this, events))
    this.handle.ref(false)
  }

  /**
   * Waits for this. What is no longer waited for stays watched until it comes for nothing: changing it costs a system call,
   * and a reader is back in a moment. But it does not keep the process alive any longer.
   */
  want(reading: boolean, writing: boolean): void {
    const events = this.watched | (reading ? READABLE : 0) | (writing ? WRITABLE : 0)
    if (events !== this.watched) this.watch(events)
    this.keep(reading || writing)
  }

  /**
   * Frames to ask for, at most `limit`. Where frames come one at a time, asking for the one after is a system call for
   * nothing. The poll tells of it anyway, since it is level-triggered.
   */
  asking(limit: number): number {
    return this.singles < SINGLES || this.singles % ASKED === 0 ? limit : 1
  }

  /** Learns from how many frames there were. */
  found(count: number): void {
    this.singles = count === 1 ? this.singles + 1 : 0
  }

  /** Stops waiting for events that came for nothing. */
  pause(events: number): void {
    if (this.watched & events) this.watch(this.watched & ~events)
  }

  /** Closes subscription and descriptor. */
  close(): void {
    this.handle.close()
    this.syscalls.close(this.fd)
  }

  private watch(events: number): void {
    this.watched = events
    this.handle.watch(events)
  }

  private keep(keep: boolean): void {
    if (keep === this.kept) return
    this.kept = keep
    this.handle.ref(keep)
  }
}
