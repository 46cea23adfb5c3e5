/** Lists of domain names as options carry them (RFC 1035 § 3.1 and § 4.1.4; RFC 3397). @module */

/** Octets of a label, and of a name with the lengths of its labels and the zero at its end. */
const longestLabel = 63
const longestName = 255
/** Most pointers of a name: it has no more labels. Chains of pointers to pointers would cost time, and nobody writes them. */
const mostPointers = 127
/** The largest offset that a pointer can name. */
const farthest = 0x3fff

/** A label of a host's name, and those with `_` that services have. What is none could harm a file that it is written to. */
const label = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i

/** Whether text is a domain name that can be sent: labels of at most 63 letters, digits, `-` and `_`, 255 octets in all. */
export function isDomainName(text: string): boolean {
  const labels = text.split('.')
  return text.length + 2 <= longestName && labels.every((one) => one.length <= longestLabel && label.test(one))
}

/**
 * Reads domain names one after another; each may end with a pointer to what stands further to the front. `undefined` where
 * the octets are no such list, or a label holds what no host's name does.
 */
export function readDomainNames(bytes: Uint8Array): string[] | undefined {
  const names: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const read = readName(bytes, at)
    if (read === undefined) return undefined
    names.push(read.name)
    at = read.next
  }
  return names.length === 0 ? undefined : names
}

function readName(bytes: Uint8Array, start: number): { name: string; next: number } | undefined {
  const labels: string[] = []
  let at = start
  let next: number | undefined
  /** Pointers lead to the front only, so none is followed twice. */
  let limit = start
  let pointers = 0
  let size = 1
  for (;;) {
    const length = bytes[at]
    if (length === undefined) return undefined
    if (length === 0) break
    if (length >= 0xc0) {
      const low = bytes[at + 1]
      if (low === undefined) return undefined
      next ??= at + 2
      const target = ((length & 0x3f) << 8) | low
      pointers++
      if (target >= limit || pointers > mostPointers) return undefined
      limit = target
      at = target
      continue
    }
    const text = readLabel(bytes, at)
    if (text === undefined) return undefined
    size += length + 1
    if (size > longestName) return undefined
    labels.push(text)
    at += length + 1
  }
  if (labels.length === 0) return undefined
  return { name: labels.join('.'), next: next ?? at + 1 }
}

/** The label at `at`; `undefined` where it leads out of the octets, or is none of a host's. */
export function readLabel(bytes: Uint8Array, at: number): string | undefined {
  const length = bytes[at] as number
  if (length > longestLabel || at + 1 + length > bytes.length) return undefined
  const text = String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length))
  return label.test(text) ? text : undefined
}

/** Writes domain names; ends that a name shares with one before are a pointer (RFC 1035 § 4.1.4). The names have been checked. */
export function domainNameOctets(names: readonly string[]): Uint8Array {
  const out: number[] = []
  const seen = new Map<string, number>()
  for (const name of names) {
    const labels = name.split('.')
    let i = 0
    for (; i < labels.length; i++) {
      const rest = labels.slice(i).join('.').toLowerCase()
      const known = seen.get(rest)
      if (known !== undefined) {
        out.push(0xc0 | (known >> 8), known & 0xff)
        break
      }
      if (out.length <= farthest) seen.set(rest, out.length)
      out.push(...labelOctets(labels[i] as string))
    }
    if (i === labels.length) out.push(0)
  }
  return Uint8Array.from(out)
}

/** A label with its length. */
export function labelOctets(text: string): number[] {
  return [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))]
}
