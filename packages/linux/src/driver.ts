/** The driver of a Linux kernel, over either binding. @module */
import {
  type CallOptions,
  type Capabilities,
  type Connection,
  type Driver,
  type NamespaceHandle,
  type NamespaceRef,
  namespaceText,
  type Program,
  type ProgramSpec,
  VnetError,
} from '@vnet/core'
import { type ConnectionHome, LinuxConnection } from './connection.js'
import { closed, systemError } from './error.js'
import { identityOf, namespacePath, OWN, openNamespaceFile } from './namespace.js'
import { probe } from './probe.js'
import { startProgram } from './program.js'
import { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'

/** Opens the driver of this kernel. Needs no privilege; what needs one fails with `EPERM`, and `supports.admin` says why. */
export async function linuxDriver(syscalls: Syscalls): Promise<Driver> {
  if (process.platform !== 'linux') {
    throw new VnetError({
      code: 'VNET_NO_DRIVER',
      operation: 'open',
      subject: syscalls.name,
      detail: `the operating system is ${process.platform}, not Linux`,
      hint: 'use the backend mock, or a Linux machine',
    })
  }
  let socket: NetlinkSocket
  try {
    socket = new NetlinkSocket(syscalls, undefined, 65536)
  } catch (error) {
    throw systemError(error, 'open', syscalls.name, { hint: 'the kernel or a sandbox refuses netlink sockets' })
  }
  try {
    return new LinuxDriver(syscalls, probe(syscalls, socket))
  } finally {
    socket.close()
  }
}

class LinuxDriver implements Driver, ConnectionHome {
  readonly name: string
  readonly supports: Capabilities
  readonly syscalls: Syscalls
  private readonly connections = new Set<LinuxConnection>()
  /** Descriptors of namespaces that handles hold. */
  private readonly handles = new Map<number, number>()
  private lastHandle = 0
  private isClosed = false

  constructor(syscalls: Syscalls, supports: Capabilities) {
    this.name = syscalls.name
    this.syscalls = syscalls
    this.supports = supports
  }

  async connect(namespace?: NamespaceRef, options?: CallOptions): Promise<Connection> {
    this.check('connect', options)
    const fd = namespace === undefined ? undefined : this.open(namespace, 'connect')
    try {
      const connection = new LinuxConnection(this, fd)
      this.connections.add(connection)
      return connection
    } catch (error) {
      if (fd !== undefined) this.syscalls.close(fd)
      throw systemError(error, 'connect', namespaceText(namespace))
    }
  }

  async openNamespace(ref: NamespaceRef | 'new' | 'current', options?: CallOptions): Promise<NamespaceHandle> {
    const operation = ref === 'new' ? 'namespace add' : 'namespace open'
    this.check(operation, options)
    const fd = ref === 'new' ? this.create() : this.open(ref === 'current' ? { path: OWN } : ref, operation)
    const handle = ++this.lastHandle
    this.handles.set(handle, fd)
    const close = async () => {
      if (!this.handles.delete(handle)) return
      this.syscalls.close(fd)
    }
    return { ref: { handle }, identity: identityOf(fd), close, [Symbol.asyncDispose]: close }
  }

  async run(namespace: NamespaceRef, program: ProgramSpec, options?: CallOptions): Promise<Program> {
    this.check('namespace run', options)
    // Held until the program has started, so that the namespace cannot vanish in between.
    const fd = this.open(namespace, 'namespace run')
    try {
      const path = namespacePath(namespace) ?? `/proc/${process.pid}/fd/${fd}`
      const started = await startProgram(path, 'name' in namespace ? namespace.name : undefined, program)
      const { signal } = options ?? {}
      const abort = () => started.kill()
      signal?.addEventListener('abort', abort, { once: true })
      void started.ended.then(() => {
        signal?.removeEventListener('abort', abort)
        this.syscalls.close(fd)
      })
      return started
    } catch (error) {
      this.syscalls.close(fd)
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    await Promise.all([...this.connections].map((connection) => connection.close()))
    for (const fd of this.handles.values()) this.syscalls.close(fd)
    this.handles.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  descriptor(ref: NamespaceRef, operation: string): { fd: number; close: boolean } {
    if ('fd' in ref) return { fd: ref.fd, close: false }
    if ('handle' in ref) return { fd: this.held(ref.handle, operation), close: false }
    return { fd: openNamespaceFile(this.syscalls, ref, operation), close: true }
  }

  closed(connection: LinuxConnection): void {
    this.connections.delete(connection)
  }

  /** A descriptor of the caller's own. */
  private open(ref: NamespaceRef, operation: string): number {
    if ('handle' in ref) return openNamespaceFile(this.syscalls, { fd: this.held(ref.handle, operation) }, operation)
    return openNamespaceFile(this.syscalls, ref, operation)
  }

  private create(): number {
    try {
      return this.syscalls.createNamespace()
    } catch (error) {
      throw systemError(error, 'namespace add', undefined, { hint: this.supports['namespace anonymous'] as string })
    }
  }

  private held(handle: number, operation: string): number {
    const fd = this.handles.get(handle)
    if (fd === undefined) throw closed(operation, `handle ${handle}`)
    return fd
  }

  private check(operation: string, options: CallOptions | undefined): void {
    options?.signal?.throwIfAborted()
    if (this.isClosed) throw closed(operation, this.name)
  }
}
