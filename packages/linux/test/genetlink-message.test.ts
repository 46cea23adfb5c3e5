/** Messages about teams and MACsec links, by the book (`linux/if_team.h`, `linux/if_macsec.h`). */
import { isDecodeError } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { macsecMessageAttributes, readMacsec } from '../src/genetlink/macsec.js'
import { readTeamPart, writeOption } from '../src/genetlink/team.js'
import { writeAttributes } from '../src/netlink/attribute.js'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'

/** Octets without a header of netlink. */
function octetsOf(body: (to: MessageWriter) => void): Uint8Array {
  const to = new MessageWriter()
  to.begin(40, 0)
  body(to)
  to.end()
  return to.bytes.slice(16, to.length)
}

function inNest(to: MessageWriter, type: number, body: () => void): void {
  const at = to.nest(type)
  body()
  to.endNest(at)
}

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

describe('teams', () => {
  // Layouts: NLA_U32, NLA_STRING, NLA_FLAG, NLA_BINARY, NLA_S32.
  const options: readonly (readonly [name: string, layout: number, body: (to: MessageWriter) => void])[] = [
    ['number', 3, (to) => to.u32Attribute(4, 0xfffffffe)],
    ['text', 5, (to) => to.textAttribute(4, 'roundrobin')],
    ['on', 6, (to) => to.flagAttribute(4)],
    ['off', 6, () => {}],
    ['octets', 11, (to) => to.octetsAttribute(4, Uint8Array.of(1, 2, 3))],
    ['none', 11, () => {}],
    ['signed', 14, (to) => to.u32Attribute(4, 0xfffffffe)],
  ]
  const told = (some: typeof options) =>
    octetsOf((to) => {
      to.u32Attribute(1, 7)
      inNest(to, 2, () => {
        for (const [name, layout, body] of some) {
          inNest(to, 1, () => {
            to.textAttribute(1, name)
            to.u8Attribute(3, layout)
            body(to)
          })
        }
      })
    })

  it('options of each layout are read', () => {
    const bytes = told(options)
    const { options: found } = readTeamPart(new Octets(bytes), 0, bytes.length)
    expect(found?.map(({ name, type, value }) => [name, type, value])).toEqual([
      ['number', 'u32', 0xfffffffe],
      ['text', 'string', 'roundrobin'],
      ['on', 'bool', true],
      ['off', 'bool', false],
      ['octets', 'binary', Uint8Array.of(1, 2, 3)],
      ['none', 'binary', new Uint8Array(0)],
      ['signed', 's32', -2],
    ])
  })

  it('a number that is cut is a decode error', () => {
    const bytes = told([['number', 3, (to) => to.u16Attribute(4, 1)]])
    expect(() => readTeamPart(new Octets(bytes), 0, bytes.length)).toThrow(expect.toSatisfy(isDecodeError))
  })

  it('what is set of a port is written as it is read', () => {
    const bytes = octetsOf((to) => writeOption(to, { name: 'priority', type: 's32', value: -2, port: 9 }))
    const { options: found } = readTeamPart(new Octets(bytes), 0, bytes.length)
    expect(found).toEqual([{ name: 'priority', type: 's32', value: -2, port: 9, other: [] }])
  })
})

describe('MACsec links', () => {
  const sci = '0200000000f00001'
  const written = (values: object) => hex(octetsOf((to) => writeAttributes(to, macsecMessageAttributes, values)))

  it('a channel and an association are nests, and a packet number is as wide as the cipher has it', () => {
    const association = { association: 1, active: true, packetNumber: { value: 5, wide: false } }
    const [link, channel] = ['0800010003000000', '100002800c0001000200000000f00001']
    const narrow = '1c000380050001000100000005000200010000000800030005000000'
    expect(written({ link: 3, channel: { sci }, association })).toBe(link + channel + narrow)
    const wide = '10000380' + '0c0003000500000000000000'
    expect(written({ association: { packetNumber: { value: 5, wide: true } } })).toBe(wide)
  })

  const told = octetsOf((to) => {
    to.u32Attribute(1, 3)
    inNest(to, 4, () => {
      to.octetsAttribute(1, Uint8Array.from(Buffer.from(sci, 'hex')))
      to.u8Attribute(2, 1)
      to.octetsAttribute(14, new Uint8Array(0))
    })
    inNest(to, 5, () =>
      inNest(to, 1, () => {
        to.u8Attribute(1, 2)
        to.u64Attribute(3, 77)
        inNest(to, 6, () => to.u32Attribute(7, 4))
      }),
    )
    inNest(to, 6, () => inNest(to, 1, () => to.u8Attribute(2, 1)))
    inNest(to, 8, () => {
      to.octetsAttribute(9, new Uint8Array(0))
      to.u64Attribute(1, 8)
      to.octetsAttribute(9, new Uint8Array(0))
      to.u64Attribute(4, 9)
    })
    inNest(to, 9, () => to.u8Attribute(1, 2))
  })
  const plain = { association: 2, packetNumber: 77, keyId: '0'.repeat(32) }
  const settings = { link: 3, sci, encodingSa: 1, offload: 'mac', other: [] }

  it('are read without counters and padding', () => {
    expect(readMacsec(new Octets(told), 0, told.length, false)).toEqual({
      ...settings,
      associations: [plain],
      channels: [{ active: true, associations: [] }],
    })
  })

  it('are read with counters', () => {
    expect(readMacsec(new Octets(told), 0, told.length, true)).toMatchObject({
      ...settings,
      associations: [{ ...plain, statistics: { outPktsEncrypted: 4 } }],
      statistics: { outPktsUntagged: 8, inPktsNoTag: 9 },
    })
  })
})
