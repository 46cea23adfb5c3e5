/** Settings of the kernel for a namespace: the files under `/proc/sys/net`, which are those of the thread that opens them (`net_sysctl.c`). @module */
import { readdirSync, readFileSync, readSync, writeSync } from 'node:fs'
import { hintOf, type Request, type Sysctl, subjectOf, sysctlName, sysctlParts, VnetError } from '@vnet/core'
import { systemError } from './error.js'
import { quietly } from './quietly.js'
import type { Syscalls } from './syscalls.js'

const ROOT = '/proc/sys'
const O_RDONLY = 0
const O_WRONLY = 1
const O_DIRECTORY = 0o200000
/** Longest value; the kernel gives one in one piece. */
const longest = 65_536

/** Where and for whom files are opened. */
interface Place {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace; `undefined` for that of the process. */
  readonly ownFd: number | undefined
}

/** The requests about sysctls. */
export type SysctlRequest = Extract<Request, { operation: `sysctl ${string}` }>

/** Carries out a request about sysctls. */
export async function carryOutSysctl(place: Place, request: SysctlRequest): Promise<unknown> {
  try {
    if (request.operation === 'sysctl get') return read(place, request.spec.name)
    if (request.operation === 'sysctl set') return write(place, request)
    return list(place, request.spec.below ?? 'net')
  } catch (error) {
    const hint = hintOf(request, (error as { code?: string }).code ?? '', undefined)
    throw systemError(error, request.operation, subjectOf(request), { hint })
  }
}

const pathOf = (name: string): string => [ROOT, ...sysctlParts(name)].join('/')

function withFile<T>({ syscalls, ownFd }: Place, name: string, flags: number, body: (fd: number) => T): T {
  const fd = syscalls.open(pathOf(name), flags, ownFd)
  try {
    return body(fd)
  } finally {
    syscalls.close(fd)
  }
}

/** One value; `undefined` where there is no such file. */
function read(place: Place, name: string): string | undefined {
  try {
    return withFile(place, name, O_RDONLY, readValue)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function readValue(fd: number): string {
  const octets = new Uint8Array(longest)
  return textOf(new TextDecoder().decode(octets.subarray(0, readSync(fd, octets))))
}

const textOf = (content: string): string => content.replace(/\n$/, '')

/** Writes one value at once, for the kernel takes what comes in two pieces for two values. */
function write(place: Place, request: SysctlRequest & { operation: 'sysctl set' }): undefined {
  const octets = new TextEncoder().encode(`${request.spec.value}\n`)
  const taken = withFile(place, request.spec.name, O_WRONLY, (fd) => writeSync(fd, octets))
  if (taken === octets.length) return undefined
  throw new VnetError({
    code: 'EINVAL',
    operation: request.operation,
    subject: subjectOf(request),
    errno: 22,
    attribute: 'spec.value',
    hint: `the kernel took the first ${taken} octets of the value, and left the rest`,
  })
}

/** Settings below a name, by name. One that goes away meanwhile, or that nobody may read, is left out. */
function list(place: Place, below: string): Sysctl[] {
  const found: Sysctl[] = []
  const walk = (parts: readonly string[]): void => {
    // What is in `net` itself is looked up for who asks; below it the directories are those of the namespace.
    const entries = withFile(place, sysctlName(parts), O_RDONLY | O_DIRECTORY, (fd) => {
      const own = `/proc/self/fd/${fd}`
      const inside = readdirSync(own, { withFileTypes: true })
      for (const entry of inside) {
        if (!entry.isFile()) continue
        const value = quietly(() => textOf(readFileSync(`${own}/${entry.name}`, 'utf8')))
        if (value !== undefined) found.push({ name: sysctlName([...parts, entry.name]), value })
      }
      return inside.filter((entry) => !entry.isFile())
    })
    for (const { name } of entries) quietly(() => walk([...parts, name]))
  }
  const parts = sysctlParts(below)
  try {
    walk(parts)
  } catch (error) {
    if (isMissing(error)) return []
    if ((error as { code?: string }).code !== 'ENOTDIR') throw error
    const value = read(place, below)
    return value === undefined ? [] : [{ name: sysctlName(parts), value }]
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT'
