/** Estimators and limits of packets on a clock that the test moves: to the last octet a second. @module */
import { openHost } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { type MockState, manualClock, mockDriver } from '../src/index.js'
import { link, openLine } from './line.js'

const estimator = { interval: 1000, timeConstant: 8000 }

describe('an estimator', () => {
  test('takes an eighth of each second, and fades', async () => {
    const { host, clock, send } = await openLine()
    await host.qdisc.add({ link, handle: '1:', kind: 'pfifo', estimator })
    const told = async () => {
      const [found] = await host.qdisc.list({ link, kind: 'pfifo' })
      return { rate: found?.statistics?.rate, packetRate: found?.statistics?.packetRate }
    }
    expect(await told()).toEqual({ rate: 0, packetRate: 0 })
    send(100)
    clock.advance(0.999)
    expect(await told()).toEqual({ rate: 0, packetRate: 0 })
    clock.advance(0.001)
    // 100,000 octets, an eighth: 12,500; 12.5 packets.
    expect(await told()).toEqual({ rate: 100_000, packetRate: 12 })
    clock.advance(1)
    expect(await told()).toEqual({ rate: 87_496, packetRate: 10 })
    send(100)
    clock.advance(1)
    // 7/8 of 10,937.5 and an eighth of 100,000 octets.
    expect(await told()).toEqual({ rate: 176_560, packetRate: 22 })
    clock.advance(1000)
    expect(await told()).toEqual({ rate: 0, packetRate: 0 })
    await host.close()
  })

  test('that takes the place of another goes on from there; a change without one leaves it', async () => {
    const { host, clock, send } = await openLine()
    const queue = { link, handle: '1:', kind: 'pfifo' } as const
    const rate = async () => (await host.qdisc.list({ link, kind: 'pfifo' }))[0]?.statistics?.rate
    await host.qdisc.add({ ...queue, estimator })
    send(100)
    clock.advance(1)
    await host.qdisc.change({ ...queue, limit: 7 })
    expect(await rate()).toBe(100_000)
    clock.advance(0.5)
    await host.qdisc.change({ ...queue, estimator: { interval: 500, timeConstant: 1000 } })
    expect(await rate()).toBe(100_000)
    clock.advance(0.5)
    // A half of it, each half second.
    expect(await rate()).toBe(50_000)
    await host.close()
  })

  test('goes on in a saved state', async () => {
    const { driver, host, clock, send } = await openLine()
    await host.qdisc.add({ link, handle: '1:', kind: 'htb', default: 0x10, estimator })
    await host.class.add({ link, classId: '1:10', kind: 'htb', rate: 1e9, estimator })
    send(100)
    clock.advance(1.5)
    const state = JSON.parse(JSON.stringify(driver.save())) as MockState
    const later = manualClock()
    await using again = await openHost({ driver: mockDriver({ clock: later, state }) })
    const rates = async () =>
      [...(await again.qdisc.list({ link, kind: 'htb' })), ...(await again.class.list({ link }))].map(
        ({ statistics }) => statistics?.rate,
      )
    expect(await rates()).toEqual([100_000, 100_000])
    later.advance(0.5)
    expect(await rates()).toEqual([87_496, 87_496])
    await host.close()
  })
})

describe('police', () => {
  test('lets packets through by their number', async () => {
    const { host, clock, send, arrived } = await openLine()
    await host.qdisc.add({ link, kind: 'clsact' })
    const police = { kind: 'police', packetRate: 100, packetBurst: 5, exceed: 'shot' } as const
    await host.filter.add({ link, parent: 'egress', priority: 1, kind: 'matchall', actions: [police] })
    // Linux begins with none.
    send(20)
    expect(await arrived()).toBe(0)
    clock.advance(1)
    send(20)
    expect(await arrived()).toBe(5)
    // One comes back each hundredth of a second, and no more than five.
    clock.advance(0.031)
    send(20)
    expect(await arrived()).toBe(8)
    clock.advance(10)
    send(20)
    expect(await arrived()).toBe(13)
    await host.close()
  })

  test('lets all through until the average is too high, and again when it has fallen', async () => {
    const { host, clock, send, arrived } = await openLine()
    await host.qdisc.add({ link, kind: 'clsact' })
    const police = { kind: 'police', averageRate: 90_000, exceed: 'shot' } as const
    await host.filter.add({ link, parent: 'egress', priority: 1, kind: 'matchall', estimator, actions: [police] })
    send(100)
    expect(await arrived()).toBe(100)
    clock.advance(1)
    // 100,000 bit/s were measured.
    send(1)
    expect(await arrived()).toBe(100)
    clock.advance(1)
    // 87,496 and an eighth of a frame.
    send(1)
    expect(await arrived()).toBe(101)
    await host.close()
  })
})
