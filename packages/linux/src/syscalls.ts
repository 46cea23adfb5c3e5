/**
 * The second seam: what TypeScript cannot do by itself. Two packages implement it (`@vnet/napi`, `@vnet/ffi`).
 *
 * Every function maps to one or two system calls and knows nothing of netlink objects. A function that fails throws a
 * {@link SyscallError}. File descriptors are plain numbers, owned by the caller, always opened close-on-exec, and
 * sockets are always non-blocking.
 *
 * @module
 */

/** What a failed system call throws: an `Error` with these fields. */
export interface SyscallError extends Error {
  /** The kernel's name of the error, such as `EPERM`; `E` and the number where the name is unknown. */
  readonly code: string
  /** The error number, positive. */
  readonly errno: number
  /** The system call that failed, such as `setns`. */
  readonly syscall: string
}

/** Bits of the `events` argument of a {@link Syscalls.poll} callback, and of {@link PollHandle.watch}. */
export const READABLE = 1
/** The file descriptor can be written without blocking. */
export const WRITABLE = 2
/** The device behind the descriptor went away, or the descriptor became invalid; no further callback comes. */
export const GONE = 4

/** A subscription to the readiness of one file descriptor on the event loop of the calling thread. */
export interface PollHandle {
  /** Chooses what to wait for: {@link READABLE}, {@link WRITABLE}, both (or-ed), or 0 to pause. Level-triggered. */
  watch(events: number): void
  /** Whether a waiting handle keeps the process alive (default true). */
  ref(keep: boolean): void
  /** Ends the subscription; idempotent. The descriptor stays open: close it after this. No callback comes afterwards. */
  close(): void
}

/** The system calls that a binding offers. All are synchronous and none blocks on I/O. */
export interface Syscalls {
  /** The binding's name, shown to users. */
  readonly name: 'napi' | 'ffi'

  /**
   * `socket(2)` with `SOCK_CLOEXEC | SOCK_NONBLOCK` added.
   *
   * @param namespace A descriptor of a network namespace: the socket is made there and stays there. The calling thread
   * is in its own namespace again when the call returns, also when it throws.
   */
  socket(family: number, type: number, protocol: number, namespace?: number): number

  /** `open(2)` with `O_CLOEXEC` added; `namespace` as in {@link Syscalls.socket} (`/dev/net/tun` belongs to the opener's namespace). */
  open(path: string, flags: number, namespace?: number): number

  /** `close(2)`. A subscription that waits for this descriptor ends with it. */
  close(fd: number): void

  /** `bind(2)` to the address given as the octets of its sockaddr. */
  bind(fd: number, address: Uint8Array): void

  /** `connect(2)` to the address given as the octets of its sockaddr. */
  connect(fd: number, address: Uint8Array): void

  /** `getsockname(2)`: the octets of the local address. */
  socketName(fd: number): Uint8Array

  /** `setsockopt(2)`. */
  setOption(fd: number, level: number, option: number, value: Uint8Array): void

  /** `getsockopt(2)` into `value`; returns the length. */
  getOption(fd: number, level: number, option: number, value: Uint8Array): number

  /**
   * `ioctl(2)` with a pointer to `argument`, which the kernel may change, or with a plain number. Returns its result.
   * `namespace` as in {@link Syscalls.socket}: `/dev/ppp` goes by the namespace of the caller, not by that of the opener.
   */
  ioctl(fd: number, request: number, argument: Uint8Array | number, namespace?: number): number

  /**
   * `ioctl(2)` whose argument holds, `offset` octets from its start, a pointer to `pointed`, which the kernel may change
   * (`ifr_data` of a `struct ifreq`). The argument itself stays as it is. The kernel may write 4096 octets there, or as many
   * as `pointed` has where that is more. Returns its result.
   */
  ioctlPointing(fd: number, request: number, argument: Uint8Array, offset: number, pointed: Uint8Array): number

  /** `send(2)` with `MSG_DONTWAIT | MSG_NOSIGNAL`; returns the octets sent, 0 when it would block. Retries EINTR. */
  send(fd: number, bytes: Uint8Array, length?: number): number

  /**
   * `recv(2)` with `MSG_DONTWAIT | MSG_TRUNC`, repeated until it would block, `lengths` is full, or fewer than
   * `reserve` octets are left in `slab`. Datagrams lie in `slab` one after another, each starting at the next multiple
   * of 4 after the end of the one before; `lengths[i]` is the true length of datagram i. Returns their number, 0 when it
   * would block. A datagram longer than the room it had was cut: only the last one can be, and its `lengths` entry tells,
   * being greater than the octets left behind its start. The first is received whatever `reserve` says. An error after
   * at least one datagram is kept back for the next call (it is never lost): so go on until 0. Retries EINTR.
   */
  receive(fd: number, slab: Uint8Array, lengths: Int32Array, reserve: number): number

  /**
   * `sendto(2)` of one datagram with `MSG_DONTWAIT | MSG_NOSIGNAL`, to the address given as the octets of its sockaddr, or
   * without octets to whom the socket is connected. Returns `false` when it would block. Retries EINTR.
   */
  sendTo(fd: number, bytes: Uint8Array, address: Uint8Array): boolean

  /**
   * `recvmsg(2)` of one datagram with `MSG_DONTWAIT | MSG_TRUNC`: its octets into `bytes`, the sockaddr of its sender into
   * `address`, control messages (cmsg(3)) into `control`; `lengths[0]` is the length of the address, `lengths[1]` that of
   * the control messages. Retries EINTR.
   *
   * @returns Its true length, more than `bytes` has where it was cut; -1 when it would block.
   */
  receiveMessage(fd: number, bytes: Uint8Array, address: Uint8Array, control: Uint8Array, lengths: Int32Array): number

  /**
   * `read(2)` from a TUN or TAP that does not block, repeated until it would block, `limit` frames are there, `spans` is
   * full, or fewer than `headroom + most` octets are left in `slab`. Frames lie in order, each behind `headroom` octets
   * left as they were; `skip` octets in front of each (a virtio header) do not count: `spans[2 * i]` is the offset behind
   * them, `spans[2 * i + 1]` the length without them. Each frame has room for at least `most` octets; one that fills
   * what is left of the slab is taken for cut, and its length is negative. Frames that were read and found no room come with
   * the next call. Retries EINTR.
   *
   * @returns Frames; 0 when it would block; the negative error number when the first read failed (`EBADFD`, 77: the link
   * was deleted). An error after the first frame comes again at the next call.
   */
  readBatch(
    fd: number,
    slab: Uint8Array,
    spans: Int32Array,
    limit: number,
    headroom: number,
    skip: number,
    most: number,
  ): number

  /**
   * Whether frames were read that found no room in the slab: the next `readBatch` has them, and `poll` does not tell of them.
   * Absent where that cannot be.
   */
  holds?(fd: number): boolean

  /**
   * `write(2)` of the frames `from` to `to` (exclusive) of `spans`, each with the `prefix` octets in front of it, until it
   * would block. A frame that is refused does not stop the others: `refused[0]` is the number of those, followed by pairs
   * of frame and error number; it stops when that is full. Retries EINTR.
   *
   * @returns Frames sent or refused, from `from` on; 0 when it would block; the negative error number when the first write
   * found the descriptor unusable (`EBADF`, `EBADFD`).
   */
  writeBatch(
    fd: number,
    slab: Uint8Array,
    spans: Int32Array,
    from: number,
    to: number,
    prefix: number,
    refused: Int32Array,
  ): number

  /** How `readBatch` and `writeBatch` work here, in words: by `io_uring`, or why not that. */
  transfer(): string

  /** `bpf(2)` with `BPF_PROG_LOAD` of a socket filter, 8 octets an instruction; returns a descriptor of the program. */
  loadProgram(instructions: Uint8Array, license: string): number

  /** `setsockopt(2)` with `SO_ATTACH_FILTER`: a classic BPF program, 8 octets an instruction (`linux/filter.h`). */
  attachFilter(fd: number, instructions: Uint8Array): void

  /**
   * `mmap(2)` of the first `length` octets of a descriptor, shared, for reading and writing. The octets are the kernel's
   * memory until {@link Syscalls.unmap}; the descriptor may be closed before.
   */
  map(fd: number, length: number): Uint8Array

  /** Takes back what {@link Syscalls.map} gave: afterwards it has no octets, nor has any view of it. Idempotent. */
  unmap(memory: Uint8Array): void

  /**
   * Subscribes to the readiness of `fd` on the calling thread's event loop. Starts paused. An error of a socket, such as
   * netlink's ENOBUFS, counts as readiness: receive it. A handle that waits is kept by the loop; one that is paused and
   * forgotten is collected. Two that wait for one descriptor are refused (EEXIST).
   */
  poll(fd: number, ready: (events: number) => void): PollHandle

  /**
   * Makes a new network namespace and returns a descriptor of it (`/proc/thread-self/ns/net` after
   * `unshare(CLONE_NEWNET)`). It lives as long as a descriptor, a bind mount or a socket in it does. The calling thread
   * does not change its namespace.
   */
  createNamespace(): number

  /** `mount(2)`; strings may be empty. `flags` may exceed 31 bits. */
  mount(source: string, target: string, type: string, flags: number): void

  /** `umount2(2)`. */
  unmount(target: string, flags: number): void
}
