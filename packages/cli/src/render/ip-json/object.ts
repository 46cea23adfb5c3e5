/** JSON objects whose keys keep the order in which `ip -j` writes them. @module */

/** A JSON object. */
export type JsonObject = { readonly [key: string]: unknown }

/** Entries of a JSON object; those without a value are left out. */
export type JsonEntries = readonly (readonly [key: string, value: unknown] | false | undefined)[]

/** An object of the entries that have a value, in their order. */
export function ordered(entries: JsonEntries): JsonObject {
  const object: Record<string, unknown> = {}
  for (const entry of entries) if (entry && entry[1] !== undefined) object[entry[0]] = entry[1]
  return object
}

/** A number as `ip` writes hexadecimal ones: `0x8`, but `0`. */
export function hex(value: number | undefined): string | undefined {
  if (value === undefined) return undefined
  return value === 0 ? '0' : `0x${value.toString(16)}`
}

/** A type of service as `ip` writes it: `0x08`. */
export function hexOctet(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`
}

/** A switch as a number. */
export function bit(value: boolean | undefined): 0 | 1 | undefined {
  return value === undefined ? undefined : value ? 1 : 0
}

/** Seconds as the kernel counts them, in hundredths. */
export function centiseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 100)
}

/** A bridge identity as `ip` writes it, without leading zeros: `8000.2:0:0:0:0:1`. */
export function bridgeId(id: string | undefined): string | undefined {
  if (id === undefined) return undefined
  const [priority, mac] = id.split('.')
  const octets = mac?.split(':').map((octet) => Number.parseInt(octet, 16).toString(16))
  return `${priority}.${octets?.join(':')}`
}
