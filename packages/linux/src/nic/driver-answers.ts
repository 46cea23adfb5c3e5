/** What the driver of a NIC tells: the questions of ethtool's netlink, and what becomes of the answers. @module */
import { type Nic, type NicFeature, type NicRange, type Request, VnetError } from '@vnet/core'
import * as k from '../genetlink/constants.js'
import type { Family, GenericCarrier } from '../genetlink/conversation.js'
import * as ethtool from '../genetlink/ethtool.js'
import { beginGeneric, genlmsghdr } from '../genetlink/message.js'
import type { AttributeTable } from '../netlink/attribute.js'
import { readValues } from '../netlink/attribute-run.js'
import { NLM_F_REQUEST } from '../netlink/message.js'

type Told = { -readonly [P in keyof Nic]?: Nic[P] }
/** The values of an answer, by the names of its table. */
type Answer<T extends AttributeTable> = { readonly [P in keyof T]?: ReturnType<T[P]['read']> }

const family = (name: string, table: AttributeTable): Family => ({
  name,
  paths: { headerSize: genlmsghdr.size, table, prefix: 'spec' },
  capability: 'nic features',
})

/** Sockets of `linux/ethtool.h`, `PORT_*`. */
const ports: { readonly [port: number]: string } = {
  0: 'tp',
  1: 'aui',
  2: 'mii',
  3: 'fibre',
  4: 'bnc',
  5: 'da',
  239: 'none',
  255: 'other',
}
const SPEED_UNKNOWN = 0xffffffff

/** All that the driver of a link tells. A driver may refuse any question: what it does not answer is absent. */
export async function driverAnswers(run: GenericCarrier, request: Request, link: number): Promise<Told> {
  const ask = <T extends AttributeTable>(command: number, table: T) => answerOf(run, request, link, command, table)
  const info = await ask(k.ETHTOOL_MSG_LINKINFO_GET, ethtool.linkInfoMessage)
  if (info === undefined) return {}
  const modes = await ask(k.ETHTOOL_MSG_LINKMODES_GET, ethtool.linkModesMessage)
  const state = await ask(k.ETHTOOL_MSG_LINKSTATE_GET, ethtool.linkStateMessage)
  const features = await ask(k.ETHTOOL_MSG_FEATURES_GET, ethtool.featuresMessage)
  const flags = await ask(k.ETHTOOL_MSG_PRIVFLAGS_GET, ethtool.privateFlagsMessage)
  const rings = await ask(k.ETHTOOL_MSG_RINGS_GET, ethtool.ringsMessage)
  const channels = await ask(k.ETHTOOL_MSG_CHANNELS_GET, ethtool.channelsMessage)
  return {
    ...(info.port === undefined ? {} : { port: ports[info.port] ?? String(info.port) }),
    ...(state?.carrier === undefined ? {} : { carrier: state.carrier !== 0 }),
    ...modesOf(modes ?? {}),
    ...featuresOf(features ?? {}),
    ...(flags?.flags === undefined || flags.flags.length === 0
      ? {}
      : { privateFlags: Object.fromEntries(flags.flags.map(({ name, on }) => [name, on])) }),
    ...ringsOf(rings ?? {}),
    ...channelsOf(channels ?? {}),
  }
}

/** The answer to a question; empty where the driver has none, `undefined` where the kernel knows no such questions. */
async function answerOf<T extends AttributeTable>(
  run: GenericCarrier,
  request: Request,
  link: number,
  command: number,
  table: T,
): Promise<Answer<T> | undefined> {
  let answer: Answer<T> = {}
  try {
    await run.generic.question(
      request,
      family('ethtool', table),
      (to, number) => {
        beginGeneric(to, number, NLM_F_REQUEST, command)
        const at = to.nest(1)
        to.u32Attribute(ethtool.ethtoolHeaderAttributes.link.type, link)
        to.endNest(at)
        to.end()
      },
      (from, start, end) => {
        answer = readValues(table, from, start + genlmsghdr.size, end, 'ethtool') as Answer<T>
      },
    )
    // What it refuses (EOPNOTSUPP mostly) it does not know; whether the link is gone is asked at the end.
    return answer
  } catch (error) {
    if (error instanceof VnetError && error.code === 'EOPNOTSUPP') return undefined
    throw error
  }
}

function modesOf({ autonegotiation, ours, speed, duplex }: Answer<typeof ethtool.linkModesMessage>): Told {
  return {
    ...(speed === undefined || speed === SPEED_UNKNOWN || speed === 0 ? {} : { speed }),
    ...(duplex === 0 ? { duplex: 'half' as const } : duplex === 1 ? { duplex: 'full' as const } : {}),
    ...(autonegotiation === undefined ? {} : { autonegotiation: autonegotiation === 1 }),
    ...(ours === undefined || ours.length === 0
      ? {}
      : {
          supported: ours.map(({ name }) => name),
          advertised: ours.filter(({ on }) => on).map(({ name }) => name),
        }),
  }
}

/** `ethtool -k` calls a feature fixed that is in no set of those to change, or in that of those which never change. */
function featuresOf({ changeable, wanted, active, never }: Answer<typeof ethtool.featuresMessage>): Told {
  if (changeable === undefined) return {}
  const names = (bits: typeof active) => new Set((bits ?? []).filter(({ on }) => on).map(({ name }) => name))
  const [isWanted, isActive, isNever] = [names(wanted), names(active), names(never)]
  const features = changeable
    .filter(({ name }) => name !== '')
    .map(({ name, on }): NicFeature => {
      const now = isActive.has(name)
      const fixed = !on || isNever.has(name)
      const wish = isWanted.has(name)
      return { name, active: now, fixed, ...(fixed || wish === now ? {} : { requested: wish }) }
    })
  return { features }
}

/** A number and its limit; absent where there can be none. */
const range = (now: number | undefined, most: number | undefined): NicRange | undefined =>
  now === undefined || most === undefined || (now === 0 && most === 0) ? undefined : { now, most }

const filled = <T extends object>(object: T): { [P in keyof T]?: NonNullable<T[P]> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never

function ringsOf(told: Answer<typeof ethtool.ringsMessage>): Told {
  const rings = filled({
    rx: range(told.rx, told.rxMost),
    rxMini: range(told.rxMini, told.rxMiniMost),
    rxJumbo: range(told.rxJumbo, told.rxJumboMost),
    tx: range(told.tx, told.txMost),
    rxBufferLength: told.rxBufferLength,
  })
  return Object.keys(rings).length === 0 ? {} : { rings }
}

function channelsOf(told: Answer<typeof ethtool.channelsMessage>): Told {
  const channels = filled({
    rx: range(told.rx, told.rxMost),
    tx: range(told.tx, told.txMost),
    other: range(told.other, told.otherMost),
    combined: range(told.combined, told.combinedMost),
  })
  return Object.keys(channels).length === 0 ? {} : { channels }
}

/** Whether a link is a wireless one. The kernel would load its wireless code for the question, so its absence is seen first. */
export async function isWireless(run: GenericCarrier, request: Request, link: number): Promise<boolean> {
  let found = false
  try {
    await run.generic.question(
      request,
      family('nl80211', ethtool.wirelessAttributes),
      (to, number) => {
        beginGeneric(to, number, NLM_F_REQUEST, k.NL80211_CMD_GET_INTERFACE)
        to.u32Attribute(ethtool.wirelessAttributes.link.type, link)
        to.end()
      },
      () => {
        found = true
      },
    )
  } catch (error) {
    if (!(error instanceof VnetError && error.code === 'EOPNOTSUPP')) throw error
  }
  return found
}
