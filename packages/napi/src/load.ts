/** Finds and loads the native binary, or says exactly why it cannot. @module */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { SyscallError, Syscalls } from '@vnet/linux'

/** The native binary's exports. */
export interface Addon extends Omit<Syscalls, 'name' | 'transfer'> {
  /** Sets the function that makes the errors which failing calls throw. */
  useErrors(make: (syscall: string, errno: number) => SyscallError): void
  /** Why there is no io_uring: an error number, -1 when it was switched off; 0 where there is one. */
  ringReason(): number
}

/** Why the native binary could not be loaded. */
export type NativeReason =
  /** No binary for this platform, architecture and C library. */
  | 'missing'
  /** Node was told not to load addons (`--no-addons`, or the permission model without `--allow-addons`). */
  | 'forbidden'
  /** A binary was found and the dynamic loader refused it; `cause` tells why. */
  | 'broken'

/** What {@link loadAddon} throws. */
export interface NativeLoadError extends Error {
  /** `missing`, `forbidden` or `broken`. */
  readonly reason: NativeReason
}

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const remedy = '@vnet/ffi offers the same without a compiler: npm install @vnet/ffi'

/**
 * Loads the binary: `build/Release` if it was compiled here, else the one that came with the package.
 *
 * @throws NativeLoadError
 */
export function loadAddon(): Addon {
  const path = findBinary()
  try {
    return require(path) as Addon
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED') {
      throw loadError(
        'forbidden',
        `@vnet/napi: this process may not load native addons (--no-addons, or --permission without --allow-addons); ${path} was not loaded`,
        error,
      )
    }
    throw loadError(
      'broken',
      `@vnet/napi: ${path} was found but does not load: ${(error as Error).message}. ${remedy}`,
      error,
    )
  }
}

function findBinary(): string {
  const { platform, arch } = process
  let finder: { path(directory: string): string }
  try {
    finder = require('node-gyp-build')
  } catch (error) {
    throw loadError('missing', `@vnet/napi: its dependency node-gyp-build is not installed. ${remedy}`, error)
  }
  try {
    return finder.path(root)
  } catch (error) {
    throw loadError(
      'missing',
      `@vnet/napi has no native binary for ${platform}-${arch} with ${libc()}. ` +
        `Looked for ${root}build/Release/*.node and ${root}prebuilds/${platform}-${arch}/*.${libc()}.node; ` +
        `it comes with ${shipped().join(', ') || 'none'}. ` +
        'To compile it (needs gcc, make and python3): npm install --no-save node-addon-api@8 && ' +
        `npm explore @vnet/napi -- npm run build:native. ${remedy}`,
      error,
    )
  }
}

/** The C library as node-gyp-build sees it: file names are matched against this word. */
function libc(): string {
  return process.env.LIBC ?? (existsSync('/etc/alpine-release') ? 'musl' : 'glibc')
}

function shipped(): string[] {
  try {
    return readdirSync(`${root}prebuilds`, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.node'),
    )
  } catch {
    return []
  }
}

function loadError(reason: NativeReason, message: string, cause: unknown): NativeLoadError {
  return Object.assign(new Error(message, { cause }), { reason })
}
