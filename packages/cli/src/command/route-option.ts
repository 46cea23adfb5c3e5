/** The options of routes, and how one of several next hops is written. @module */
import { type NextHop, type RouteMetrics, routeTypes } from '@vnet/core'
import { maker, scope, table } from '../named-parameter.js'
import * as take from '../parameter.js'
import { UsageError } from '../usage.js'
import { suggestion } from '../word.js'

/** The specification of a route, its metrics left aside. */
export const specification: readonly take.Parameter[] = [
  take.text('via', 'address', 'the gateway'),
  take.link('link', 'the link to leave by', { flag: 'on' }),
  take.flag('onLink', 'the gateway is on the link although no address says so'),
  take.text('nextHops', 'hop', 'one of several ways: via=10.0.0.1,on=eth0,weight=2', {
    flag: 'next-hop',
    value: { placeholder: 'hop', repeated: true, read: (given) => nextHop(given) },
  }),
  take.whole('nextHopId', 'number of the nexthop object that has the ways', { flag: 'nhid' }),
  take.word('type', routeTypes, 'what it does; default unicast'),
  take.whole('metric', 'preference, the lowest wins'),
  table('table', 'routing table; default main'),
  maker('protocol', 'who made it; default boot'),
  scope('scope', 'how far the destination is'),
  take.text('source', 'address', 'source address of packets that use it'),
  take.text('from', 'prefix', 'only packets from here (IPv6)'),
  take.whole('tos', 'type of service'),
  take.word('preference', ['low', 'medium', 'high'], 'router preference (IPv6)'),
  take.duration('expires', 'time until it is removed (IPv6)'),
]

const lockable = ['mtu', 'advmss', 'window', 'hopLimit', 'rtoMin'] as const

/** The metrics of a route. */
export const metrics: readonly take.Parameter[] = [
  take.whole('mtu', 'path MTU, octets'),
  take.whole('advmss', 'advertised TCP segment size, octets'),
  take.whole('window', 'largest TCP window, octets'),
  take.whole('hopLimit', 'hop limit'),
  take.whole('initialCongestionWindow', 'initial congestion window, segments'),
  take.whole('initialReceiveWindow', 'initial receive window, segments'),
  take.duration('rtoMin', 'least retransmission time'),
  take.toggle('quickAck', 'send acknowledgements at once'),
  take.text('lock', 'metrics', `metrics that path discovery must not change: ${lockable.join(', ')}`, {
    value: { ...take.wordValue('metrics', lockable), list: true },
  }),
]

/** The options given, as a specification. */
export function routeOf(given: Record<string, unknown>): Record<string, unknown> {
  const spec = take.collect(specification, given)
  const measured = take.collect(metrics, given) as RouteMetrics
  return {
    ...spec,
    ...(Object.keys(measured).length > 0 ? { metrics: measured } : {}),
  }
}

const words = ['via', 'on', 'weight', 'on-link']

/** `via=10.0.0.1,on=eth0,weight=2,on-link`. */
export function nextHop(written: string): NextHop {
  const hop: { -readonly [K in keyof NextHop]: NextHop[K] } = {}
  for (const part of written.split(',')) {
    const equals = part.indexOf('=')
    const name = equals === -1 ? part : part.slice(0, equals)
    const value = equals === -1 ? '' : part.slice(equals + 1)
    if (!words.includes(name)) {
      throw new UsageError(`--next-hop: ${JSON.stringify(name)} is not one of its words`, suggestion(name, words))
    }
    if (name === 'on-link' && equals === -1) hop.onLink = true
    else if (value === '' || name === 'on-link') {
      throw new UsageError(`--next-hop: write ${name === 'on-link' ? 'on-link' : `${name}=…`}`)
    } else if (name === 'via') hop.via = value
    else if (name === 'on') hop.link = take.linkRef(value)
    else hop.weight = take.wholeValue('weight').read(value, 'next-hop') as number
  }
  return hop
}
