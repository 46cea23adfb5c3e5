// Finding programs, also those of administrators, which PATH often lacks.
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'

const directories = [
  ...(process.env.PATH ?? '').split(':'),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/libexec',
  '/usr/lib/qemu',
]

/** The path of a program, or `undefined`. */
export function find(/** @type {string} */ name) {
  return directories.map((directory) => join(directory, name)).find(isProgram)
}

function isProgram(/** @type {string} */ path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
