/** Teams: tables of attributes, and the way between options and octets (`linux/if_team.h`, `drivers/net/team/team.c`). @module */
import { DecodeError, type RawAttribute, type TeamOption, type TeamOptionType, type TeamPortState } from '@vnet/core'
import { attributes, custom, flag, text, u8, u32, writeAttributes } from '../netlink/attribute.js'
import { forEachAttribute, readAttributes } from '../netlink/attribute-run.js'
import type { Octets } from '../netlink/octets.js'
import { type Range, range } from '../netlink/range.js'
import type { MessageWriter } from '../netlink/writer.js'

const DATA = 4

/** Numbers of the layouts (`enum` of NLA_* in `include/net/netlink.h`: the kernel's own, and what this family sends). */
const layouts: Readonly<Record<TeamOptionType, number>> = { u32: 3, string: 5, bool: 6, binary: 11, s32: 14 }
const layoutOf = new Map(Object.entries(layouts).map(([word, number]) => [number, word as TeamOptionType]))

/** Attributes of an option, TEAM_ATTR_OPTION_*. */
export const teamOptionAttributes = attributes({
  name: text(1, 'TEAM_ATTR_OPTION_NAME'),
  changed: flag(2, 'TEAM_ATTR_OPTION_CHANGED'),
  type: u8(3, 'TEAM_ATTR_OPTION_TYPE'),
  // Its layout is that of the type.
  data: range(DATA, 'TEAM_ATTR_OPTION_DATA', 'bytes'),
  removed: flag(5, 'TEAM_ATTR_OPTION_REMOVED'),
  port: u32(6, 'TEAM_ATTR_OPTION_PORT_IFINDEX'),
  arrayIndex: u32(7, 'TEAM_ATTR_OPTION_ARRAY_INDEX'),
})

/** A list holds each option in one of these, TEAM_ATTR_ITEM_OPTION_*. */
export const teamOptionItemAttributes = attributes({
  option: custom<TeamOption>(1, 'TEAM_ATTR_ITEM_OPTION', 'nested', 0, () => {}, readOption),
})

/** Attributes of a port, TEAM_ATTR_PORT_*. */
export const teamPortAttributes = attributes({
  link: u32(1, 'TEAM_ATTR_PORT_IFINDEX'),
  changed: flag(2, 'TEAM_ATTR_PORT_CHANGED'),
  linkUp: flag(3, 'TEAM_ATTR_PORT_LINKUP'),
  speed: u32(4, 'TEAM_ATTR_PORT_SPEED'),
  duplex: u8(5, 'TEAM_ATTR_PORT_DUPLEX'),
  removed: flag(6, 'TEAM_ATTR_PORT_REMOVED'),
})

/** A list holds each port in one of these, TEAM_ATTR_ITEM_PORT_*. */
export const teamPortItemAttributes = attributes({
  port: custom<TeamPortState>(1, 'TEAM_ATTR_ITEM_PORT', 'nested', 0, () => {}, readPort),
})

/** Attributes of a message, TEAM_ATTR_*. */
export const teamMessageAttributes = attributes({
  link: u32(1, 'TEAM_ATTR_TEAM_IFINDEX'),
  options: custom<readonly TeamOption[]>(
    2,
    'TEAM_ATTR_LIST_OPTION',
    'nested',
    0,
    () => {},
    (from, start, end) => items(from, start, end, teamOptionItemAttributes.option),
  ),
  ports: custom<readonly TeamPortState[]>(
    3,
    'TEAM_ATTR_LIST_PORT',
    'nested',
    0,
    () => {},
    (from, start, end) => items(from, start, end, teamPortItemAttributes.port),
  ),
})

/** One of the messages that tell a team. */
export interface TeamPart {
  readonly options?: readonly TeamOption[]
  readonly ports?: readonly TeamPortState[]
  readonly other: readonly RawAttribute[]
}

/** Reads a message about a team, from behind the header of generic netlink. */
export function readTeamPart(from: Octets, start: number, end: number): TeamPart {
  const { values, other } = readAttributes(teamMessageAttributes, from, start, end, 'team')
  return { ...values, other } as unknown as TeamPart
}

/** An option to set, with indexes in place of links. */
export interface CleanTeamSetting {
  readonly name: string
  readonly type: TeamOptionType
  readonly value: number | boolean | string | Uint8Array
  readonly port?: number | undefined
  readonly arrayIndex?: number | undefined
}

/** Appends the list with the one option that is set. */
export function writeOption(to: MessageWriter, setting: CleanTeamSetting): void {
  const { name, type, value, port, arrayIndex } = setting
  const list = to.nest(teamMessageAttributes.options.type)
  const item = to.nest(teamOptionItemAttributes.option.type)
  writeAttributes(to, teamOptionAttributes, { name, type: layouts[type], port, arrayIndex })
  if (typeof value === 'string') to.textAttribute(DATA, value)
  else if (typeof value === 'number') to.u32Attribute(DATA, value >>> 0)
  else if (value instanceof Uint8Array) to.octetsAttribute(DATA, value)
  else if (value) to.flagAttribute(DATA)
  to.endNest(item)
  to.endNest(list)
}

function items<T>(
  from: Octets,
  start: number,
  end: number,
  item: { readonly type: number; read(from: Octets, start: number, end: number): T },
): readonly T[] {
  const found: T[] = []
  forEachAttribute(from, start, end, 'team', (type, at, stop) => {
    if (type === item.type) found.push(item.read(from, at, stop))
  })
  return found
}

function readOption(from: Octets, start: number, end: number): TeamOption {
  const { values, other } = readAttributes(teamOptionAttributes, from, start, end, 'team.options')
  const {
    name = '',
    type = 0,
    data,
    port,
    arrayIndex,
  } = values as {
    readonly name?: string
    readonly type?: number
    readonly data?: Range
    readonly port?: number
    readonly arrayIndex?: number
  }
  const layout = layoutOf.get(type) ?? (String(type) as TeamOptionType)
  return {
    name,
    type: layout,
    value: optionValue(from, layout, data, start),
    ...(port === undefined ? {} : { port }),
    ...(arrayIndex === undefined ? {} : { arrayIndex }),
    other,
  }
}

/** A flag says true by being there; an empty value of octets may be left out. */
function optionValue(from: Octets, layout: TeamOptionType, data: Range | undefined, at: number): TeamOption['value'] {
  if (layout === 'bool') return data !== undefined
  const [start, end] = data ?? [at, at]
  if (layout === 'string') return from.text(start, end)
  if (layout !== 'u32' && layout !== 's32') return from.copy(start, end)
  if (end - start < 4) throw new DecodeError('team.options', start, `a number of ${end - start} octets, not 4`)
  return layout === 'u32' ? from.u32(start) : from.s32(start)
}

const unknownSpeed = 0xffffffff
const duplexes = ['half', 'full'] as const

function readPort(from: Octets, start: number, end: number): TeamPortState {
  const { values, other } = readAttributes(teamPortAttributes, from, start, end, 'team.ports')
  const {
    link = 0,
    linkUp = false,
    speed = 0,
    duplex = 0xff,
  } = values as {
    readonly link?: number
    readonly linkUp?: boolean
    readonly speed?: number
    readonly duplex?: number
  }
  // Without a link, or where the driver does not know, both are zeros: no speed, and what would mean half.
  const isKnown = speed !== 0 && speed !== unknownSpeed
  const way = isKnown ? duplexes[duplex] : undefined
  return {
    link,
    linkUp,
    ...(isKnown ? { speed } : {}),
    ...(way === undefined ? {} : { duplex: way }),
    other,
  }
}
