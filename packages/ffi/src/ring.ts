/**
 * An io_uring of this thread, driven over its mapped rings: up to 64 reads or writes for one system call
 * (`linux/io_uring.h`; Linux 5.6). Everything completes before the call returns: descriptors do not block, and every
 * operation carries RWF_NOWAIT, without which a read of a TUN would wait inside the kernel whatever the descriptor says.
 *
 * @module
 */
import { checked, type Libc } from './libc.js'

/** Most operations of one submission. */
export const ENTRIES = 64

/** `IORING_OP_READV`. */
export const READV = 1
/** `IORING_OP_WRITE`. */
export const WRITE = 23

const SYS_IO_URING_SETUP = 425
const SYS_IO_URING_ENTER = 426
const PARAMS = 120
const OFFSET_SQES = 0x10000000
const FEATURE_SINGLE_MMAP = 1
const ENTER_GETEVENTS = 1
const RWF_NOWAIT = 8
const SQE_WORDS = 16
const CQE_WORDS = 4
const HIGH = 2 ** 32

/** The ring. */
export class Ring {
  /** What each operation came to, by its place in the submission: octets, or a negative error number. */
  readonly results: Int32Array = new Int32Array(ENTRIES)
  private readonly libc: Libc
  private readonly fd: number
  private readonly rings: Int32Array
  private readonly sqes: Uint32Array
  private readonly at: { sqTail: number; cqHead: number; cqTail: number; cqes: number; cqMask: number }
  private tail = 0
  private head = 0

  /** @throws SyscallError `ENOSYS`, `EPERM` (sysctl `kernel.io_uring_disabled`, a sandbox), `ENOMEM` */
  constructor(libc: Libc) {
    this.libc = libc
    const params = new Uint32Array(PARAMS / 4)
    const octets = new Uint8Array(params.buffer)
    this.fd = checked(libc, 'io_uring_setup', libc.syscallPointer(SYS_IO_URING_SETUP, ENTRIES, octets))
    try {
      const word = (at: number) => params[at / 4] as number
      if ((word(20) & FEATURE_SINGLE_MMAP) === 0) throw new Error('io_uring: this kernel maps the rings apart')
      const cqEntries = word(4)
      const size = Math.max(word(64) + word(0) * 4, word(100) + cqEntries * CQE_WORDS * 4)
      this.rings = new Int32Array(libc.map(this.fd, size, 0))
      this.sqes = new Uint32Array(libc.map(this.fd, word(0) * SQE_WORDS * 4, OFFSET_SQES))
      this.at = {
        sqTail: word(44) / 4,
        cqHead: word(80) / 4,
        cqTail: word(84) / 4,
        cqes: word(100) / 4,
        cqMask: cqEntries - 1,
      }
      const array = word(64) / 4
      for (let i = 0; i < word(0); i++) this.rings[array + i] = i
    } catch (error) {
      libc.close(this.fd)
      throw error
    }
  }

  /** Prepares operation `i` of the next submission: `length` octets at `address`, or so many pieces that are described there. */
  prepare(i: number, opcode: number, fd: number, address: number, length: number): void {
    const { sqes } = this
    const at = ((this.tail + i) & (ENTRIES - 1)) * SQE_WORDS
    const high = Math.floor(address / HIGH)
    sqes[at] = opcode
    sqes[at + 1] = fd
    sqes[at + 4] = address - high * HIGH
    sqes[at + 5] = high
    sqes[at + 6] = length
    sqes[at + 7] = RWF_NOWAIT
    sqes[at + 8] = i
  }

  /** Submits the first `count` operations; afterwards {@link Ring.results} tells what they came to. */
  submit(count: number): void {
    const { rings, at, libc, results } = this
    this.tail = (this.tail + count) | 0
    rings[at.sqTail] = this.tail
    let left = count
    let flags = 0
    for (let done = 0; done < count; ) {
      const taken = libc.syscallNumbers(SYS_IO_URING_ENTER, this.fd, left, flags === 0 ? 0 : count - done, flags)
      if (taken >= 0) left -= taken
      else if (libc.errno() !== 4 /* EINTR */) checked(libc, 'io_uring_enter', taken)
      const end = rings[at.cqTail] as number
      while (this.head !== end) {
        const entry = at.cqes + (this.head & at.cqMask) * CQE_WORDS
        results[rings[entry] as number] = rings[entry + 2] as number
        this.head = (this.head + 1) | 0
        done++
      }
      rings[at.cqHead] = this.head
      flags = ENTER_GETEVENTS
    }
  }

  /** Gives the ring's descriptor back; the mappings go with the process. */
  close(): void {
    this.libc.close(this.fd)
  }
}
