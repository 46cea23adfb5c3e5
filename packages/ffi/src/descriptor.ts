/** Descriptors that this thread has opened: a Worker that ends does not take them along by itself, as a process does. @module */
import { closeSync, openSync } from 'node:fs'
import { syscallError } from '@vnet/linux'
import type { Libc } from './libc.js'

const EINTR = 4

/**
 * The open descriptors of a thread. Files are opened by Node, which closes those of a Worker however that ends; so a TAP
 * does not stay with nobody to read it. Sockets cannot be had from Node: they are closed where the Worker ends by itself or
 * by `process.exit`, and stay open until the process ends where it was ended by `terminate`.
 */
export class Descriptors {
  private readonly libc: Libc
  private readonly files: Set<number> = new Set()
  private readonly others: Set<number> = new Set()

  /** None is open yet. */
  constructor(libc: Libc) {
    this.libc = libc
  }

  /** Opens a file in the thread's namespace of the moment. */
  openFile(path: string, flags: number): number {
    try {
      const fd = openSync(path, flags, 0o600)
      this.files.add(fd)
      return fd
    } catch (error) {
      throw reasonOf('open', error)
    }
  }

  /** Remembers a descriptor that is open. */
  add(fd: number): void {
    if (!this.files.has(fd)) this.others.add(fd)
  }

  /** Closes a descriptor, whoever opened it. */
  close(fd: number): void {
    if (this.files.delete(fd)) {
      try {
        closeSync(fd)
      } catch (error) {
        throw reasonOf('close', error)
      }
      return
    }
    this.others.delete(fd)
    // Linux frees the number before it can be interrupted: repeating after EINTR would close somebody else's file.
    if (this.libc.close(fd) < 0 && this.libc.errno() !== EINTR) throw syscallError('close', this.libc.errno())
  }

  /** Those that are open. */
  get open(): readonly number[] {
    return [...this.files, ...this.others]
  }
}

/** Node's error as ours: both have the number, Node's is negative. */
function reasonOf(syscall: string, error: unknown): unknown {
  const { errno } = error as NodeJS.ErrnoException
  return errno === undefined ? error : syscallError(syscall, -errno)
}
