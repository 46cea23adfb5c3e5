/** Where the command reads its surroundings and writes its output; a test gives its own. @module */

/** The two streams of the command and what is known about them. */
export interface Terminal {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether somebody looks at the output. */
  readonly interactive: boolean
  /** Width in characters. */
  readonly columns: number
  /** Height in lines; 24 when absent. */
  readonly rows?: number
  /** Writes to the output. */
  out(text: string): void
  /** Writes octets to the output, and waits until it takes more. */
  octets(bytes: Uint8Array): Promise<void>
  /** Writes to the error output. */
  err(text: string): void
}

/** When colours are used. */
export type ColorChoice = 'auto' | 'always' | 'never'

/** Functions that put a text into a colour, or leave it alone. */
export interface Palette {
  /** Titles and names. */
  bold(text: string): string
  /** What matters less. */
  dim(text: string): string
  /** What is well. */
  green(text: string): string
  /** What is wrong. */
  red(text: string): string
  /** What is neither. */
  yellow(text: string): string
  /** Addresses. */
  cyan(text: string): string
}

/** The palette for a terminal: colours only on a terminal, and not where `NO_COLOR` is set (no-color.org). */
export function paletteFor(terminal: Terminal, choice: ColorChoice): Palette {
  const { NO_COLOR: refused, TERM: kind } = terminal.env
  const on =
    choice === 'always' ||
    (choice === 'auto' && terminal.interactive && (refused === undefined || refused === '') && kind !== 'dumb')
  const paint = (open: number, close: number) => (text: string) =>
    on && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    green: paint(32, 39),
    red: paint(31, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

/** The streams of this process. */
export function processTerminal(): Terminal {
  return {
    env: process.env,
    interactive: process.stdout.isTTY === true,
    // They change with the window.
    get columns() {
      return process.stdout.columns ?? 80
    },
    get rows() {
      return process.stdout.rows ?? 24
    },
    out: (text) => void process.stdout.write(text),
    octets: (bytes) =>
      new Promise((resolve) => {
        // Told in any case, also when nobody reads any more.
        process.stdout.write(bytes, () => resolve())
      }),
    err: (text) => void process.stderr.write(text),
  }
}
