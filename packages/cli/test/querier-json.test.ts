/** Who asks for multicast groups, in the shape that `ip` and `bridge` of iproute2 6.13 have; the tests' own is older. */
import { expect, it } from 'vitest'
import { querierEntries } from '../src/render/ip-json/querier.js'

it('an object for each version of IP', () => {
  const ipv4 = { address: '192.0.2.9', link: 7, timer: 254.99 }
  expect(Object.fromEntries(querierEntries({ ipv4 }) as [string, unknown][])).toEqual({
    mcast_querier_state_ipv4: {
      mcast_querier_ipv4_addr: '192.0.2.9',
      mcast_querier_ipv4_port: 7,
      mcast_querier_ipv4_other_timer: '25.5us',
    },
    mcast_querier_state_ipv6: {},
  })
})

it('the bridge itself has no timer; a short one is in nanoseconds', () => {
  const ipv6 = { address: 'fe80::1' }
  const told = querierEntries({ ipv4: { address: '0.0.0.0', timer: 0.5 }, ipv6 })
  expect(told[0]).toEqual([
    'mcast_querier_state_ipv4',
    { mcast_querier_ipv4_addr: '0.0.0.0', mcast_querier_ipv4_other_timer: '50ns' },
  ])
  expect(told[1]).toEqual(['mcast_querier_state_ipv6', { mcast_querier_ipv6_addr: 'fe80::1' }])
})

it('nothing where nobody asks', () => expect(querierEntries(undefined)).toEqual([]))
