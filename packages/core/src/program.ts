/** Programs that run inside a namespace (`ip netns exec`). @module */

/** What is started. */
export interface ProgramSpec {
  /** The program: a path, or a name looked up in PATH. */
  readonly command: string
  /** Its arguments. */
  readonly args?: readonly string[]
  /** Its environment; that of this process when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Its working directory. */
  readonly cwd?: string
  /** `inherit` shares the terminal of this process (the default); `pipe` collects what it prints. */
  readonly stdio?: 'inherit' | 'pipe'
}

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit status, or `null` when a signal ended it. */
  readonly code: number | null
  /** The signal that ended it, or `null`. */
  readonly signal: string | null
  /** What it printed, with `pipe`; else empty. */
  readonly stdout: string
  /** What it printed on the error stream, with `pipe`; else empty. */
  readonly stderr: string
}

/** A running program. */
export interface Program {
  /** Its process id. */
  readonly pid: number
  /** Resolves when it has ended. */
  readonly ended: Promise<ProgramEnd>
  /** Sends it a signal; default `SIGTERM`. */
  kill(signal?: string): void
}
