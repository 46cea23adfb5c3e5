/** Checks of requests about sockets that are there. @module */
import type { SocketFilter } from '../socket-state.js'
import { ipFamily } from './address.js'
import { objectOf } from './object.js'
import { boolean, wholeNumber, word } from './scalar.js'

const filter = objectOf({
  protocol: word(['tcp', 'udp']),
  family: ipFamily,
  port: wholeNumber(1, 65_535),
  listening: boolean,
})

/** `socket list`. */
export function socketFilter(value: unknown): SocketFilter {
  return filter(value, 'spec') as SocketFilter
}
