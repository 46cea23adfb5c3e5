/** Filters of u32 that look behind headers (`tc filter … u32 … offset`, `at nexthdr+`), and how often they were asked. @module */
import { expect } from 'vitest'
import { eventually } from './expectation.js'
import { addEnds } from './shaping.js'
import type { Suite } from './suite.js'

const needs = ['traffic control', 'link veth', 'qdisc clsact', 'filter u32', 'action gact'] as const
const place = { link: 'v0', parent: 'ingress', protocol: 'ip', priority: 1, kind: 'u32' } as const
/** The length of an IPv4 header: the second half of its first octet, in words of four octets. */
const length = { at: 0, mask: 0x0f00, shift: 6 }
const drop = [{ kind: 'gact', control: 'shot' }] as const

/** Registers the tests. */
export function u32Header(suite: Suite): void {
  for (const eat of [true, false]) {
    suite.test(`behind the IPv4 header, ${eat ? 'eaten' : 'beside it'}`, needs, async ({ ns, host, defer }) => {
      await addEnds(ns, host, defer)
      await eventually(() => ns.ping({ address: '10.7.0.2' }))
      await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
      await ns.filter.add({ ...place, handle: '2:', divisor: 1 })
      await ns.filter.add({ ...place, nextTable: '2:', nextHeader: { ...length, eat } })
      // The type of ICMP: 14 answers with the time, 0 with an echo.
      const type = (value: number) => ({
        keys: [{ offset: 0, value: value * 0x1000000, mask: 0xff000000, fromNextHeader: !eat }],
        actions: drop,
      })
      await ns.filter.add({ ...place, table: '2:', handle: '2::1', ...type(14) })
      await ns.ping({ address: '10.7.0.2', timeout: 10 })
      await ns.filter.add({ ...place, table: '2:', handle: '2::2', ...type(0) })
      await expect(ns.ping({ address: '10.7.0.2', timeout: 0.3 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
      const found = await ns.filter.list({ link: 'v0', parent: 'ingress' })
      const [time, echo] = found.filter(({ table }) => table === '2:')
      expect(time?.statistics).toMatchObject({ matched: 0, keys: [0] })
      expect(time?.statistics?.tried).toBeGreaterThanOrEqual(2)
      expect(echo?.statistics?.matched).toBeGreaterThanOrEqual(1)
      const [action] = echo?.actions ?? []
      expect(action?.statistics?.drops).toBeGreaterThanOrEqual(1)
    })
  }
}
