import { cleanRequest, type Driver, isVnetError, openHost } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { linuxDriver } from '../src/driver.js'
import {
  type Answer,
  done,
  join,
  message,
  type SentMessage,
  scriptedKernel,
  verdict,
} from '../src/testing/scripted-kernel.js'

const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const RTM_NEWROUTE = 24
const RTM_GETROUTE = 26
const RTM_NEWNEIGH = 28
const NLM_F_ACK = 4
const NLM_F_DUMP = 0x300
const NLM_F_DUMP_INTR = 0x10

const route = (sequence: number, last: number, flags = 2) =>
  message(RTM_NEWROUTE, flags, sequence, (to) => {
    for (const octet of [2, 32, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]) to.u8(octet)
    to.octetsAttribute(1, Uint8Array.of(10, 0, 0, last))
    to.u32Attribute(4, 7)
  })
const link = (sequence: number, index: number, name: string, kind?: string) =>
  message(RTM_NEWLINK, 0, sequence, (to) => {
    to.u8(0)
    to.u8(0)
    to.u16(1)
    to.u32(index)
    to.zeros(8)
    to.textAttribute(3, name)
    if (kind === undefined) return
    const information = to.nest(18)
    to.textAttribute(1, kind)
    to.endNest(information)
  })

/** A connection to a kernel that answers as told; requests of the driver's own start-up are acknowledged. */
async function connect(script: (sent: SentMessage) => readonly Answer[], options?: { readonly lax: boolean }) {
  const kernel = scriptedKernel(
    (sent) =>
      sent.type === RTM_NEWLINK && sent.flags & 0x400 && ready === false ? [verdict(sent.sequence, 22)] : script(sent),
    options,
  )
  let ready = false
  const driver: Driver = await linuxDriver(kernel)
  ready = true
  const connection = await driver.connect()
  kernel.sent.length = 0
  return { connection, driver, kernel }
}

const listRoutes = { operation: 'route list', spec: { family: 4, table: 'all' } } as const
const destinations = (result: { ok: boolean; value?: unknown }) =>
  (result.value as { destination: string }[]).map((found) => found.destination)
const neighbour = (last: number) =>
  ({
    operation: 'neighbour add',
    spec: { link: 7, address: Uint8Array.of(10, 0, 0, last), mac: Uint8Array.of(2, 0, 0, 0, 0, last) },
  }) as const

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

describe('options that the kernel may ignore', () => {
  it('are not set any more when the caller gave up, and the port goes back', async () => {
    const patience = new AbortController()
    const { connection, kernel } = await connect(({ sequence: s, type, flags }) => {
      const questions = kernel.sent.filter((sent) => sent.type === RTM_GETLINK).length
      if (type === RTM_GETLINK && questions === 2) patience.abort()
      return [
        ...(type === RTM_GETLINK ? [link(s, 7, 'v7')] : []),
        ...(flags & NLM_F_ACK || type === RTM_GETLINK ? [verdict(s, 0)] : []),
      ]
    })
    const set = { operation: 'link set', spec: { link: 7, master: 5, port: { locked: true } } } as const
    await expect(connection.execute([set], { signal: patience.signal })).rejects.toMatchObject({ name: 'AbortError' })
    const types = kernel.sent.map(({ type }) => type)
    // The link as it is, made a port, as it is then; and no port again.
    expect(types).toEqual([RTM_GETLINK, RTM_NEWLINK, RTM_GETLINK, RTM_NEWLINK])
  })
})

describe('links that the kernel does not send back', () => {
  const made = (name: string) => ({ operation: 'link add', spec: { kind: 'dummy', name } }) as const

  it('are asked for together', async () => {
    let index = 10
    const { connection, kernel } = await connect(({ sequence: s, type, flags }) => [
      ...(type === RTM_GETLINK ? [link(s, ++index, `d${index}`)] : []),
      ...(flags & NLM_F_ACK ? [verdict(s, 0)] : []),
    ])
    const results = await connection.execute([made('d11'), made('d12'), made('d13')])
    expect(results).toMatchObject([11, 12, 13].map((n) => ({ ok: true, value: { index: n, name: `d${n}` } })))
    const types = kernel.sent.map(({ type }) => type)
    expect(types).toEqual([...[1, 2, 3].map(() => RTM_NEWLINK), ...[1, 2, 3].map(() => RTM_GETLINK)])
    // One question for all: only its last message wants to be acknowledged.
    expect(kernel.sent.filter(({ type, flags }) => type === RTM_GETLINK && flags & NLM_F_ACK)).toHaveLength(1)
  })

  /** A kernel that chooses names and indexes, and sends links back or not. */
  async function choosing(echoes: boolean) {
    const there: number[] = []
    return connect(({ sequence: s, type, flags }) => {
      const answers: Uint8Array[] = []
      if (type === RTM_NEWLINK) {
        there.push(there.length + 11)
        if (echoes) answers.push(link(s, there.length + 10, `dummy${there.length - 1}`))
      }
      if (type === RTM_GETLINK) answers.push(...there.map((n) => link(s, n, `dummy${n - 11}`, 'dummy')), done(s))
      else if (flags & NLM_F_ACK) answers.push(verdict(s, 0))
      return answers
    })
  }
  const unnamed = { operation: 'link add', spec: { kind: 'dummy' } } as const
  const three = [11, 12, 13].map((n) => ({ ok: true, value: { index: n, name: `dummy${n - 11}` } }))

  it('and that have no name of ours are told apart from those before them', async () => {
    const { connection, kernel } = await choosing(false)
    expect(await connection.execute([unnamed, unnamed, unnamed])).toMatchObject(three)
    const step = [RTM_GETLINK, RTM_NEWLINK, RTM_GETLINK]
    // That it sends nothing back it shows with the first one, where its release does not tell.
    const types = kernel.sent.map(({ type }) => type)
    expect(types.slice(types.indexOf(RTM_NEWLINK))).toEqual([...step.slice(1), ...step, ...step])
  })

  it('are not asked for where it sends the first one back', async () => {
    const { connection, kernel } = await choosing(true)
    expect(await connection.execute([unnamed, unnamed, unnamed])).toMatchObject(three)
    expect(kernel.sent.map(({ flags }) => (flags & NLM_F_ACK) !== 0)).toEqual([true, false, true])
  })

  /** A kernel that makes links of the names asked for, and lists or tells them; `shown` says which a list has. */
  async function keeping(shown: (name: string) => boolean = () => true, more: readonly string[] = []) {
    const there = [...more]
    const nameIn = (bytes: Uint8Array) => /[a-z]\d+(?=\0)/.exec(Buffer.from(bytes.subarray(32)).toString('latin1'))?.[0]
    return connect(({ sequence: s, type, flags, bytes }) => {
      const name = nameIn(bytes) as string
      if (type === RTM_NEWLINK && flags & 0x400) there.push(name)
      const told = (one: string) => link(s, there.indexOf(one) + 10, one, 'dummy')
      if (type === RTM_GETLINK && flags & NLM_F_DUMP) return [join(...there.filter(shown).map(told)), done(s)]
      return [
        ...(type === RTM_GETLINK && there.includes(name) ? [told(name)] : []),
        ...(flags & NLM_F_ACK ? [verdict(s, 0)] : []),
      ]
    })
  }
  const many = (count: number, first = 0) => Array.from({ length: count }, (_, i) => made(`d${first + i}`))
  const told = (count: number, first = 0) =>
    Array.from({ length: count }, (_, i) => ({ ok: true, value: { name: `d${first + i}`, index: first + i + 10 } }))
  const questions = (sent: readonly SentMessage[]) =>
    sent.filter(({ type }) => type === RTM_GETLINK).map(({ flags }) => ((flags & NLM_F_DUMP) === 0 ? 'link' : 'list'))

  it('are read from one list where they are many, those of all windows together', async () => {
    const { connection, kernel } = await keeping()
    expect(await connection.execute(many(300))).toMatchObject(told(300))
    expect(questions(kernel.sent)).toEqual(['list'])
    expect(kernel.sent.at(-1)).toMatchObject({ type: RTM_GETLINK })
  })

  it('and that the list lacks are asked for', async () => {
    const { connection, kernel } = await keeping((name) => name !== 'd7' && name !== 'd40')
    expect(await connection.execute(many(50))).toMatchObject(told(50))
    expect(questions(kernel.sent)).toEqual(['list', 'link', 'link'])
  })

  it('are told as they are before the list goes on with something else', async () => {
    const { connection, kernel } = await keeping()
    const up = { operation: 'link set', spec: { link: 10, up: true } } as const
    const results = await connection.execute([...many(40), up, made('d40')])
    expect(results[39]).toMatchObject(told(1, 39)[0] as object)
    expect(results[41]).toMatchObject(told(1, 40)[0] as object)
    const types = kernel.sent.map(({ type }) => type)
    expect(types.slice(40)).toEqual([RTM_GETLINK, RTM_NEWLINK, RTM_NEWLINK, RTM_GETLINK])
  })

  it('are asked for one by one where a list holds many others, until that was long ago', async () => {
    const others = Array.from({ length: 300 }, (_, i) => `o${i}`)
    const { connection, kernel } = await keeping(() => true, others)
    const asked: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      expect(await connection.execute(many(32, 32 * turn))).toMatchObject(
        told(32, 32 * turn).map(({ ok, value }) => ({ ok, value: { ...value, index: value.index + 300 } })),
      )
      asked.push([...new Set(questions(kernel.sent.splice(0)))].join())
    }
    expect(asked).toEqual(['list', 'link', 'link', 'list'])
  })
})

describe('what an older kernel takes and forgets', () => {
  const mst = { operation: 'bridgeMst set', spec: { link: 7, msti: 2, state: 'forwarding' } } as const
  /** A port, 7, of a bridge, 5, that tells which switches it has. */
  const bridged = (mask: number) =>
    connect(({ sequence: s, type, flags, bytes }) => {
      const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(20, true)
      const told = message(RTM_NEWLINK, 0, s, (to) => {
        to.zeros(2)
        to.u16(1)
        to.u32(index)
        to.zeros(8)
        to.textAttribute(3, `v${index}`)
        if (index === 7) return to.u32Attribute(10, 5)
        const information = to.nest(18)
        to.textAttribute(1, 'bridge')
        const options = to.nest(2)
        to.octetsAttribute(46, Uint8Array.of(0, 0, 0, 0, mask, 0, 0, 0))
        to.endNest(options)
        to.endNest(information)
      })
      return [...(type === RTM_GETLINK ? [told] : []), ...(flags & NLM_F_ACK ? [verdict(s, 0)] : [])]
    })

  it('is not sent: a state in an instance where the bridge has no instances', async () => {
    const { connection, kernel } = await bridged(0b11)
    const [result] = await connection.execute([mst])
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'VNET_UNSUPPORTED', hint: expect.stringContaining('Linux 5.18') },
    })
    expect(kernel.sent.map(({ type }) => type)).toEqual([RTM_GETLINK, RTM_GETLINK])
  })

  it('is sent where it has them, on or off', async () => {
    const { connection, kernel } = await bridged(0b111)
    expect(await connection.execute([mst])).toMatchObject([{ ok: true }])
    expect(kernel.sent.at(-1)?.type).toBe(19)
  })

  it('is tried first also on a link whose index is known: fields of filters', async () => {
    const { connection, kernel } = await connect(({ sequence: s, flags }) => (flags & NLM_F_ACK ? [verdict(s, 0)] : []))
    let tried = 0
    kernel.createNamespace = () => {
      tried++
      throw Object.assign(new Error('unshare: Operation not permitted'), { code: 'EPERM', errno: 1 })
    }
    const add = { operation: 'filter add', spec: { link: 7, parent: 'ingress', kind: 'flower', l2Miss: true } } as const
    expect(await connection.execute([cleanRequest(add as never)])).toMatchObject([{ ok: true }])
    expect(tried).toBe(1)
  })
})

describe('links that are deleted as a group', () => {
  const RTM_DELLINK = 17
  const RTM_SETLINK = 19

  it('stay in no group of ours when the caller gives up while they are put into it', async () => {
    const patience = new AbortController()
    const { connection, kernel } = await connect(({ sequence: s, type, flags, bytes }) => {
      const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(20, true)
      if (type === RTM_SETLINK) patience.abort()
      if (type === RTM_GETLINK && flags & NLM_F_DUMP) {
        const all = Array.from({ length: 300 }, (_, i) => link(s, 100 + i, `d${i}`, 'dummy'))
        return [join(...all), done(s)]
      }
      return [
        ...(type === RTM_GETLINK ? [link(s, index, `d${index - 100}`, 'dummy')] : []),
        ...(flags & NLM_F_ACK ? [verdict(s, 0)] : []),
      ]
    })
    const all = Array.from({ length: 300 }, (_, i) => ({ operation: 'link delete', spec: { link: 100 + i } }) as const)
    await connection.execute(all, { signal: patience.signal }).catch(() => {})
    const moved = kernel.sent.filter(({ type }) => type === RTM_SETLINK).length
    const deleted = kernel.sent.filter(({ type }) => type === RTM_DELLINK).length
    expect([moved, deleted]).toEqual([300, 1])
  })
  it('are those that could be put into it, in whichever window', async () => {
    const indexOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(20, true)
    const { connection, kernel } = await connect(({ sequence: s, type, flags, bytes }) => {
      if (type === RTM_GETLINK && flags & NLM_F_DUMP) {
        return [join(...Array.from({ length: 300 }, (_, i) => link(s, 100 + i, `d${i}`, 'dummy'))), done(s)]
      }
      if ([103, 250, 399].includes(indexOf(bytes))) return [verdict(s, 19)]
      return flags & NLM_F_ACK ? [verdict(s, 0)] : []
    })
    const all = Array.from({ length: 300 }, (_, i) => ({ operation: 'link delete', spec: { link: 100 + i } }) as const)
    const results = await connection.execute(all)
    expect(
      results.flatMap((result, i) => (result.ok ? [] : [[100 + i, (result.error as { code?: string }).code]])),
    ).toEqual([103, 250, 399].map((index) => [index, 'ENODEV']))
    const deleted = kernel.sent.filter(({ type }) => type === RTM_DELLINK).map(({ bytes }) => indexOf(bytes))
    expect(deleted).toEqual([0, 103, 250, 399])
  })
})
