/** Filter expressions of libpcap, compiled by the installed `tcpdump` (docs/decisions/0013). @module */
import { execFile } from 'node:child_process'
import { type CaptureFormat, remedyOf, VnetError } from '@vnet/core'
import { type Instruction, parseProgram } from './bpf.js'

/** Names of the formats for `tcpdump -y`. */
const linkTypes: Readonly<Record<CaptureFormat, string>> = { ethernet: 'EN10MB', ip: 'RAW', cooked: 'LINUX_SLL' }

/** Where administrators' programs are, which are not in everybody's PATH. */
const administrative = '/usr/local/sbin:/usr/sbin:/sbin'

/** PATH with the places of administrators' programs. */
export function searchPath(): string {
  return process.env.PATH ? `${process.env.PATH}:${administrative}` : administrative
}

/**
 * Compiles an expression for frames of a format.
 *
 * @throws VnetError `EINVAL` with libpcap's sentence · `VNET_PROGRAM_MISSING`
 */
export async function compileFilter(
  expression: string,
  format: CaptureFormat,
  subject: string | undefined,
): Promise<Instruction[]> {
  // Behind `--` an expression can begin with a dash and is no option.
  const words = ['-ddd', '-y', linkTypes[format], '--', expression]
  const { error, stdout, stderr } = await run('tcpdump', words)
  if (error?.code === 'ENOENT' || error?.code === 'EACCES') {
    throw new VnetError({
      code: 'VNET_PROGRAM_MISSING',
      operation: 'capture open',
      subject: 'tcpdump',
      detail: 'filter expressions are compiled by it',
      hint: remedyOf('capture filter'),
      cause: error,
    })
  }
  const complaint = sentenceOf(stderr)
  if (error === undefined) {
    try {
      return parseProgram(stdout)
    } catch (odd) {
      throw refused(subject, complaint ?? (odd as Error).message, odd)
    }
  }
  throw refused(subject, complaint ?? error.message, error)
}

/** The error of a filter. */
export function refused(subject: string | undefined, detail: string, cause?: unknown): VnetError {
  return new VnetError({
    code: 'EINVAL',
    operation: 'capture open',
    subject,
    attribute: 'options.filter',
    detail,
    errno: 22,
    hint: 'the language is described in pcap-filter(7)',
    cause,
  })
}

/** What libpcap says, without the name of the program and without its warnings. */
function sentenceOf(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^(tcpdump: )?warning:/i.test(line))
  return lines.at(-1)?.replace(/^tcpdump: /, '')
}

interface Outcome {
  readonly error?: { readonly code?: unknown; readonly message: string }
  readonly stdout: string
  readonly stderr: string
}

function run(program: string, words: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, PATH: searchPath(), LC_ALL: 'C' }
  return new Promise((resolve) => {
    execFile(program, words, { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ ...(error === null ? {} : { error }), stdout, stderr }),
    )
  })
}
