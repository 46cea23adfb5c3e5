/** Where Wireshark looks for programs that capture, and the launcher of ours. @module */
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ErrorCode, VnetError } from '@vnet/core'
import { missing } from '../missing.js'
import { commandFile } from '../place.js'

/** The line by which the launcher is known as ours. */
const MARK = '# Made by `vnet extcap install`; `vnet extcap uninstall` removes it.'

/** The launcher's name. */
const NAME = 'vnet'

/**
 * Wireshark's personal folder for such programs, as `tshark -G folders` tells it.
 *
 * @throws VnetError `VNET_PROGRAM_MISSING` no tshark
 */
export async function personalFolder(): Promise<string> {
  let text: string
  try {
    text = (await promisify(execFile)('tshark', ['-G', 'folders'], { env: { ...process.env, LC_ALL: 'C' } })).stdout
  } catch (error) {
    throw new VnetError({
      code: 'VNET_PROGRAM_MISSING',
      operation: 'extcap install',
      subject: 'tshark',
      detail: 'it tells where Wireshark looks for such programs',
      hint: 'install tshark, or name the folder: --folder',
      cause: error,
    })
  }
  const folder = (title: string) => new RegExp(`^${title}:\\s*(\\S.*)$`, 'im').exec(text)?.[1]
  // Before Wireshark 4.2 there is no such line: it is a folder of the personal configuration then.
  const personal = folder('Personal Extcap path')
  const configuration = folder('Personal configuration')
  if (personal !== undefined) return personal
  if (configuration !== undefined) return join(configuration, 'extcap')
  throw missing('extcap install', 'ENOENT', 'the folder', 'tshark does not tell it; name it: --folder')
}

/** Writes the launcher into a folder, which is made where it is not there; returns its path. */
export async function install(folder: string): Promise<string> {
  const path = join(folder, NAME)
  const ours = await isOurs(path)
  if (ours === false) {
    throw new VnetError({
      code: 'EEXIST',
      operation: 'extcap install',
      subject: path,
      hint: 'another program has this name there; move it away, or choose another --folder',
    })
  }
  const script = `#!/bin/sh\n${MARK}\nexec ${quoted(process.execPath)} ${quoted(commandFile)} extcap run -- "$@"\n`
  try {
    await mkdir(folder, { recursive: true })
    const draft = `${path}.${process.pid}`
    await writeFile(draft, script)
    await chmod(draft, 0o755)
    await rename(draft, path)
  } catch (error) {
    throw failure('extcap install', path, error)
  }
  return path
}

/** Removes the launcher; returns where it was. */
export async function uninstall(folder: string): Promise<string> {
  const path = join(folder, NAME)
  const ours = await isOurs(path)
  if (ours === undefined) throw missing('extcap uninstall', 'ENOENT', path, 'it is not installed there')
  if (!ours) throw missing('extcap uninstall', 'EEXIST', path, 'this is another program; it stays')
  try {
    await rm(path)
  } catch (error) {
    throw failure('extcap uninstall', path, error)
  }
  return path
}

/** Whether what lies there is our launcher; `undefined` where nothing does. */
async function isOurs(path: string): Promise<boolean | undefined> {
  try {
    return (await readFile(path, 'latin1')).includes(MARK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('extcap', path, error)
  }
}

function failure(operation: string, subject: string, error: unknown): VnetError {
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  return new VnetError({
    code: (code ?? 'EIO') as ErrorCode,
    operation,
    subject,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    hint: 'choose a folder that you may write: --folder',
    cause: error,
  })
}

/** A word for the shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
