/** A request as data that can be compared: flags that are the connection's and the order of attributes do not count. */

const headers: Record<string, number> = {
  address: 8,
  route: 12,
  rule: 12,
  neighbour: 12,
  fdb: 12,
  link: 16,
  bridgeVlan: 8,
}

// NLM_F_ACK and NLM_F_ECHO are set by the connection; NLA_F_NESTED is optional for attributes older than the flag.
export function dissect(message: Uint8Array, object: string): object {
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const size = headers[object] as number
  const attributes: string[] = []
  for (let at = 16 + size; at + 4 <= message.length; ) {
    const length = view.getUint16(at, true)
    const type = view.getUint16(at + 2, true) & 0x3fff
    const value = message.subarray(at + 4, at + length)
    attributes.push(`${type}: ${object === 'route' && type === RTA_METRICS ? words(value) : hex(value)}`)
    at += (length + 3) & ~3
  }
  return {
    type: view.getUint16(4, true),
    flags: view.getUint16(6, true) & ~0x0c,
    header: hex(message.subarray(16, 16 + size)),
    attributes: attributes.sort(),
  }
}

const RTA_METRICS = 8
/** Metrics are eight octets each, in any order. */
function words(value: Uint8Array): string {
  const metrics: string[] = []
  for (let at = 0; at < value.length; at += 8) metrics.push(hex(value.subarray(at, at + 8)))
  return metrics.sort().join(', ')
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(' ')
}
