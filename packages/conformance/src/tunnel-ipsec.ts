/** VTIs carry an echo request once `ip xfrm` has given IPsec its keys: those are no part of vnet. @module */
import type { Capability } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'
import type { Suite } from './suite.js'

/** The mark of the policies, which is the key of the links. */
const mark = 10
const key = `0x${'0f'.repeat(20)}`

/** By kind: the ends outside, and those inside. */
const rows = [
  ['vti', ['192.0.2.1', '192.0.2.2'], ['10.1.0.1', '10.1.0.2'], 24],
  ['vti6', ['2001:db8::1', '2001:db8::2'], ['fd00:1::1', 'fd00:1::2'], 64],
] as const

/** Registers a ping through each. */
export function tunnelIpsec(suite: Suite): void {
  for (const [kind, outer, inner, length] of rows) {
    const needs: readonly Capability[] = [`link ${kind}`, 'link veth', 'namespace exec']
    suite.test(`${kind} carries packets that IPsec protects`, needs, async ({ ns, another, skip }) => {
      const there = await another()
      await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', namespace: there, up: true } })
      const ends = [
        [ns, 'v0', 0],
        [there, 'v1', 1],
      ] as const
      for (const [at, under, side] of ends) {
        const far = 1 - side
        const noDad = kind === 'vti6' ? { noDad: true } : {}
        await at.address.add({ link: under, address: `${outer[side]}/${length}`, ...noDad })
        await giveKeys(at, outer, side, skip)
        const options = { local: outer[side], remote: outer[far], ikey: mark, okey: mark }
        await at.link.add({ kind, name: 't0', up: true, [kind]: options } as never)
        await at.address.add({ link: 't0', address: `${inner[side]}/${length}`, ...noDad })
      }
      const reply = await eventually(() => ns.ping({ address: inner[1], timeout: 2 }))
      expect(reply.address).toBe(inner[1])
      const { statistics } = (await there.link.get('t0', { statistics: true })) ?? {}
      expect(statistics?.rxPackets).toBeGreaterThan(0)
      expect(statistics?.txPackets).toBeGreaterThan(0)
    })
  }
}

/** A state for each way, and the policies that lead to them. */
async function giveKeys(
  ns: PlacedNamespace,
  ends: readonly [string, string],
  side: 0 | 1,
  skip: Context['skip'],
): Promise<void> {
  const way = (from: 0 | 1) => `src ${ends[from]} dst ${ends[1 - from]}`
  const state = (from: 0 | 1) =>
    `state add ${way(from)} spi 0x100${from} proto esp aead rfc4106(gcm(aes)) ${key} 128 mode tunnel`
  const policy = (direction: 'in' | 'out', from: 0 | 1) =>
    `policy add dir ${direction} mark ${mark} tmpl ${way(from)} proto esp mode tunnel`
  const other = side === 0 ? 1 : 0
  for (const words of [state(0), state(1), policy('out', side), policy('in', other)]) {
    // Policies of which no address says the version of IP.
    const version = ends[0].includes(':') ? '-6' : '-4'
    const program = await ns.run({ command: 'ip', args: [version, 'xfrm', ...words.split(' ')], stdio: 'pipe' })
    const { code, stderr } = await program.ended
    if (code !== 0) skip(`lacks capability: a kernel with IPsec (ip xfrm ${words}: ${stderr.trim()})`)
  }
}
