/** What packet sockets need beside other sockets: classic BPF filters, and the end of a mapping. @module */
import { checked, type Libc } from './libc.js'

const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26

/** See `Syscalls.attachFilter`. */
export function attachFilter(libc: Libc, fd: number, instructions: Uint8Array): void {
  const words = new Uint8Array(instructions)
  // struct sock_fprog: a length of 16 bits, and, aligned, a pointer. Octets stay where koffi says that they lie.
  const program = new BigUint64Array(2)
  new Uint16Array(program.buffer)[0] = words.length / 8
  program[1] = BigInt(libc.addressOf(words))
  const octets = new Uint8Array(program.buffer)
  checked(libc, 'setsockopt', libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, octets, octets.length))
  // Keeps `words` until the call is over.
  if (words.length !== instructions.length) throw new TypeError('the instructions changed')
}

/** See `Syscalls.unmap`. */
export function unmap(libc: Libc, memory: Uint8Array): void {
  const { length } = memory
  if (length === 0) return
  const address = libc.addressOf(memory)
  // Views of memory that is not there would crash the process: the buffer is taken from all of them first.
  structuredClone(memory.buffer, { transfer: [memory.buffer as ArrayBuffer] })
  checked(libc, 'munmap', libc.munmap(address, length))
}
