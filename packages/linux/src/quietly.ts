/** Files that may be refused or gone: what cannot be read is left out. @module */

/** What this process lacks, such as descriptors, is no reason for an answer to be short. */
const scarce = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

/** What `body` gives; `undefined` where it throws, unless for want of what this process lacks. */
export function quietly<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch (error) {
    if (scarce.has((error as { code?: string }).code ?? '')) throw error
    return undefined
  }
}
