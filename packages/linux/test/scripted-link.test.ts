/** Links on kernels that send nothing back, forget options, or delete groups. */
import { cleanRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { done, join, message, type SentMessage, verdict } from '../src/testing/scripted-kernel.js'
import { connect, link, NLM_F_ACK, NLM_F_DUMP, RTM_GETLINK, RTM_NEWLINK } from './scripted.js'

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
