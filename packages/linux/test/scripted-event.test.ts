/** Events of a kernel that tells as it is told to. */
import { openHost } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { done, message } from '../src/testing/scripted-kernel.js'
import { connect, RTM_NEWLINK } from './scripted.js'

describe('events', () => {
  const RTM_NEWADDR = 20
  const address = (last: number, sequence = 0) =>
    message(RTM_NEWADDR, 2, sequence, (to) => {
      for (const octet of [2, 24, 128, 0]) to.u8(octet)
      to.u32(7)
      to.octetsAttribute(1, Uint8Array.of(10, 0, 0, last))
      to.octetsAttribute(2, Uint8Array.of(10, 0, 0, last))
    })

  it('that the kernel dropped become a resync with the difference', async () => {
    let there = [1, 2]
    const { driver, kernel } = await connect(({ sequence: s }) => [...there.map((last) => address(last, s)), done(s)])
    const host = await openHost({ driver })
    const steps = host.watch({ groups: ['address'], snapshot: true })
    const { value: first } = await steps.next()
    expect(first).toMatchObject({
      kind: 'snapshot',
      state: { address: [{ address: '10.0.0.1' }, { address: '10.0.0.2' }] },
    })
    const next = steps.next()
    kernel.tell(address(3))
    expect((await next).value).toMatchObject({ kind: 'address add', object: { address: '10.0.0.3' } })
    there = [2, 3, 4]
    const after = steps.next()
    kernel.tell('ENOBUFS')
    const { value } = await after
    expect(value).toMatchObject({
      kind: 'resync',
      changes: [
        { kind: 'address delete', object: { address: '10.0.0.1' } },
        { kind: 'address add', object: { address: '10.0.0.4' } },
      ],
    })
    expect(value?.kind === 'resync' && value.changes).toHaveLength(2)
    await steps.return?.()
    await host.close()
  })

  it('whose socket fails are an error to who waits for the next one', async () => {
    const { driver, kernel } = await connect(({ sequence: s }) => [done(s)])
    const host = await openHost({ driver })
    const steps = host.watch({ groups: ['address'], snapshot: true })
    await steps.next()
    const next = steps.next()
    kernel.tell('EIO')
    await expect(next).rejects.toMatchObject({ code: 'EIO' })
    await host.close()
  })

  it('of a port are put into the link that is known', async () => {
    const port = (state: number) =>
      message(RTM_NEWLINK, 0, 0, (to) => {
        to.u8(7)
        to.zeros(3)
        to.u32(9)
        to.zeros(8)
        to.textAttribute(3, 'v0')
        const nest = to.nest(12)
        to.u8Attribute(1, state)
        to.endNest(nest)
      })
    const known = (sequence: number) =>
      message(RTM_NEWLINK, 2, sequence, (to) => {
        to.zeros(2)
        to.u16(1)
        to.u32(9)
        to.zeros(8)
        to.textAttribute(3, 'v0')
        to.u32Attribute(4, 1400)
        const info = to.nest(18)
        to.textAttribute(4, 'bridge')
        const data = to.nest(5)
        to.u8Attribute(1, 1)
        to.endNest(data)
        to.endNest(info)
      })
    const { driver, kernel } = await connect(({ sequence: s }) => [known(s), done(s)])
    const host = await openHost({ driver })
    const steps = host.watch({ groups: ['link'], snapshot: true })
    await steps.next()
    const next = steps.next()
    // One of a link that is not known, one that says nothing new, one that does.
    kernel.tell(
      message(RTM_NEWLINK, 0, 0, (to) => {
        for (const octet of [7, 0, 0, 0, 5, 0, 0, 0]) to.u8(octet)
        to.zeros(8)
      }),
    )
    kernel.tell(port(1), port(2))
    expect((await next).value).toMatchObject({
      kind: 'link set',
      object: { name: 'v0', mtu: 1400, port: { state: 'learning' } },
      before: { name: 'v0', mtu: 1400, port: { state: 'listening' } },
    })
    await steps.return?.()
    await host.close()
  })
})
