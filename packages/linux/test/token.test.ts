import { cleanRequest, type LooseRequest, type Token } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import type { OperationCodec } from '../src/rtnetlink/codec.js'
import { decodeToken, tokenCodecs } from '../src/rtnetlink/token.js'
import { dissect } from './dissect.js'
import { loadFixture } from './fixtures/load.js'

const replies = loadFixture('token/list').replies.filter((bytes) => bytes[4] === 16 && bytes[16] === 10)

describe('tokens', () => {
  it.each([
    ['set', 'token set', { link: 'v0', token: '::5' }],
    ['delete', 'token delete', { link: 'v0' }],
    ['list', 'token list', {}],
  ] as const)('%s is asked for as iproute2 does', (name, operation, spec) => {
    const recorded = loadFixture(`token/${name}`).requests.at(-1) as Uint8Array
    const to = new MessageWriter()
    const codec = tokenCodecs[operation] as OperationCodec<never>
    codec.encode(to, cleanRequest({ operation, spec } as LooseRequest).spec as never, {
      linkIndex: () => new DataView(recorded.buffer, recorded.byteOffset).getUint32(20, true),
      namespaceFd: () => 3,
      timerFrequency: () => 1e9,
    })
    const mine = dissect(to.bytes.slice(0, to.length), 'link') as { attributes: string[] }
    const theirs = dissect(recorded, 'link') as { attributes: string[] }
    // `ip` asks for what a list of links holds by its mask, which says nothing here.
    expect(mine).toEqual({ ...theirs, attributes: theirs.attributes.filter((text) => !text.startsWith('29: ')) })
  })

  it('are those that ip -j made of the same octets', () => {
    const found = replies
      .map((bytes) => decodeToken(new Octets(bytes), 16, bytes.length))
      .filter((entry): entry is Token => entry !== undefined)
    const told = loadFixture('token/list').json as { token: string }[]
    expect(told.map((entry) => entry.token)).toContain('::a:b:c:d')
    expect(found.map((entry) => entry.token)).toEqual(told.map((entry) => entry.token))
  })

  it('a link of another family has none; what is cut gives a decode error', () => {
    const bytes = (replies.at(-1) as Uint8Array).slice()
    for (const end of [20, bytes.length - 2])
      expect(() => decodeToken(new Octets(bytes), 16, end)).toThrowError(/token/)
    bytes[16] = 7
    expect(decodeToken(new Octets(bytes), 16, bytes.length)).toBeUndefined()
  })
})
