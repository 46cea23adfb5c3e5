/** The C library's functions, declared for koffi; loaded on first use. @module */
import { createRequire } from 'node:module'
import { syscallError } from '@vnet/linux'

type Koffi = typeof import('koffi').default

/** What `ffiSyscalls` throws when koffi cannot be used. */
export interface KoffiLoadError extends Error {
  /**
   * `missing`: koffi, or its binary for this platform, is not installed; `forbidden`: Node was told not to load addons
   * (`--no-addons`, or `--permission` without `--allow-addons`); `broken`: it was found and does not work, see `cause`.
   */
  readonly reason: 'missing' | 'forbidden' | 'broken'
}

/** The functions. A pointer is a typed array, valid during the call; -1 means see `errno`. */
export type Libc = ReturnType<typeof declare>

/** Loads koffi and declares the functions, in the C library that Node itself runs on. */
export function loadLibc(): Libc {
  let koffi: Koffi
  try {
    const loaded = createRequire(import.meta.url)('koffi') as Koffi & { default?: Koffi }
    koffi = loaded.default ?? loaded
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_DLOPEN_DISABLED') {
      throw loadError('forbidden', 'may not be loaded: --no-addons, or --permission without --allow-addons', error)
    }
    const reason = code === 'MODULE_NOT_FOUND' || /cannot find/i.test(message) ? 'missing' : 'broken'
    throw loadError(
      reason,
      `does not load on ${process.platform}-${process.arch}, Node ${process.version}: ${message}`,
      error,
    )
  }
  try {
    return declare(koffi)
  } catch (error) {
    throw loadError('broken', `cannot call the C library: ${(error as Error).message}`, error)
  }
}

/** The result of a call, or the error it reports by -1. */
export function checked(libc: Libc, syscall: string, result: number): number {
  if (result < 0) throw syscallError(syscall, libc.errno())
  return result
}

type Octets = Uint8Array
type Length = Uint32Array

/** Koffi has no ssize_t: `intptr_t` is as wide. */
function declare(koffi: Koffi) {
  const library = koffi.load(null)
  const mmap = library.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t'])
  const syscallPointer = library.func('syscall', 'intptr_t', ['long', 'long', 'void *', 'size_t'])
  const six = ['long', 'int', 'uint32_t', 'uint32_t', 'uint32_t', 'uintptr_t', 'size_t']
  const syscallNumbers = library.func('syscall', 'intptr_t', six)
  const func = <F>(declaration: string): F => library.func(declaration) as F
  return {
    errno: koffi.errno as () => number,
    /** Where the octets lie. Asking for `buffer` first moves a small array out of V8's heap, in which it could move. */
    addressOf: (octets: Octets) => (octets.buffer.byteLength === 0 ? 0 : Number(koffi.address(octets))),
    socket: func<(family: number, type: number, protocol: number) => number>('int socket(int, int, int)'),
    // Variadic in C, which makes no difference to a call without floating point on x86-64, arm64 and riscv64.
    open: func<(path: string, flags: number, mode: number) => number>('int open(const char *, int, uint32_t)'),
    close: func<(fd: number) => number>('int close(int)'),
    dup3: func<(from: number, to: number, flags: number) => number>('int dup3(int, int, int)'),
    bind: func<SetAddress>('int bind(int, const void *, uint32_t)'),
    connect: func<SetAddress>('int connect(int, const void *, uint32_t)'),
    getsockname: func<(fd: number, address: Octets, length: Length) => number>('int getsockname(int, void *, void *)'),
    setsockopt: func<SetOption>('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: func<GetOption>('int getsockopt(int, int, int, void *, void *)'),
    ioctl: func<(fd: number, request: number, value: Octets) => number>('int ioctl(int, unsigned long, void *)'),
    ioctlNumber: library.func('ioctl', 'int', ['int', 'unsigned long', 'intptr_t']) as Ioctl,
    send: func<Transfer>('intptr_t send(int, const void *, size_t, int)'),
    sendto: func<SendTo>('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    recvmsg: func<(fd: number, message: Octets, flags: number) => number>('intptr_t recvmsg(int, void *, int)'),
    recvAt: library.func('recv', 'intptr_t', ['int', 'uintptr_t', 'size_t', 'int']) as TransferAt,
    recv: func<Transfer>('intptr_t recv(int, void *, size_t, int)'),
    readAt: library.func('read', 'intptr_t', ['int', 'uintptr_t', 'size_t']) as ReadAt,
    writeAt: library.func('write', 'intptr_t', ['int', 'uintptr_t', 'size_t']) as ReadAt,
    /** `syscall(2)` with a number, a pointer, and a size that some take. */
    syscallPointer: (number: number, value: number, octets: Octets, size = 0): number =>
      syscallPointer(number, value, octets, size),
    syscallNumbers: (number: number, fd: number, submit: number, complete: number, flags: number): number =>
      syscallNumbers(number, fd, submit, complete, flags, 0, 0),
    /** Maps `size` octets of a descriptor, shared and populated, for reading and writing. */
    map: (fd: number, size: number, offset: number): ArrayBuffer => {
      const pointer = mmap(
        null,
        size,
        3 /* PROT_READ | PROT_WRITE */,
        0x8001 /* MAP_SHARED | MAP_POPULATE */,
        fd,
        offset,
      )
      if (BigInt.asIntN(64, BigInt(koffi.address(pointer))) === -1n) throw syscallError('mmap', koffi.errno())
      return koffi.view(pointer, size)
    },
    munmap: library.func('munmap', 'int', ['uintptr_t', 'size_t']) as Unmap,
    setns: func<(fd: number, type: number) => number>('int setns(int, int)'),
    unshare: func<(flags: number) => number>('int unshare(int)'),
    mount: func<Mount>('int mount(const char *, const char *, const char *, unsigned long, const void *)'),
    umount2: func<(target: string, flags: number) => number>('int umount2(const char *, int)'),
    epollCreate: func<(flags: number) => number>('int epoll_create1(int)'),
    epollControl: func<EpollControl>('int epoll_ctl(int, int, int, void *)'),
    epollWait: func<(epoll: number, events: Octets, count: number, wait: number) => number>(
      'int epoll_wait(int, void *, int, int)',
    ),
  }
}

type SetAddress = (fd: number, address: Octets, length: number) => number
type SetOption = (fd: number, level: number, option: number, value: Octets, length: number) => number
type GetOption = (fd: number, level: number, option: number, value: Octets, length: Length) => number
type Ioctl = (fd: number, request: number, value: number) => number
type Transfer = (fd: number, octets: Octets, length: number, flags: number) => number
type SendTo = (fd: number, octets: Octets, size: number, flags: number, to: Octets | null, length: number) => number
type TransferAt = (fd: number, address: number, length: number, flags: number) => number
type ReadAt = (fd: number, address: number, length: number) => number
type Unmap = (address: number, length: number) => number
type Mount = (source: string, target: string, type: string, flags: number, data: null) => number
type EpollControl = (epoll: number, operation: number, fd: number, event: Octets) => number

function loadError(reason: KoffiLoadError['reason'], message: string, cause: unknown): KoffiLoadError {
  return Object.assign(new Error(`@vnet/ffi: koffi ${message}`, { cause }), { reason })
}
