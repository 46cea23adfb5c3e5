/** What can be said of a new address, as of an alias, which is one. @module */
import { scope } from '../named-parameter.js'
import * as take from '../parameter.js'

/** The other end, where there is one. */
export const peer = take.text('peer', 'prefix', 'the other end of a point-to-point link')

const lifetime: take.Value = {
  placeholder: 'seconds|forever',
  completion: ['forever'],
  read: (given, flag) =>
    given === 'forever' ? Number.POSITIVE_INFINITY : (take.secondsValue.read(given, flag) as number),
}

/** The settings of addresses of both versions of IP. */
export const settings: readonly take.Parameter[] = [
  take.text('broadcast', 'address|+', 'broadcast address; + computes it', {
    value: { placeholder: 'address|+', read: (given) => (given === '+' ? true : given) },
  }),
  scope('scope', 'how far it is valid'),
  take.duration('validLifetime', 'time until it is removed', { value: lifetime }),
  take.duration('preferredLifetime', 'time until it is deprecated', { value: lifetime }),
  take.whole('metric', 'metric of the route to its network'),
  take.denial('noPrefixRoute', 'prefix-route', 'the kernel makes the route to its network'),
  take.toggle('autoJoin', 'join the multicast group of the address'),
]
