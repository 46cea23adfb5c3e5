/** Checks of ports: their options when opened, and what their methods take. @module */
import { named, rangeFault } from '../argument.js'
import type { PortFilter, PortOffloads, PortSpec, ProgramRef, Steering, TunPortOptions } from '../port.js'
import { type Checks, listOf, objectOf } from './object.js'
import { anyMac, boolean, type Check, linkName, textOf, unicastMac, wholeNumber, word } from './scalar.js'

const descriptor = wholeNumber(0, 0x7fffffff)
const id = wholeNumber(0, 0xfffffffe)
const program = objectOf({ fd: descriptor }, ['fd']) as Check as Check<ProgramRef>

const steering: Check<Steering> = (value, path) =>
  typeof value === 'string' ? word(['flow hash'])(value, path) : program(value, path)

const offloadSet = objectOf({ checksum: boolean, tso4: boolean, tso6: boolean, uso: boolean })
const offloads: Check<PortOffloads | 'all' | undefined> = (value, path) => {
  if (typeof value === 'boolean') return value ? 'all' : undefined
  const given = { checksum: true, tso4: false, tso6: false, uso: false, ...offloadSet(value, path) }
  if (!given.checksum && (given.tso4 || given.tso6 || given.uso)) {
    throw rangeFault(`${path}.checksum`, 'segmentation needs it', 'leave checksum out, or leave tso4, tso6 and uso out')
  }
  return given
}

const filterFields = objectOf({ macs: listOf(anyMac), allMulticast: boolean }, ['macs'])
const filter: Check<PortSpec['filter']> = (value, path) => {
  const clean = filterFields(value, path) as { macs: Uint8Array[]; allMulticast?: boolean }
  const { macs, allMulticast = false } = clean
  if (macs.length > 4096) throw rangeFault(`${path}.macs`, `${macs.length} MACs are more than 4096`, 'use allMulticast')
  // The kernel compares eight exactly and hashes group addresses beyond them; other unicast addresses cannot follow.
  const ninth = macs.findIndex((mac, index) => index >= 8 && ((mac[0] as number) & 1) === 0)
  if (ninth >= 0) {
    throw rangeFault(`${path}.macs.${ninth}`, 'only the first eight can be unicast', 'put group addresses last')
  }
  return { macs, allMulticast }
}

const headerSize: Check<number> = (value, path) => {
  const octets = wholeNumber(10, 12, 'octets')(value, path)
  if (octets === 11) throw rangeFault(path, 'a virtio header has 10 or 12 octets', 'leave it out for 12')
  return octets
}

const mtu = wholeNumber(68, 65_535, 'octets')

const common: Checks = {
  name: linkName,
  create: word(['auto', 'always', 'never']),
  fd: descriptor,
  multiQueue: boolean,
  queues: wholeNumber(1, 256),
  persistent: boolean,
  owner: id,
  ownerGroup: id,
  packetInformation: boolean,
  offloads,
  receive: word(['whole', 'split']),
  merge: boolean,
  headerSize,
  napi: boolean,
  carrier: boolean,
  sendBuffer: wholeNumber(1, 0x7fffffff, 'octets'),
  steering,
  frameFilter: program,
  batchSize: wholeNumber(1, 1024, 'frames'),
  up: boolean,
  mtu,
}
const tunOptions = objectOf(common)
const tapOptions = objectOf({ ...common, device: textOf(4095, 1), napiFrags: boolean, filter, mac: unicastMac })

/** The operation that opens a port of a kind, as errors call it. */
export const portOperation = (kind: 'tun' | 'tap'): string => `${kind} open`

/** What a driver receives of what a user wrote. */
export function portSpec(kind: 'tun' | 'tap', options: TunPortOptions): PortSpec {
  return named(portOperation(kind), (options as { name?: unknown } | null | undefined)?.name, () => {
    const clean = (kind === 'tun' ? tunOptions : tapOptions)(options, 'options') as Partial<PortSpec>
    const { queues = 1, fd, offloads: wanted, name } = clean
    const multiQueue = clean.multiQueue ?? queues > 1
    const spec = { create: 'auto', receive: 'whole', merge: false, headerSize: 12, batchSize: 64, ...clean }
    refuseContradiction({ ...clean, multiQueue, queues })
    return {
      ...spec,
      kind,
      multiQueue,
      queues,
      ...(wanted === undefined ? {} : { offloads: wanted }),
      ...(name === undefined ? {} : { name }),
      ...(fd === undefined ? {} : { fd }),
    } as PortSpec
  })
}

function refuseContradiction(spec: Partial<PortSpec>): void {
  const { queues = 1, multiQueue, fd, create, name, offloads: wanted, receive, merge, packetInformation } = spec
  if (queues > 1 && !multiQueue)
    throw rangeFault('options.queues', 'several queues need multiQueue', 'leave multiQueue out')
  if (fd !== undefined && queues > 1)
    throw rangeFault('options.queues', 'a descriptor is one queue', 'add others with addQueue')
  if (create === 'never' && name === undefined && fd === undefined)
    throw rangeFault('options.create', 'never needs a name', 'say which link it is')
  if (spec.device !== undefined && (create !== 'never' || name === undefined || fd !== undefined)) {
    const hint = 'give create: never and the name of a macvtap or ipvtap, and no fd'
    throw rangeFault('options.device', 'it is that of a link which is there', hint)
  }
  if (wanted === undefined && receive === 'split')
    throw rangeFault('options.receive', 'split needs offloads', 'add offloads: true')
  if (wanted === undefined && merge) throw rangeFault('options.merge', 'merge needs offloads', 'add offloads: true')
  if (wanted === undefined && spec.headerSize !== undefined)
    throw rangeFault('options.headerSize', 'headerSize needs offloads', 'add offloads: true')
  if (wanted !== undefined && packetInformation)
    throw rangeFault(
      'options.packetInformation',
      'it cannot be had with offloads: the virtio header would not be in front',
      'leave one of them out',
    )
  if (spec.napiFrags && !spec.napi) throw rangeFault('options.napiFrags', 'napiFrags needs napi', 'add napi: true')
}

/** A filter as a driver takes it. */
export function portFilter(value: PortFilter): NonNullable<PortSpec['filter']> {
  return named('port set filter', undefined, () => filter(value, 'filter') as NonNullable<PortSpec['filter']>)
}

/** A way of steering. */
export function portSteering(value: Steering): Steering {
  return named('port set steering', undefined, () => steering(value, 'steering'))
}

/** A program by descriptor. */
export function portProgram(value: ProgramRef): ProgramRef {
  return named('port set filter', undefined, () => program(value, 'program'))
}

/** A number that a port's method takes. */
export function portNumber(operation: string, value: unknown, path: string, min: number, max: number): number {
  return named(operation, undefined, () => wholeNumber(min, max)(value, path))
}

/** `true` or `false`. */
export function portBoolean(operation: string, value: unknown, path: string): boolean {
  return named(operation, undefined, () => boolean(value, path))
}
