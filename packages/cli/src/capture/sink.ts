/** Where a capture is written: a file, a pipe, or the output. @module */
import { type FileHandle, open } from 'node:fs/promises'
import { type ErrorCode, VnetError } from '@vnet/core'
import type { Terminal } from '../terminal.js'

/** Takes octets, one call after another. */
export interface Sink {
  /** Writes all of them; `false` when nobody reads any more. */
  write(bytes: Uint8Array): Promise<boolean>
  /** Closes it. */
  close(): Promise<void>
}

/** The output. */
export function outputSink(terminal: Terminal): Sink {
  return {
    async write(bytes) {
      if (bytes.length > 0) await terminal.octets(bytes)
      return true
    },
    close: async () => undefined,
  }
}

/** A file, made anew, or a pipe with a name. */
export async function fileSink(path: string): Promise<Sink> {
  let file: FileHandle
  try {
    file = await open(path, 'w')
  } catch (error) {
    throw failure(error, path)
  }
  return {
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EPIPE') return false
        throw failure(error, path)
      }
    },
    close: () => file.close(),
  }
}

function failure(error: unknown, subject: string): VnetError {
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  const number = errno === undefined ? undefined : Math.abs(errno)
  return new VnetError({
    code: (code ?? 'EIO') as ErrorCode,
    operation: 'capture write',
    subject,
    errno: number,
    syscall,
    hint: 'the file cannot be written: is there such a folder, may you write there, is there room?',
    cause: error,
  })
}
