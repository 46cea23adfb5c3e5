/** Neighbours that packets need, by a clock that the test moves: asked for, reachable, doubted, gone. @module */
import { FrameBatch, type Host, type NeighbourState, type TunPort } from '@vnet/core'
import { encodeFrame, Responder } from '@vnet/wire'
import { describe, expect, test } from 'vitest'
import { mac, openLab } from './lab.js'

/** What a host says by itself: reports of groups, whether its address is free, who is a router. */
function isOwnTalk(frame: Uint8Array): boolean {
  if (frame[12] !== 0x86) return false
  return frame[20] === 0 || frame[54] === 133 || frame.subarray(22, 38).every((octet) => octet === 0)
}

/** Reads what a port holds, and answers the frames that `answers` lets through. The frames, as ARP and others. */
async function turn(port: TunPort, host: Responder, answers: boolean): Promise<('question' | 'doubt' | 'packet')[]> {
  const batch = port.createBatch()
  const seen: ('question' | 'doubt' | 'packet')[] = []
  const count = await Promise.race([port.read(batch), new Promise<number>((resolve) => setTimeout(resolve, 20, 0))])
  if (count === 0) return seen
  const out = new FrameBatch()
  for (const frame of batch) {
    if (isOwnTalk(frame)) continue
    const isArp = frame[12] === 8 && frame[13] === 6
    const isNd = frame[12] === 0x86 && frame[54] === 135
    seen.push(isArp || isNd ? ((frame[0] as number) & 1 ? 'question' : 'doubt') : 'packet')
    if (answers) for (const one of host.answer(frame)?.frames ?? []) out.add(one)
  }
  port.write(out)
  return seen
}

async function hostWith(
  address: string,
  prefix: string,
): Promise<{ host: Host; port: TunPort; clock: { advance(s: number): void } }> {
  const { host, clock } = await openLab()
  const port = await host.openTap({ name: 'tap0', mac: mac(1), up: true })
  await host.address.add({
    link: 'tap0',
    address: `${address}/${prefix}`,
    ...(address.includes(':') ? { noDad: true } : {}),
  })
  return { host, port, clock }
}

describe('neighbours', () => {
  test.each([
    ['10.0.0.1', '24', '10.0.0.2'],
    ['2001:db8::1', '64', '2001:db8::2'],
  ])('%s/%s asks for %s, believes it, doubts it, and gives it up', async (own, prefix, other) => {
    const { host, port, clock } = await hostWith(own, prefix)
    const station = new Responder({ mac: mac(2), addresses: [other] })
    const state = async (): Promise<NeighbourState | undefined> =>
      (await host.neighbour.get({ link: 'tap0', address: other }))?.state
    const first = host.ping({ address: other, timeout: 100 })
    expect(await state()).toBe('incomplete')
    expect(await turn(port, station, true)).toEqual(['question'])
    expect(await turn(port, station, true)).toEqual(['packet'])
    expect(await first).toMatchObject({ address: other, time: 0.000001 })
    expect(await state()).toBe('reachable')
    // Between 15 and 45 seconds (RFC 4861 § 6.3.2).
    clock.advance(14.9)
    expect(await state()).toBe('reachable')
    clock.advance(30.2)
    expect(await state()).toBe('stale')
    // What is needed is used, and doubted five seconds later.
    const second = host.ping({ address: other, timeout: 100 })
    expect(await turn(port, station, true)).toEqual(['packet'])
    await second
    expect(await state()).toBe('delay')
    clock.advance(5)
    expect(await state()).toBe('probe')
    expect(await turn(port, station, true)).toEqual(['doubt'])
    expect(await state()).toBe('reachable')
    // The same again, and nobody answers.
    clock.advance(45.1)
    const third = host.ping({ address: other, timeout: 3 }).catch((error) => error)
    clock.advance(5)
    for (const _ of [1, 2]) clock.advance(1)
    expect(await state()).toBe('probe')
    expect(await third).toMatchObject({ code: 'ETIMEDOUT' })
    clock.advance(1)
    expect(await state()).toBe('failed')
    expect(await turn(port, station, false)).toEqual(['packet', 'doubt', 'doubt', 'doubt'])
    await port.close()
    await host.close()
  })

  test('packets wait, a hundred and one of them, and leave in order', async () => {
    const { host, port } = await hostWith('10.0.0.1', '24')
    const station = new Responder({ mac: mac(2), addresses: ['10.0.0.2'] })
    const pings = Array.from({ length: 110 }, (_, i) =>
      host.ping({ address: '10.0.0.2', sequence: i, timeout: 5 }).catch((error) => error.code),
    )
    expect(await turn(port, station, true)).toEqual(['question'])
    const seen = [...(await turn(port, station, true)), ...(await turn(port, station, true))]
    expect(seen).toHaveLength(101)
    const answered = await Promise.all(pings.slice(9))
    expect(answered.map((reply) => reply.sequence)).toEqual(Array.from({ length: 101 }, (_, i) => i + 9))
    await port.close()
    await host.close()
  })

  test('a broken message of Neighbour Discovery, and one that crossed a router, are nothing', async () => {
    const { host, port } = await hostWith('2001:db8::1', '64')
    const ask = (hopLimit: number) =>
      encodeFrame([
        { layer: 'ethernet', destination: '33:33:ff:00:00:01', source: mac(2) },
        { layer: 'ipv6', source: '2001:db8::2', destination: 'ff02::1:ff00:1', hopLimit },
        {
          layer: 'icmpv6',
          kind: 'neighbour-solicitation',
          type: 135,
          target: '2001:db8::1',
          options: [{ kind: 'source-mac', mac: mac(2) }],
        },
      ])
    const batch = new FrameBatch()
    const broken = ask(255)
    broken[60] = (broken[60] as number) ^ 1
    for (const frame of [ask(64), broken, ask(255).subarray(0, 70)]) batch.add(frame)
    port.write(batch)
    expect(await host.neighbour.list()).toEqual([])
    batch.clear()
    batch.add(ask(255))
    port.write(batch)
    expect(await host.neighbour.list()).toMatchObject([{ address: '2001:db8::2', mac: mac(2), state: 'stale' }])
    await port.close()
    await host.close()
  })
})
