/** Every option of every kind: written, then read back, alone and together; and none is forgotten. */
import {
  bridgePortFields,
  type CleanLinkChange,
  type CleanLinkSpec,
  type Field,
  type FieldTable,
  factsOf,
  type KindProperty,
  kindOptions,
  knownKinds,
  type Link,
  type Request,
  tunFields,
} from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { linkKinds } from '../src/rtnetlink/kind/index.js'
import { tunAttributes } from '../src/rtnetlink/kind/tun.js'
import type { KindContext } from '../src/rtnetlink/link.js'
import { linkAttributes, linkInfoAttributes } from '../src/rtnetlink/link-attributes.js'
import { decodeLink } from '../src/rtnetlink/link-decode.js'
import { contextOf, encodeLink } from './link-message.js'

const context = contextOf({ v0: 3, eth0: 9 })
/** Values that a field can have, not those that a message without it would be read as. */
function valuesOf(field: Field): unknown[] {
  switch (field.type) {
    case 'boolean':
      return [true, false]
    case 'integer':
      return [field.min, field.max, Math.floor((field.min + field.max) / 2)]
    case 'seconds':
      return [field.min, field.max, field.min + field.step * 3].map((value) => Math.round(value * 100) / 100)
    case 'choice':
      return [...field.values]
    case 'text':
      return ['0123456789abcdef'.slice(0, field.octets)]
    case 'mac':
      return ['01:80:c2:00:00:0f']
    case 'ip':
      if (field.version === 6) return ['2001:db8::1']
      return field.version === 4 ? ['192.0.2.1', '239.1.1.1'] : ['192.0.2.1', '2001:db8::1', '239.1.1.1']
    case 'link':
      return [7]
    case 'macs':
      return [['02:00:00:00:00:01', '02:00:00:00:00:02'], []]
    case 'ips':
      return [field.version === 4 ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1'], []]
    case 'range':
      return [[1, 65535]]
    case 'numbers':
      return [Array.from({ length: field.count }, (_, i) => field.max - i)]
    case 'map':
      return [{ 0: 7, 5: 6 }, {}]
    default:
      throw new Error(`no values for ${field.type}`)
  }
}

/** The link that the kernel would tell of, were it to send the attributes of the request back. */
function back(request: Request, before = context): Link {
  const bytes = encodeLink({ ...request, spec: { ...request.spec, name: 'x' } } as Request, before)
  return decodeLink(new Octets(bytes), 16, bytes.length)
}
const made = (kind: string, property: string, options: object) =>
  back({ operation: 'link add', spec: { kind, parent: 3, [property]: options } as unknown as CleanLinkSpec })
/** A link that has none of the options yet. */
const asBefore = (property: string): KindContext => ({
  ...context,
  linkBefore: () => ({ [property]: {} }) as unknown as Link,
})
const changed = (property: string, options: object) =>
  back({ operation: 'link set', spec: { link: 3, [property]: options } as CleanLinkChange }, asBefore(property))

// Told by presence, or sent only where it is on: absent and false are one.
const flags = ['remoteChecksumRx', 'gbp', 'gpe', 'ttlInherit', 'fdbFlush', 'external', 'innerProtocolInherit']
/** What an option is told together with: alone it says nothing. */
const bases: Readonly<Record<string, object>> = { vlan: { id: 1 } }
const encap = { encap: 'fou' }
const companions: Readonly<Record<string, object>> = {
  // An ERSPAN numbers its packets always, but in version 0.
  ...{ iseq: { erspanVersion: 0 }, oseq: { erspanVersion: 0 } },
  ...{ encapSport: encap, encapDport: encap, encapCsum: encap, encapCsum6: encap, encapRemcsum: encap },
}
/** Kinds whose options replace all those of before. */
const replaces = (kind: string) => linkKinds.get(kind)?.replaces === true
const cases = knownKinds.flatMap((kind): [kind: string, property: KindProperty, fields: FieldTable, base: object][] => {
  const property = factsOf(kind)?.property
  return property === undefined || kindOptions[property].fixed
    ? []
    : [[kind, property, kindOptions[property].fields, bases[kind] ?? {}]]
})

describe.each(cases)('%s', (kind, property, fields, base) => {
  // A step of another option is not told itself.
  const whole = Object.entries(fields).filter(([, field]) => field.changes === undefined)
  test.each(whole.map(([name]) => name))('%s', (name) => {
    for (const value of valuesOf(fields[name] as Field)) {
      const options = { ...base, ...companions[name], [name]: value }
      const state = made(kind, property, options)[property] as Record<string, unknown> | undefined
      if (flags.includes(name) && value === false) expect(state?.[name] ?? false).toBe(false)
      else expect(state?.[name]).toEqual(value)
    }
  })
  test('all together, and by a change', () => {
    const all: Record<string, unknown> = Object.fromEntries(whole.map(([name, field]) => [name, valuesOf(field)[0]]))
    expect(made(kind, property, all)[property]).toMatchObject(all)
    // A state is not read without what a link must have.
    const kept = (name: string) => fields[name]?.addOnly !== true || fields[name]?.required === true
    const later = Object.fromEntries(Object.entries(all).filter(([name]) => kept(name)))
    expect(changed(property, later)[property]).toMatchObject(later)
  })
  if (replaces(kind)) return
  test('nothing but what was told is changed', () => {
    const octets = encodeLink(
      { operation: 'link set', spec: { link: 3, [property]: { ...base } } as CleanLinkChange },
      context,
    )
    expect(octets.length).toBeLessThan(32 + 4 + 16 + 12)
  })
})

describe('bridge port', () => {
  test.each(Object.keys(bridgePortFields))('%s', (name) => {
    for (const value of valuesOf(bridgePortFields[name as keyof typeof bridgePortFields])) {
      // The STP state goes by a message of its own unless something else is changed too.
      const spec = { link: 3, alias: 'x', port: { [name]: value } } as CleanLinkChange
      const port = back({ operation: 'link set', spec }).port as Record<string, unknown>
      if (flags.includes(name) && value === false) expect(port[name] ?? false).toBe(false)
      else expect(port[name]).toEqual(value)
    }
  })
})

describe('links named by name', () => {
  test('a VXLAN sends the index of its link', () => {
    expect(made('vxlan', 'vxlan', { link: 'eth0' }).vxlan?.link).toBe(9)
  })
})

describe('TUN and TAP', () => {
  const told = (values: object) => {
    const to = new MessageWriter()
    to.begin(16, 0)
    to.zeros(16)
    linkAttributes.name.write(to, 'tun0')
    const nest = to.nest(linkAttributes.linkInfo.type)
    linkInfoAttributes.kind.write(to, 'tun')
    const data = to.nest(linkInfoAttributes.data.type)
    for (const [property, value] of Object.entries(values))
      tunAttributes[property as keyof typeof tunAttributes].write(to, value as never)
    to.endNest(data)
    to.endNest(nest)
    to.end()
    return decodeLink(new Octets(to.bytes.slice(0, to.length)), 16, to.length)
  }
  test('the mode tells them apart and is no part of the state', () => {
    expect(told({ mode: 1, persistent: true })).toMatchObject({ kind: 'tun', tun: { persistent: true } })
    const tap = told({ mode: 2, queues: 3, disabledQueues: 1, owner: 1000, ownerGroup: 4294967294 })
    expect(tap.kind).toBe('tap')
    expect(tap.tun).toStrictEqual({ queues: 3, disabledQueues: 1, owner: 1000, ownerGroup: 4294967294 })
  })
  test.each(Object.keys(tunFields))('%s', (name) => {
    for (const value of valuesOf(tunFields[name as keyof typeof tunFields]))
      expect(told({ mode: 1, [name]: value }).tun).toEqual({ [name]: value })
  })
})
