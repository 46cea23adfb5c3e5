/** A port as the command line names it: `tap:tap0@blue,isolated`. @module */
import type { FaultRates, SwitchPortOptions } from '@vnet/switch'
import { placeOf } from '../namespaces.js'
import { wholeValue } from '../parameter.js'
import { UsageError } from '../usage.js'
import { readSettings, type Words } from './settings.js'

/** A port to be opened. */
export interface PortPlan {
  /** As it was written. */
  readonly written: string
  /** What it is called: `tap0`, `tap0@blue`, or what `name=` says. */
  readonly name: string
  /** The TAP. */
  readonly link: string
  /** Name or path of its namespace; empty for the one that the command acts in. */
  readonly namespace: string
  /** MTU that the TAP is given, octets. */
  readonly mtu?: number
  /** How the switch treats it. */
  readonly options: SwitchPortOptions
  /** How its frames are disturbed. */
  readonly fault?: { readonly in?: FaultRates; readonly out?: FaultRates }
}

const name = {
  placeholder: 'NAME',
  read(text: string, where: string) {
    if (/[\s:=]/.test(text)) throw new UsageError(`--${where}: no white space, : and = in ${JSON.stringify(text)}`)
    return text
  },
}
const number = { ...wholeValue('N'), placeholder: 'N' }
const macs = { placeholder: 'MAC+MAC', read: (text: string) => text.split('+') }

/** What may stand behind a port. The names are those of the switch's port options. */
export const portWords: Words = {
  name: { about: 'what it is called here; default NAME[@NAMESPACE]', property: 'name', value: name },
  mtu: { about: 'MTU that the TAP is given, octets', property: 'mtu', value: number },
  allow: { about: 'only these sources may send here', property: 'allow', value: macs },
  deny: { about: 'these sources may not send here', property: 'deny', value: macs },
  isolated: { about: 'reaches only ports that are not isolated', property: 'isolated' },
  hairpin: { about: 'frames may leave where they came in', property: 'hairpin' },
  sticky: { about: 'what is learned here does not move', property: 'sticky' },
  'no-learning': { about: 'learns no sources', property: 'learning', gives: false },
  'no-flood-unicast': { about: 'gets no frames to unknown stations', property: 'floodUnicast', gives: false },
  'no-flood-multicast': { about: 'gets no frames to groups', property: 'floodMulticast', gives: false },
  'no-flood-broadcast': { about: 'gets no broadcasts', property: 'floodBroadcast', gives: false },
  cost: { about: 'cost of the way over it in the spanning tree; default 20000', property: 'stp.cost', value: number },
  priority: {
    about: 'priority in the spanning tree, 0–240 by 16; default 128',
    property: 'stp.priority',
    value: number,
  },
  edge: { about: 'a host is there: forwards at once', property: 'stp.edge' },
  'no-auto-edge': { about: 'does not find that out by itself', property: 'stp.autoEdge', gives: false },
  'no-point-to-point': { about: 'several bridges may be there', property: 'stp.pointToPoint', gives: false },
  'bpdu-guard': { about: 'a BPDU shuts it', property: 'stp.bpduGuard' },
  'bpdu-filter': { about: 'neither sends nor hears BPDUs', property: 'stp.bpduFilter' },
}

/** Reads a port: `tap:NAME[@NAMESPACE][,SETTING…]`. */
export function readPort(written: string): PortPlan {
  const comma = written.indexOf(',')
  const where = comma < 0 ? written : written.slice(0, comma)
  const colon = where.indexOf(':')
  const kind = where.slice(0, Math.max(0, colon))
  if (kind !== 'tap') {
    throw new UsageError(
      `--port takes tap:NAME[@NAMESPACE], not ${JSON.stringify(where)}`,
      kind === ''
        ? `write tap:${where}`
        : 'only a TAP gives and takes frames; other links are joined to one by a bridge: vnet link set LINK --master br0',
    )
  }
  const { link, namespace } = placeOf(where.slice(colon + 1))
  const settings = comma < 0 ? {} : readSettings(written.slice(comma + 1), portWords, 'port')
  const { name = where.slice(colon + 1), mtu, ...options } = settings as SwitchPortOptions
  return { written, name, link, namespace, ...(mtu === undefined ? {} : { mtu }), options }
}

/** The port that `tap0:…` is about, and the rest; without a port where none is named. */
export function aboutPort(
  text: string,
  ports: readonly PortPlan[],
): { readonly port: PortPlan | undefined; readonly rest: string } {
  // A path of a namespace may have a colon: the longest name counts.
  const [port] = ports.filter(({ name }) => text.startsWith(`${name}:`)).sort((a, b) => b.name.length - a.name.length)
  return { port, rest: port === undefined ? text : text.slice(port.name.length + 1) }
}

/** As {@link aboutPort}, where a port must be named. */
export function needPort(
  text: string,
  ports: readonly PortPlan[],
  flag: string,
  example: string,
): { readonly port: PortPlan; readonly rest: string } {
  const { port, rest } = aboutPort(text, ports)
  if (port === undefined) refusePort(flag, text, ports, `write ${ports[0]?.name}:${example}`)
  return { port, rest }
}

/** Says that no port is named, and which there are. */
export function refusePort(flag: string, text: string, ports: readonly PortPlan[], hint: string): never {
  const names = ports.map(({ name }) => name).join(', ')
  throw new UsageError(`--${flag} names none of the ports ${names}: ${JSON.stringify(text)}`, hint)
}
