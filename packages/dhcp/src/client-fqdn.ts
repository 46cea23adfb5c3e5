/** The client's full name, option 81 (RFC 4702): who is to tell the DNS about it. @module */
import { isDomainName, labelOctets, readLabel } from './domain-name.js'

/** Who registers the client's name in the DNS, and which name. */
export interface ClientFqdn {
  /** S: the server is to register the address (client), or does (server). */
  readonly serverUpdates: boolean
  /** O: the server has decided otherwise than the client asked. */
  readonly overridden?: boolean
  /** N: the server is not to register anything, or does not. */
  readonly noUpdates?: boolean
  /** The name; without a dot at its end it is the client's own part, which the server completes. May be empty. */
  readonly name: string
  /** Whether the name is in the form of the DNS (E), as it must be sent today; the other is text. Default `true`. */
  readonly encoded?: boolean
}

const flags = { server: 1, overridden: 2, encoded: 4, none: 8 } as const

/** Reads the option; `undefined` where it is cut short, or its name is none. */
export function readClientFqdn(bytes: Uint8Array): ClientFqdn | undefined {
  if (bytes.length < 3) return undefined
  const flag = bytes[0] as number
  const encoded = (flag & flags.encoded) !== 0
  const name = encoded ? encodedName(bytes.subarray(3)) : textName(bytes.subarray(3))
  if (name === undefined) return undefined
  return {
    serverUpdates: (flag & flags.server) !== 0,
    overridden: (flag & flags.overridden) !== 0,
    noUpdates: (flag & flags.none) !== 0,
    name,
    encoded,
  }
}

/** Labels up to a zero, or to the end where the name is not complete. */
function encodedName(bytes: Uint8Array): string | undefined {
  const labels: string[] = []
  let at = 0
  while (at < bytes.length && bytes[at] !== 0) {
    const label = readLabel(bytes, at)
    if (label === undefined) return undefined
    labels.push(label)
    at += label.length + 1
  }
  // Nothing may follow the zero.
  if (at < bytes.length - 1) return undefined
  const name = labels.join('.')
  return at < bytes.length && name !== '' ? `${name}.` : name
}

function textName(bytes: Uint8Array): string | undefined {
  const name = String.fromCharCode(...bytes)
  return name === '' || isDomainName(name.replace(/\.$/, '')) ? name : undefined
}

/** Octets of the option. @throws RangeError a name that is none */
export function clientFqdnOctets(value: ClientFqdn): Uint8Array {
  const { name, encoded = true } = value
  const bare = name.replace(/\.$/, '')
  if (bare !== '' && !isDomainName(bare)) {
    throw new RangeError(`dhcp.options.client-fqdn: ${JSON.stringify(name)} is not a domain name`)
  }
  const flag =
    (value.serverUpdates ? flags.server : 0) |
    (value.overridden ? flags.overridden : 0) |
    (encoded ? flags.encoded : 0) |
    (value.noUpdates ? flags.none : 0)
  // The two octets behind the flags are results of old servers; senders put 0, receivers ignore them.
  const head = [flag, 0, 0]
  if (!encoded) return Uint8Array.from([...head, ...Array.from(name, (letter) => letter.charCodeAt(0))])
  const labels = bare === '' ? [] : bare.split('.').flatMap(labelOctets)
  return Uint8Array.from([...head, ...labels, ...(name.endsWith('.') ? [0] : [])])
}
