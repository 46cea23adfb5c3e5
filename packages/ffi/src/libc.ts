/** The C library's functions, declared for koffi; loaded on first use. @module */
import { createRequire } from 'node:module'

/** Koffi's module, as its types describe it. */
export type Koffi = typeof import('koffi').default

/** Why koffi could not be loaded. */
export type KoffiReason =
  /** Koffi, or its binary for this platform, is not installed. */
  | 'missing'
  /** Node was told not to load addons (`--no-addons`, or the permission model without `--allow-addons`). */
  | 'forbidden'
  /** Koffi was found and does not work here; `cause` tells why. */
  | 'broken'

/** What `ffiSyscalls` throws when koffi cannot be loaded. */
export interface KoffiLoadError extends Error {
  /** `missing`, `forbidden` or `broken`. */
  readonly reason: KoffiReason
}

/** The functions, with JavaScript types. A pointer is a typed array, valid during the call; -1 means see `errno`. */
export interface Libc {
  readonly koffi: Koffi
  errno(): number
  socket(family: number, type: number, protocol: number): number
  open(path: string, flags: number, mode: number): number
  close(fd: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  connect(fd: number, address: Uint8Array, length: number): number
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array): number
  ioctl(fd: number, request: number, argument: Uint8Array): number
  ioctlNumber(fd: number, request: number, argument: number): number
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number
  recv(fd: number, room: Uint8Array, length: number, flags: number): number
  setns(fd: number, type: number): number
  unshare(flags: number): number
  mount(source: string, target: string, type: string, flags: number, data: null): number
  umount2(target: string, flags: number): number
  epollCreate(flags: number): number
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number
}

/** Loads koffi and declares the functions, in the C library that Node itself runs on. */
export function loadLibc(): Libc {
  const koffi = loadKoffi()
  try {
    const library = koffi.load(null)
    const func = (declaration: string) => library.func(declaration)
    return {
      koffi,
      errno: koffi.errno as () => number,
      socket: func('int socket(int, int, int)'),
      // Variadic in C, which makes no difference to a call without floating point on x86-64, arm64 and riscv64.
      open: func('int open(const char *, int, uint32_t)'),
      close: func('int close(int)'),
      bind: func('int bind(int, const void *, uint32_t)'),
      connect: func('int connect(int, const void *, uint32_t)'),
      getsockname: func('int getsockname(int, void *, void *)'),
      setsockopt: func('int setsockopt(int, int, int, const void *, uint32_t)'),
      getsockopt: func('int getsockopt(int, int, int, void *, void *)'),
      ioctl: func('int ioctl(int, unsigned long, void *)'),
      ioctlNumber: library.func('ioctl', 'int', ['int', 'unsigned long', 'intptr_t']),
      send: func('intptr_t send(int, const void *, size_t, int)'),
      recv: func('intptr_t recv(int, void *, size_t, int)'),
      setns: func('int setns(int, int)'),
      unshare: func('int unshare(int)'),
      mount: func('int mount(const char *, const char *, const char *, unsigned long, const void *)'),
      umount2: func('int umount2(const char *, int)'),
      epollCreate: func('int epoll_create1(int)'),
      epollControl: func('int epoll_ctl(int, int, int, void *)'),
    }
  } catch (error) {
    throw loadError('broken', `koffi cannot call the C library: ${(error as Error).message}`, error)
  }
}

function loadKoffi(): Koffi {
  try {
    const loaded = createRequire(import.meta.url)('koffi') as Koffi & { default?: Koffi }
    return loaded.default ?? loaded
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_DLOPEN_DISABLED') {
      const why = 'this process may not load native addons (--no-addons, or --permission without --allow-addons)'
      throw loadError('forbidden', why, error)
    }
    if (code === 'MODULE_NOT_FOUND') throw loadError('missing', `koffi is not installed: npm install koffi (${message})`, error)
    const where = `${process.platform}-${process.arch}, Node ${process.version}`
    throw loadError(/cannot find/i.test(message) ? 'missing' : 'broken', `koffi does not load on ${where}: ${message}`, error)
  }
}

function loadError(reason: KoffiReason, message: string, cause: unknown): KoffiLoadError {
  return Object.assign(new Error(`@vnet/ffi: ${message}`, { cause }), { reason })
}
