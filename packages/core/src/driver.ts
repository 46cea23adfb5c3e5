/** The first seam: what every backend offers. Types only. @module */
import type { Capabilities } from './capability.js'
import type { Capture, CaptureSpec } from './capture.js'
import type { DriverEvent, EventGroup } from './event.js'
import type { NamespaceHandle, NamespaceRef } from './namespace.js'
import type { PortSpec, TunPort } from './port.js'
import type { PppoeChannel, PppoeSpec } from './pppoe.js'
import type { Program, ProgramSpec } from './program.js'
import type { Request, ResultsOf } from './request.js'
import type { DriverSocket, SocketSpec } from './socket.js'

/** Options that every call takes. */
export interface CallOptions {
  /** Ends the wait with an `AbortError`. What the kernel was already told is not undone. */
  readonly signal?: AbortSignal
}

/**
 * A backend. It receives clean, complete data: the client has checked it. All methods reject with a `VnetError`, with
 * `VNET_CLOSED` after {@link Driver.close}; a capability that is missing is `VNET_UNSUPPORTED` and names it.
 */
export interface Driver extends AsyncDisposable {
  /** The backend's name: `napi`, `ffi`, `mock`, or one of your own. */
  readonly name: string
  /** What it can do. Constant for the driver's life. */
  readonly supports: Capabilities
  /** Opens a connection to a namespace; to the one of the process without an argument. `ENOENT` when it is not there. */
  connect(namespace?: NamespaceRef, options?: CallOptions): Promise<Connection>
  /**
   * Makes a namespace without a name (`'new'`), or opens one (`'current'`: that of the process), and holds it until the
   * handle is closed.
   */
  openNamespace(ref: NamespaceRef | 'new' | 'current', options?: CallOptions): Promise<NamespaceHandle>
  /** Starts a program inside a namespace, as `ip netns exec` does: fresh `/sys`, files of `/etc/netns/NAME` over `/etc`. */
  run(namespace: NamespaceRef, program: ProgramSpec, options?: CallOptions): Promise<Program>
  /** Closes the driver and all its connections and handles. Idempotent. */
  close(): Promise<void>
}

/** A connection to one namespace. */
export interface Connection extends AsyncDisposable {
  /**
   * Carries out the requests in order, pipelined; one result each, a failure does not stop the rest. Not a transaction.
   * Rejects only when closed or aborted.
   */
  execute<const R extends readonly Request[]>(requests: R, options?: CallOptions): Promise<ResultsOf<R>>
  /**
   * Events in kernel order. Subscribed when the returned promise resolves; nothing after that is missed without a
   * `lost` event. Ends when aborted, returned from, or closed.
   */
  watch(groups: readonly EventGroup[], options?: CallOptions): Promise<AsyncIterableIterator<DriverEvent>>
  /**
   * Makes or attaches to a TUN or TAP link in this namespace and returns the port. The port outlives the connection.
   * Nothing is left behind when it rejects.
   */
  openPort(spec: PortSpec, options?: CallOptions): Promise<TunPort>
  /** Captures the frames of a link of this namespace, or of all of them. The capture outlives the connection. */
  openCapture(spec: CaptureSpec, options?: CallOptions): Promise<Capture>
  /** Opens a session of PPPoE in this namespace's kernel. It outlives the connection. Nothing is left behind when it rejects. */
  openPppoe(spec: PppoeSpec, options?: CallOptions): Promise<PppoeChannel>
  /** Opens a socket in this namespace; it is not bound. It outlives the connection. Nothing is left behind when it rejects. */
  openSocket(spec: SocketSpec, options?: CallOptions): Promise<DriverSocket>
  /**
   * Waits until nothing is under way: what was asked before is answered; with a kernel in memory also no frame waits, and
   * everybody who waited for one has had a turn.
   */
  settled(options?: CallOptions): Promise<void>
  /** Closes the connection; pending calls reject with `VNET_CLOSED`. Idempotent. */
  close(): Promise<void>
}
