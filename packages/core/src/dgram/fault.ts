/** Errors of wrong use, with the codes that `node:dgram` gives them. @module */

const sentences = {
  ERR_SOCKET_ALREADY_BOUND: 'Socket is already bound',
  ERR_SOCKET_BAD_PORT: 'Port should be >= 0 and < 65536',
  ERR_SOCKET_BAD_TYPE: "Bad socket type specified. Valid types are: 'udp4', 'udp6'",
  ERR_SOCKET_DGRAM_IS_CONNECTED: 'Already connected',
  ERR_SOCKET_DGRAM_NOT_CONNECTED: 'Not connected',
  ERR_SOCKET_DGRAM_NOT_RUNNING: 'Not running',
  ENOTFOUND: 'no such host: without a lookup of your own only addresses and localhost are known',
  EBADF: 'bind the socket first (EBADF)',
} as const

/** The error of a wrong use. */
export function misuse(code: keyof typeof sentences): Error & { readonly code: string } {
  return Object.assign(new Error(sentences[code]), { code })
}

/** A port, checked. */
export function portOf(value: unknown, least = 0): number {
  const port = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof port !== 'number' || !Number.isInteger(port) || port < least || port > 65_535)
    throw misuse('ERR_SOCKET_BAD_PORT')
  return port
}
