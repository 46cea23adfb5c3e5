/** Lists and batches, and how connections end, on a kernel that answers as told. */
import { isVnetError } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { done, join, message, verdict } from '../src/testing/scripted-kernel.js'
import {
  connect,
  destinations,
  link,
  listRoutes,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  neighbour,
  RTM_GETLINK,
  RTM_GETROUTE,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  route,
} from './scripted.js'

describe('dumps', () => {
  it('are put together from datagrams of any size', async () => {
    const { connection } = await connect(({ sequence: s, type }) =>
      type === RTM_GETROUTE ? [join(route(s, 1), route(s, 2)), route(s, 3), join(route(s, 4), done(s))] : [],
    )
    const [result] = await connection.execute([listRoutes])
    expect(destinations(result)).toEqual(['10.0.0.1/32', '10.0.0.2/32', '10.0.0.3/32', '10.0.0.4/32'])
  })

  it('wait for what comes late', async () => {
    const { connection } = await connect(({ sequence: s }) => [route(s, 1), { late: route(s, 2) }, { late: done(s) }])
    const [result] = await connection.execute([listRoutes])
    expect(destinations(result)).toEqual(['10.0.0.1/32', '10.0.0.2/32'])
  })

  it('ignore messages for somebody else', async () => {
    const { connection } = await connect(({ sequence: s }) => [
      route(s + 77, 9),
      done(s + 77),
      route(s, 1),
      verdict(12345, 1),
      done(s),
    ])
    const [result] = await connection.execute([listRoutes])
    expect(destinations(result)).toEqual(['10.0.0.1/32'])
  })

  it('of links are in order of index, as kernels before 6.9 do not list them', async () => {
    const { connection } = await connect(({ sequence: s, type }) =>
      type === RTM_GETLINK ? [link(s, 1, 'lo'), link(s, 300, 'c'), link(s, 100, 'a'), link(s, 200, 'b'), done(s)] : [],
    )
    const [result] = await connection.execute([{ operation: 'link list', spec: {} }] as const)
    expect(result).toMatchObject({ ok: true, value: [{ index: 1 }, { index: 100 }, { index: 200 }, { index: 300 }] })
  })

  it('are begun again when a change interrupted them', async () => {
    let tries = 0
    const { connection } = await connect(({ sequence: s }) => {
      tries++
      return tries < 3 ? [route(s, tries, 2 | NLM_F_DUMP_INTR), done(s)] : [route(s, 1), done(s)]
    })
    const [result] = await connection.execute([listRoutes])
    expect(destinations(result)).toEqual(['10.0.0.1/32'])
    expect(tries).toBe(3)
  })

  it('heed the interruption in NLMSG_DONE, and end as partial when it never ends', async () => {
    const { connection } = await connect(({ sequence: s }) => [route(s, 1), done(s, 0, NLM_F_DUMP_INTR)])
    const [result] = await connection.execute([listRoutes])
    expect(result.ok).toBe(false)
    const { error } = result as { error: Error }
    expect(isVnetError(error) && error.code).toBe('VNET_DUMP_INTERRUPTED')
    expect(isVnetError(error) && error.partial).toHaveLength(1)
  })

  it('tell the error that NLMSG_DONE carries, with its sentence', async () => {
    const { connection } = await connect(({ sequence: s }) => [
      done(s, 22, 0, 'Invalid values in header for dump request'),
    ])
    const [result] = await connection.execute([listRoutes])
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'EINVAL', detail: 'Invalid values in header for dump request' },
    })
  })

  it('are begun again when messages were lost', async () => {
    let tries = 0
    const { connection } = await connect(({ sequence: s }) =>
      ++tries === 1 ? [route(s, 1), 'ENOBUFS'] : [route(s, 2), done(s)],
    )
    const [result] = await connection.execute([listRoutes])
    expect(destinations(result)).toEqual(['10.0.0.2/32'])
  })

  it('are received whole, however long a message is', async () => {
    const long = (sequence: number) =>
      message(RTM_NEWLINK, 2, sequence, (to) => {
        to.zeros(4)
        to.u32(9)
        to.zeros(8)
        to.textAttribute(3, 'long0')
        // 1.5 MB of attributes that nobody knows.
        for (let i = 0; i < 25; i++) to.octetsAttribute(900 + i, new Uint8Array(60_000).fill(i))
      })
    let tries = 0
    const { connection } = await connect(({ sequence: s }) => {
      tries++
      return [link(s, 8, 'short0'), long(s), done(s)]
    })
    const [result] = await connection.execute([{ operation: 'link list', spec: {} }] as const)
    if (!result.ok) throw result.error
    expect(result.value.map(({ name }) => name)).toEqual(['short0', 'long0'])
    expect(result.value[1]?.other.map(({ bytes }) => bytes.length)).toEqual(Array(25).fill(60_000))
    expect(tries).toBe(2)
  })

  it('are filtered here where the kernel does not check strictly, and by it where it does', async () => {
    const list = {
      operation: 'route list',
      spec: { family: 4, table: 'main', type: 'unicast', protocol: 'static' },
    } as const
    const other = (sequence: number, table: number, protocol: number, type: number) =>
      message(RTM_NEWROUTE, 2, sequence, (to) => {
        for (const octet of [2, 32, 0, 0, table, protocol, 0, type, 0, 0, 0, 0]) to.u8(octet)
        to.octetsAttribute(1, Uint8Array.of(10, 9, 9, 9))
        to.u32Attribute(4, 7)
      })
    const found = async (lax: boolean) => {
      const { connection, kernel, driver } = await connect(
        ({ sequence: s }) => [route(s, 1), other(s, 255, 4, 1), other(s, 254, 3, 1), other(s, 254, 4, 6), done(s)],
        { lax },
      )
      expect(driver.supports['strict checking']).toBe(lax ? 'use Linux 4.20 or later' : true)
      const [result] = await connection.execute([list])
      return { found: destinations(result), asked: kernel.sent[0]?.bytes }
    }
    expect((await found(true)).found).toEqual(['10.0.0.1/32'])
    // Believes the kernel, which was asked for the table, the protocol and the type.
    const strict = await found(false)
    expect(strict.found).toHaveLength(4)
    expect([strict.asked?.[16 + 4], strict.asked?.[16 + 5], strict.asked?.[16 + 7]]).toEqual([254, 4, 1])
  })

  it('say what is wrong with octets that are no route', async () => {
    const { connection } = await connect(({ sequence: s }) => [message(RTM_NEWROUTE, 2, s, (to) => to.u32(0)), done(s)])
    const [result] = await connection.execute([listRoutes])
    expect(result).toMatchObject({ ok: false, error: { code: 'VNET_DECODE', operation: 'route list' } })
  })
})

describe('batches', () => {
  it('ask for one acknowledgement, and give each refusal to its request', async () => {
    const { connection, kernel } = await connect(({ sequence, flags, bytes }) => {
      const refused = bytes.at(-9) === 2 || bytes.includes(99)
      if (refused) return [verdict(sequence, 17, 'it is there')]
      return flags & NLM_F_ACK ? [verdict(sequence, 0)] : []
    })
    const results = await connection.execute([neighbour(1), neighbour(99), neighbour(3)])
    expect(results.map((result) => result.ok)).toEqual([true, false, true])
    expect(results[1]).toMatchObject({ error: { code: 'EEXIST', detail: 'it is there', operation: 'neighbour add' } })
    expect(kernel.sent.map(({ flags }) => (flags & NLM_F_ACK) !== 0)).toEqual([false, false, true])
    expect(kernel.sent.every(({ type }) => type === RTM_NEWNEIGH)).toBe(true)
  })

  it('wait for an acknowledgement that comes late', async () => {
    const { connection } = await connect(({ sequence, flags }) =>
      flags & NLM_F_ACK ? [{ late: verdict(sequence, 0) }] : [],
    )
    expect((await connection.execute([neighbour(1), neighbour(2)])).every((result) => result.ok)).toBe(true)
  })

  it('do not claim to know what became of requests whose answers were dropped', async () => {
    const { connection } = await connect(() => ['ENOBUFS'])
    const results = await connection.execute([neighbour(1)])
    expect(results[0]).toMatchObject({ ok: false, error: { code: 'ENOBUFS' } })
  })

  it('ask for the index of a name once', async () => {
    const { connection, kernel } = await connect(({ sequence: s, type, flags }) =>
      type === RTM_GETLINK ? [link(s, 7, 'eth7'), verdict(s, 0)] : flags & NLM_F_ACK ? [verdict(s, 0)] : [],
    )
    const named = [1, 2, 3].map(
      (last) => ({ ...neighbour(last), spec: { ...neighbour(last).spec, link: 'eth7' } }) as const,
    )
    expect((await connection.execute(named)).every((result) => result.ok)).toBe(true)
    expect(kernel.sent.filter(({ type }) => type === RTM_GETLINK)).toHaveLength(1)
  })

  it('settle what was added before a request whose link is not there', async () => {
    const { connection } = await connect(({ sequence: s, type, flags }) =>
      type === RTM_GETLINK ? [verdict(s, 19)] : flags & NLM_F_ACK ? [verdict(s, 0)] : [],
    )
    const set = { operation: 'link set', spec: { link: 7, master: 'nope' } } as const
    const results = await connection.execute([neighbour(1), set])
    expect(results.map((result) => result.ok)).toEqual([true, false])
    expect(results[1]).toMatchObject({ error: { code: 'ENODEV', operation: 'link set' } })
  })

  it('read the link that an older kernel does not send back', async () => {
    const { connection } = await connect(({ sequence: s, type, flags }) => {
      if (type === RTM_GETLINK && !(flags & NLM_F_DUMP))
        return [link(s, 9, 'br9'), ...(flags & NLM_F_ACK ? [verdict(s, 0)] : [])]
      return flags & NLM_F_ACK ? [verdict(s, 0)] : []
    })
    const [result] = await connection.execute([{ operation: 'link add', spec: { kind: 'bridge', name: 'br9' } }])
    expect(result).toMatchObject({ ok: true, value: { index: 9, name: 'br9' } })
  })
})

describe('closing', () => {
  it('rejects what comes after', async () => {
    const { connection, driver } = await connect(() => [])
    await connection.close()
    await expect(connection.execute([listRoutes])).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    await driver.close()
    await expect(driver.connect()).rejects.toMatchObject({ code: 'VNET_CLOSED' })
  })

  it('gives up at once when aborted while another list is under way', async () => {
    const { connection } = await connect(() => [])
    const first = connection.execute([listRoutes])
    const over = expect(first).rejects.toMatchObject({ code: 'VNET_CLOSED' })
    const patience = new AbortController()
    const second = connection.execute([listRoutes], { signal: patience.signal })
    patience.abort()
    await expect(second).rejects.toMatchObject({ name: 'AbortError' })
    await connection.close()
    await over
  })

  it('gives up when aborted before it begins', async () => {
    const { connection } = await connect(() => [])
    const aborted = AbortSignal.abort()
    await expect(connection.execute([listRoutes], { signal: aborted })).rejects.toMatchObject({ name: 'AbortError' })
  })
})
