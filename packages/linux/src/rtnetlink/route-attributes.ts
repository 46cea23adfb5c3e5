/** Attribute tables of routes: enum RTA_* and RTAX_* (`linux/rtnetlink.h`). @module */
import { type Attribute, attributes, bool32, custom, ip, octets, u8, u16, u32 } from '../netlink/attribute.js'
import { nested } from '../netlink/nested.js'
import * as k from './constants-ip.js'

const milliseconds = (type: number, name: string): Attribute<number> =>
  custom<number>(
    type,
    name,
    'u32',
    4,
    (to, value) => to.u32Attribute(type, Math.round(value * 1000)),
    (from, at) => from.u32(at) / 1000,
  )

/** Metrics of a route. */
export const metricAttributes = attributes({
  lock: u32(k.RTAX_LOCK, 'RTAX_LOCK'),
  mtu: u32(k.RTAX_MTU, 'RTAX_MTU'),
  window: u32(k.RTAX_WINDOW, 'RTAX_WINDOW'),
  advmss: u32(k.RTAX_ADVMSS, 'RTAX_ADVMSS'),
  hopLimit: u32(k.RTAX_HOPLIMIT, 'RTAX_HOPLIMIT'),
  initialCongestionWindow: u32(k.RTAX_INITCWND, 'RTAX_INITCWND'),
  rtoMin: milliseconds(k.RTAX_RTO_MIN, 'RTAX_RTO_MIN'),
  initialReceiveWindow: u32(k.RTAX_INITRWND, 'RTAX_INITRWND'),
  quickAck: bool32(k.RTAX_QUICKACK, 'RTAX_QUICKACK'),
})

/** The bit of each metric in RTAX_LOCK. */
export const metricBits = {
  mtu: 1 << k.RTAX_MTU,
  window: 1 << k.RTAX_WINDOW,
  advmss: 1 << k.RTAX_ADVMSS,
  hopLimit: 1 << k.RTAX_HOPLIMIT,
  rtoMin: 1 << k.RTAX_RTO_MIN,
} as const

/** Attributes of a route. */
export const routeAttributes = attributes({
  destination: ip(1, 'RTA_DST'),
  from: ip(2, 'RTA_SRC'),
  inputLink: u32(3, 'RTA_IIF'),
  link: u32(4, 'RTA_OIF'),
  via: ip(5, 'RTA_GATEWAY'),
  metric: u32(6, 'RTA_PRIORITY'),
  source: ip(7, 'RTA_PREFSRC'),
  metrics: nested(8, 'RTA_METRICS', metricAttributes),
  nextHops: octets(9, 'RTA_MULTIPATH'),
  flow: u32(11, 'RTA_FLOW'),
  cache: octets(12, 'RTA_CACHEINFO'),
  table: u32(15, 'RTA_TABLE'),
  mark: u32(16, 'RTA_MARK'),
  viaOther: octets(18, 'RTA_VIA'),
  newDestination: octets(19, 'RTA_NEWDST'),
  preference: u8(20, 'RTA_PREF'),
  encapsulationType: u16(21, 'RTA_ENCAP_TYPE'),
  encapsulation: octets(22, 'RTA_ENCAP'),
  expires: u32(23, 'RTA_EXPIRES'),
  uid: u32(25, 'RTA_UID'),
  ttlPropagate: u8(26, 'RTA_TTL_PROPAGATE'),
  ipProtocol: u8(27, 'RTA_IP_PROTO'),
  sourcePort: octets(28, 'RTA_SPORT'),
  destinationPort: octets(29, 'RTA_DPORT'),
  nextHopId: u32(30, 'RTA_NH_ID'),
})
