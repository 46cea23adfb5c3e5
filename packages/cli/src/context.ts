/** What the commands work with: the global options, the terminal, and the way to a host. @module */
import type { Driver, Host } from '@vnet/core'
import { type ColorChoice, type Palette, paletteFor, type Terminal } from './terminal.js'

/** The options that every command has. */
export interface Settings {
  /** The backend; by `VNET_DRIVER` or `auto` when absent. */
  readonly driver?: 'auto' | 'napi' | 'ffi' | 'mock'
  /** The namespace to act in. */
  readonly namespace?: string
  /** Output as JSON. */
  readonly json: boolean
  /** The file in which the mock keeps its state. */
  readonly state?: string
  /** When colours are used. */
  readonly color: ColorChoice
}

/** One call of the command. */
export interface Context {
  /** The global options, once they are read. */
  readonly settings: Settings
  /** Input and output. */
  readonly terminal: Terminal
  /** Colours, or none. */
  readonly palette: Palette
  /** A backend of the caller's own, in place of the one that is named. */
  readonly driver?: Driver
  /** The exit status so far. */
  status: number
  /** Opens the chosen backend in the chosen namespace, and closes it afterwards. The mock's state is kept in its file. */
  withHost<T>(body: (host: Host) => Promise<T>, options?: HostOptions): Promise<T>
}

/** How a host is opened. */
export interface HostOptions {
  /** Only reads: the mock's file is neither locked nor written. */
  readonly reading?: boolean
  /** Only watches: changes that other calls make to the mock's file are changes here. */
  readonly following?: boolean
  /** The mock begins empty and is not kept. */
  readonly forgetful?: boolean
}

/** The context of a call; `settings` is asked when a command runs, when the options have been read. */
export function contextOf(terminal: Terminal, settings: () => Settings, own?: Driver): Context {
  return {
    terminal,
    status: 0,
    ...(own === undefined ? {} : { driver: own }),
    get settings() {
      return settings()
    },
    get palette() {
      return paletteFor(terminal, settings().color)
    },
    async withHost(body, options = {}) {
      const { openHost } = await import('@vnet/core')
      const { driver, namespace, state } = settings()
      const place = namespace === undefined ? {} : { namespace }
      if (own !== undefined) return closing(await openHost({ driver: own, ...place }), body)
      const isMock = (driver ?? terminal.env.VNET_DRIVER) === 'mock'
      if (!isMock) {
        // `VNET_DRIVER` is read here, not in core, because a terminal can be a test's.
        const fromEnvironment = terminal.env.VNET_DRIVER as Settings['driver']
        const choice = driver ?? (fromEnvironment || 'auto')
        return closing(await openHost({ driver: choice, ...place }), body)
      }
      if (options.forgetful) {
        const { mockDriver } = await import('@vnet/mock')
        return closing(await openHost({ driver: mockDriver(), ...place }), body)
      }
      const { defaultStateFile, loadMock, readState, withState } = await import('./state-file.js')
      const file = state ?? defaultStateFile(terminal.env)
      if (options.following) {
        const { followingDriver } = await import('./state-watch.js')
        return closing(await openHost({ driver: await followingDriver(file), ...place }), body)
      }
      const run = async (saved: unknown, save?: (state: unknown) => void) => {
        const mock = await loadMock(file, saved)
        return closing(await openHost({ driver: mock, ...place }), async (host) => {
          try {
            return await body(host)
          } finally {
            save?.(mock.save())
          }
        })
      }
      return options.reading ? run(await readState(file)) : withState(file, run)
    },
  }
}

async function closing<T>(host: Host, body: (host: Host) => Promise<T>): Promise<T> {
  try {
    return await body(host)
  } finally {
    await host.close()
  }
}
