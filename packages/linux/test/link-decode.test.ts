/** Messages about links against what `ip -j -d` makes of the same octets, and against the attribute table. */
import { DecodeError, formatIp, formatMac, type Link } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { byNumber, readAttributes } from '../src/netlink/attribute-run.js'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { linkCodecs } from '../src/rtnetlink/link.js'
import { ifinfomsg, linkAttributes, unusedLinkAttributes } from '../src/rtnetlink/link-attributes.js'
import { decodeLink, decodeLinkMessage } from '../src/rtnetlink/link-decode.js'
import { writeStruct } from '../src/rtnetlink/struct.js'
import { listFixtures, loadFixture } from './fixtures/load.js'
import { comparable, linkOf } from './link-json.js'
import { contextOf } from './link-message.js'

const NEWLINK = 16
const isLink = (message: Uint8Array) => message[4] === NEWLINK && message[16] === 0
const decoded = (message: Uint8Array) => decodeLink(new Octets(message), 16, message.length)
/** Every message about a link that was ever recorded. */
const corpus = listFixtures().flatMap((name) => {
  const { replies, helpers } = loadFixture(name)
  const all = [...replies, ...helpers.flatMap((helper) => helper.replies)]
  return all.filter(isLink).map((message, number) => ({ name: `${name} ${number}`, message }))
})

const kindFixture =
  /get-(macsec|bond|team|hsr|vrf|ipvlan|ipvtap|nlmon|gre|gretap|erspan|ip6gre|ip6gretap|ip6erspan|ipip|sit|ip6tnl|vti|vti6|geneve|dummy)(-|$)/

describe('against ip -j -d', () => {
  const kinds = listFixtures('guest-link').filter((name) => kindFixture.test(name))
  const shown = [...listFixtures('link'), ...kinds, ...listFixtures('bridge-port')].filter(
    (name) => /\/(get|list)/.test(name) && Array.isArray(loadFixture(name).json),
  )
  test.each(shown)('%s', (name) => {
    const { json, replies, helpers, command } = loadFixture(name)
    if (command.startsWith('bridge')) return
    const messages = [...helpers.flatMap((helper) => helper.replies), ...replies].filter(isLink)
    const links = messages.map(decoded)
    const indexOf = (other: string) => links.find((link) => link.name === other)?.index
    for (const printed of json as Record<string, unknown>[]) {
      // `ip` leaves a hole where it filters by itself.
      if (printed.ifindex === undefined) continue
      const wanted = linkOf(printed, indexOf)
      // The last is the one that was printed; `ip` may have looked the link up before.
      const link = links.findLast((each) => each.index === printed.ifindex) as Link
      const told: Record<string, unknown> = { ...comparable(link, wanted) }
      // `ip` looks up the name of a parent only where it can; of older kernels it cannot tell the carrier at all.
      delete told.carrier
      // `ip` prints it where it differs from the address.
      if (wanted.permanentMac === undefined && told.permanentMac === told.mac) delete told.permanentMac
      if (wanted.parent === undefined) delete told.parent
      expect(told).toEqual(wanted)
    }
  })
})

/** The address of a tunnel's end is an IP address. */
function addressText(type: string, octets: unknown): unknown {
  if (typeof octets !== 'string' || !['ipip', 'sit', 'gre', 'tunnel6', 'gre6'].includes(type)) return octets
  return formatIp(Uint8Array.from(octets.split(':'), (octet) => Number.parseInt(octet, 16)))
}

describe('against the table', () => {
  test('the numbers 1 to 69 are known, each once', () => {
    const numbers = [...Object.values(linkAttributes), ...Object.values(unusedLinkAttributes)].map(({ type }) => type)
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 69 }, (_, number) => number + 1))
  })

  test.each(corpus)('$name', ({ message }) => {
    const from = new Octets(message)
    const { values } = readAttributes(linkAttributes, from, 32, message.length, 'link')
    const link = decoded(message)
    const limits = [
      'gsoMaxSize',
      'gsoMaxSegments',
      'tsoMaxSize',
      'tsoMaxSegments',
      'groMaxSize',
      'gsoIpv4MaxSize',
      'groIpv4MaxSize',
    ]
    const ends = ['mac', 'broadcast', 'permanentMac'] as const
    for (const property of ends) expect(link[property]).toEqual(addressText(link.type, values[property]))
    for (const property of ['name', 'mtu', 'qdisc', 'master', 'txQueueLength', 'linkMode', 'alias'])
      expect(link[property as keyof Link]).toEqual(values[property])
    for (const property of [
      'group',
      'promiscuity',
      'txQueues',
      'rxQueues',
      'carrier',
      'linkNamespaceId',
      'minMtu',
      'maxMtu',
    ])
      expect(link[property as keyof Link]).toEqual(values[property])
    for (const property of ['parentDevice', 'parentBus', 'allMulticast', 'statistics'])
      expect(link[property as keyof Link]).toEqual(values[property])
    for (const property of limits)
      expect((link.limits as Record<string, unknown> | undefined)?.[property]).toEqual(values[property])
    expect(link.parent).toEqual(values.parent)
    expect(link.addrGenMode).toEqual(
      (values.addressFamilies as { inet6?: { addrGenMode?: number } }).inet6?.addrGenMode,
    )
    const info = values.linkInfo as { kind?: string; portKind?: string } | undefined
    expect(link.kind).toEqual(link.tun === undefined || link.kind === 'tun' ? info?.kind : 'tap')
    expect(link.portKind).toEqual(info?.portKind)
    expect(link.other).toEqual([])
    expect(Object.values(link)).not.toContain(undefined)
  })
})

/** A message of the attributes given, by property. */
function message(values: Record<string, unknown>, header = {}, more: [type: number, bytes: Uint8Array][] = []) {
  const to = new MessageWriter()
  to.begin(NEWLINK, 0)
  writeStruct(to, ifinfomsg, { index: 7, type: 1, ...header })
  for (const [property, value] of Object.entries(values))
    linkAttributes[property as keyof typeof linkAttributes].write(to, value as never)
  for (const [type, bytes] of more) to.octetsAttribute(type, bytes)
  to.end()
  return to.bytes.slice(0, to.length)
}

describe('parts', () => {
  test('absent is absent', () => {
    expect(decoded(message({ name: 'x' }))).toStrictEqual({
      index: 7,
      name: 'x',
      type: 'ether',
      up: false,
      flags: [],
      operationalState: 'unknown',
      linkMode: 0,
      mtu: 0,
      group: 0,
      txQueueLength: 0,
      altNames: [],
      other: [],
    })
  })

  test('unknown attributes are kept as copies, known ones of no use are not', () => {
    const bytes = message({ name: 'x' }, {}, [
      [200, Uint8Array.of(1, 2, 3)],
      [0x3fff, new Uint8Array()],
      [14, new Uint8Array(32)],
    ])
    const { other } = decoded(bytes)
    bytes.fill(0)
    expect(other).toEqual([
      { type: 200, bytes: Uint8Array.of(1, 2, 3) },
      { type: 0x3fff, bytes: new Uint8Array() },
    ])
  })

  test('data of a kind without a name survives a round trip', () => {
    const data = [
      { type: 1, bytes: Uint8Array.of(9, 8) },
      { type: 300, bytes: new Uint8Array() },
    ]
    const to = new MessageWriter()
    linkCodecs['link add'].encode(to, { kind: 'bareudp', name: 'g0', data }, contextOf())
    const made = to.bytes.slice(0, to.length)
    const link = decoded(made)
    expect(link.kind).toBe('bareudp')
    expect(link.data).toEqual(data)
    to.clear()
    linkCodecs['link add'].encode(to, { kind: 'bareudp', name: 'g0', data: link.data ?? [] }, contextOf())
    expect(to.bytes.slice(0, to.length)).toEqual(made)
  })

  test('namespace ids have a sign, a parent of 0 is that of a tunnel bound to none', () => {
    const link = decoded(message({ name: 'x', parent: 0, linkNamespaceId: -1 }))
    expect(link.linkNamespaceId).toBe(-1)
    expect(link.parent).toBe(0)
    expect(decoded(message({ name: 'x', parent: 4294967295 })).parent).toBe(4294967295)
  })

  test('texts: NUL or not, other characters than ASCII', () => {
    expect(decoded(message({}, {}, [[3, new TextEncoder().encode('v0')]])).name).toBe('v0')
    for (const name of ['é', 'naïve', 'é', '链路0', 'a'])
      expect(decoded(message({ name, alias: `${name}!`, qdisc: name }))).toMatchObject({
        name,
        alias: `${name}!`,
        qdisc: name,
      })
  })

  test('addresses of any length', () => {
    for (const length of [4, 6, 8, 16, 20]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7)
      expect(decoded(message({ name: 'x' }, {}, [[1, bytes]])).mac).toBe(formatMac(bytes))
    }
    for (let i = 0; i < 10_000; i++) {
      const bytes = Uint8Array.of(2, i & 3, 0, i >> 8, 1, i & 255)
      expect(decoded(message({ name: 'x' }, {}, [[1, bytes]])).mac).toBe(formatMac(bytes))
    }
  })

  test('several alternative names, in order', () => {
    const to = new MessageWriter()
    to.begin(NEWLINK, 0)
    writeStruct(to, ifinfomsg, { index: 1 })
    linkAttributes.name.write(to, 'x')
    const nest = to.nest(52)
    for (const name of ['one', 'two', 'a'.repeat(127)]) linkAttributes.altName.write(to, name)
    to.endNest(nest)
    to.end()
    expect(decoded(to.bytes.slice(0, to.length)).altNames).toEqual(['one', 'two', 'a'.repeat(127)])
  })
})

describe('messages that are about something else', () => {
  const other = (type: number, bytes: Uint8Array) => decodeLinkMessage(new Octets(bytes), 16, bytes.length, type)
  test('another type, the family of a bridge, a wireless event', () => {
    expect(other(20, message({ name: 'x' }))).toBeUndefined()
    expect(other(17, message({ name: 'x' }))?.name).toBe('x')
    expect(other(16, message({ name: 'x' }, { family: 7 }))).toBeUndefined()
    expect(other(16, message({ name: 'x' }, {}, [[11, new Uint8Array(8)]]))).toBeUndefined()
  })
  test('counters are left out where nobody asked for them', () => {
    const bytes = message({ name: 'x' }, {}, [[23, new Uint8Array(200)]])
    const read = (wanted?: boolean) => decodeLinkMessage(new Octets(bytes), 16, bytes.length, 16, wanted)
    expect(read()).toHaveProperty('statistics')
    expect(read(false)).not.toHaveProperty('statistics')
    const echo = linkCodecs['link add'].decode?.(new Octets(bytes), 16, bytes.length, 16, { kind: 'ifb' })
    expect(echo).not.toHaveProperty('statistics')
  })
})

describe('filters', () => {
  const link = (values: Partial<Link>) => values as Link
  const filter = (spec: object) =>
    linkCodecs['link list'].filter?.(spec, contextOf({ br0: 4 })) as ((link: Link) => boolean) | undefined
  test('none', () => expect(filter({ statistics: true })).toBeUndefined())
  test('each', () => {
    expect(filter({ kind: 'tap' })?.(link({ kind: 'tun' }))).toBe(false)
    expect(filter({ kind: 'tap' })?.(link({ kind: 'tap' }))).toBe(true)
    expect(filter({ up: false })?.(link({ up: true }))).toBe(false)
    expect(filter({ group: 0 })?.(link({ group: 0 }))).toBe(true)
    expect(filter({ master: 'br0' })?.(link({ master: 4 }))).toBe(true)
    expect(filter({ master: 'br0' })?.(link({}))).toBe(false)
  })
})

describe('octets that are no link', () => {
  /** Deterministic, so that a failure repeats. */
  function random(seed: number) {
    let state = seed
    return (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return (state >>> 8) % below
    }
  }
  const tried = (bytes: Uint8Array) => {
    Error.stackTraceLimit = 0
    try {
      decoded(bytes)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    } finally {
      Error.stackTraceLimit = 10
    }
  }

  test('any prefix of any message', () => {
    for (const { message: whole } of corpus.slice(0, 40))
      for (let end = 0; end < whole.length; end++) tried(whole.slice(0, end))
    expect(() => decoded(new Uint8Array(20))).toThrow(DecodeError)
    expect(() => decoded(message({}))).toThrow('no name')
    expect(() => decodeLink(new Octets(message({ name: 'x' })), 16, 4000)).toThrow(DecodeError)
  })

  test('values that are too short', () => {
    for (const { type, size, name } of Object.values(linkAttributes)) {
      if (size === 0 || ['IFLA_NET_NS_FD', 'IFLA_EXT_MASK'].includes(name)) continue
      const bytes = message({ name: 'x' }, {}, [[type, new Uint8Array(size - 1)]])
      expect(() => decoded(bytes), name).toThrow(DecodeError)
    }
  })

  test('100,000 changed or random messages', { timeout: 120_000 }, () => {
    const next = random(20240607)
    for (let round = 0; round < 100_000; round++) {
      const source = corpus[next(corpus.length)]?.message as Uint8Array
      const bytes = round % 10 === 0 ? Uint8Array.from({ length: 16 + next(200) }, () => next(256)) : source.slice()
      if (round % 10 === 0)
        for (let at = 32; at + 4 <= bytes.length; at += 4 + next(3) * 4) bytes.set([4 + next(12), 0, next(80), 0], at)
      else for (let i = next(6); i >= 0; i--) bytes[16 + next(bytes.length - 16)] = next(256)
      tried(bytes)
    }
  })
})

test('the table has an entry for each number that the decoder asks for', () => {
  for (const number of [
    1, 2, 3, 4, 5, 6, 10, 13, 16, 17, 18, 20, 23, 26, 27, 30, 31, 32, 33, 37, 40, 41, 50, 51, 52, 54, 56,
  ])
    expect(byNumber(linkAttributes)[number]).toBeDefined()
})
