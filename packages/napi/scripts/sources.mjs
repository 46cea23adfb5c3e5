// The digest of native/ that tells which sources a prebuilt binary was made from.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const native = new URL('../native/', import.meta.url)

/** Lines of `sha256sum`, one a file of native/, sorted by name; made of text, so line endings do not count. */
export function sourceDigests() {
  return readdirSync(native)
    .filter((name) => /\.(cc|h|gyp)$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, native), 'utf8').replaceAll('\r\n', '\n')
      return `${createHash('sha256').update(text).digest('hex')}  native/${name}\n`
    })
    .join('')
}
