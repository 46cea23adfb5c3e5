/** Small files, of sysfs mostly: read whole, absent where they are not there or refuse (a driver may answer EINVAL or EOPNOTSUPP). @module */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { quietly } from '../quietly.js'

/** A whole file. */
export const textOf = (path: string): string | undefined => quietly(() => readFileSync(path, 'utf8'))

/** A line, without its end; `undefined` where there is none. */
export function lineOf(path: string): string | undefined {
  return textOf(path)?.replace(/\n$/, '')
}

/** A decimal or hexadecimal number (`0x…`); `undefined` where there is none. */
export function numberOf(path: string): number | undefined {
  const line = lineOf(path)
  if (line === undefined || line === '') return undefined
  const number = Number(line)
  return Number.isNaN(number) ? undefined : number
}

/** The octets of a file. */
export function octetsOf(path: string): Uint8Array | undefined {
  return quietly(() => readFileSync(path))
}

/** The names in a folder, sorted; none where there is no such folder. */
export const namesIn = (path: string): string[] => quietly(() => readdirSync(path).sort()) ?? []

/** The last part of where a symbolic link leads. */
export const targetOf = (path: string): string | undefined =>
  quietly(() => readlinkSync(path))
    ?.split('/')
    .at(-1)

/** A path without symbolic links. */
export const realPathOf = (path: string): string | undefined => quietly(() => realpathSync(path))
