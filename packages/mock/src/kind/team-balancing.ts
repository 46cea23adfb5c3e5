/** Mode `loadbalance` of teams: the options, the hash of a frame, and what was sent (`drivers/net/team/team_mode_loadbalance.c`). @module */
import { type BpfFrame, isBpf, runBpf } from '@vnet/bpf'
import { type BpfInstruction, decodeBpf, type TeamMethod } from '@vnet/core'
import { ethernetHeaderSize, etherTypeAt, isTaggedAt, popVlan, vlanTagSize, vlanTciAt } from '@vnet/wire'
import { emptyList, emptyMap } from '../object/empty.js'
import { next, type Random } from '../random.js'
import type { Timer } from '../timers.js'

/** Hash values of frames (`LB_TX_HASHTABLE_SIZE`). */
export const hashes = 256

/** What a team keeps for the mode. */
export interface Balancing {
  method: TeamMethod
  /** The program as it was given; none is empty. */
  program: readonly BpfInstruction[]
  /** Indexes of ports by hash; 0 for none. */
  ports: readonly number[]
  /** Tenths of a second. */
  statisticsInterval: number
  /** Octets that were sent, by hash. */
  sent: ReadonlyMap<number, number>
  /** The same when it was looked at last, which is what is told. */
  told: ReadonlyMap<number, number>
  /** When it is looked at next, in kernel time; `undefined` for never. */
  readonly look: { at: number | undefined; timer: Timer | undefined }
}

const noPorts: readonly number[] = Object.freeze(new Array<number>(hashes).fill(0))

/** As it is when the mode is chosen. */
export const newBalancing = (): Balancing => ({
  method: 'hash',
  program: emptyList,
  ports: noPorts,
  statisticsInterval: 0,
  sent: emptyMap,
  told: emptyMap,
  look: { at: undefined, timer: undefined },
})

/** Takes a program; whether the kernel would. */
export function takeProgram(balancing: Balancing, octets: Uint8Array): boolean {
  const program = decodeBpf(octets)
  if (program.length > 0 && !isBpf(program)) return false
  balancing.program = program
  return true
}

/** A port is not in use any more (`lb_tx_hash_to_port_mapping_null_port`). */
export function forgetPort(balancing: Balancing, port: number): void {
  if (balancing.ports.includes(port)) balancing.ports = balancing.ports.map((index) => (index === port ? 0 : index))
}

/** The hash of a frame that leaves by the team of an index (`lb_get_skb_hash`). */
export function hashOf({ program }: Balancing, octets: Uint8Array, link: number, random: Random): number {
  if (program.length === 0) return 0
  const number = runBpf(program, { ...withoutTag(octets), link, random: () => next(random) })
  return (number ^ (number >>> 8) ^ (number >>> 16) ^ (number >>> 24)) & 0xff
}

/** The kernel keeps the outermost tag of a frame beside it. */
function withoutTag(octets: Uint8Array): Pick<BpfFrame, 'octets' | 'tag'> {
  if (!isTaggedAt(octets, 0) || octets.length < ethernetHeaderSize + vlanTagSize) return { octets }
  const frame = octets.slice()
  const tag = { type: etherTypeAt(octets, 0), tci: vlanTciAt(octets, 0) }
  return { octets: frame.subarray(popVlan(frame, 0)), tag }
}
