/** Checks of requests about tokens. @module */
import { rangeFault } from '../argument.js'
import type { CleanTokenSpec, TokenFilter, TokenKey } from '../token.js'
import { objectOf } from './object.js'
import { type Check, ipAddress, linkRef } from './scalar.js'

/** Octets that are the router's. */
const prefixOctets = 8

const token: Check<Uint8Array> = (value, path) => {
  const octets = ipAddress(value, path)
  if (octets.length !== 16) throw rangeFault(path, 'a token is of IPv6', 'write it as ::5')
  if (octets.subarray(0, prefixOctets).some((octet) => octet !== 0)) {
    throw rangeFault(path, 'the first 64 bits are the router’s', 'give the last 64 alone: ::5')
  }
  if (octets.every((octet) => octet === 0)) throw rangeFault(path, '`::` is no token', 'token delete takes it away')
  return octets
}

const spec = objectOf({ link: linkRef, token }, ['link', 'token'])
const key = objectOf({ link: linkRef }, ['link'])
const filter = objectOf({ link: linkRef })

/** `token set`. */
export const tokenSpec = (value: unknown): CleanTokenSpec => spec(value, 'spec') as unknown as CleanTokenSpec

/** `token delete`. */
export const tokenKey = (value: unknown): TokenKey => key(value, 'spec') as unknown as TokenKey

/** `token list`. */
export const tokenList = (value: unknown): TokenFilter => filter(value, 'spec')
