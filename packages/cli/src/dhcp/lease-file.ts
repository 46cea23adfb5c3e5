/** The file in which a server keeps its leases: replaced in one step, read by the next. @module */
import { readFile } from 'node:fs/promises'
import { parseIp, VnetError } from '@vnet/core'
import type { DhcpBinding } from '@vnet/dhcp'
import { fileError, writeState } from '../state-file.js'

/** The leases in the file; none where there is none yet. Throws `VNET_DECODE` where it cannot be understood. */
export async function readLeases(file: string): Promise<readonly DhcpBinding[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw fileError('leases read', file, error)
  }
  try {
    const { bindings } = JSON.parse(text) as {
      bindings: readonly (Omit<DhcpBinding, 'until'> & { until: number | null })[]
    }
    return bindings.map((binding) => {
      const until = binding.until ?? Number.POSITIVE_INFINITY
      if (parseIp(binding.address)?.length !== 4 || typeof until !== 'number' || typeof binding.client !== 'string')
        throw new Error(`not a lease: ${JSON.stringify(binding)}`)
      return { ...binding, until }
    })
  } catch (cause) {
    const hint = `delete ${file} to begin afresh, or name another file`
    const detail = (cause as Error).message
    throw new VnetError({ code: 'VNET_DECODE', operation: 'leases read', subject: file, detail, hint, cause })
  }
}

/** Writes leases, one after another: what comes while a file is written is written after it. What fails is told, and tried again. */
export class LeaseFile {
  readonly #file: string
  readonly #problem: (error: unknown) => void
  #next: (() => readonly DhcpBinding[]) | undefined
  #writing: Promise<void> | undefined
  #failure: unknown

  /** @param problem Is told what could not be written. */
  constructor(file: string, problem: (error: unknown) => void) {
    this.#file = file
    this.#problem = problem
  }

  /** Writes what `bindings` says when its turn has come. Resolves when that was tried; a failure is told, not thrown. */
  save(bindings: () => readonly DhcpBinding[]): Promise<void> {
    this.#next = bindings
    this.#writing ??= this.#write()
    return this.#writing
  }

  /** Resolves when all is written; rejects where the last could not be. */
  async saved(): Promise<void> {
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  async #write(): Promise<void> {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined
      try {
        const bindings = next().map((one) => ({ ...one, until: Number.isFinite(one.until) ? one.until : null }))
        await writeState(this.#file, { bindings }, { flush: true })
        this.#failure = undefined
      } catch (error) {
        this.#failure = error
        this.#problem(error)
      }
    }
    this.#writing = undefined
  }
}
