/** The attributes of `netkit`, which requests carry as they are (`IFLA_NETKIT_*`, `linux/if_link.h`). @module */
import type { RawAttribute } from '@vnet/core'
import { refuse } from '../refusal.js'

/** Numbers of the attributes. */
const numbers = { peerInfo: 1, primary: 2, policy: 3, peerPolicy: 4, mode: 5 } as const
/** Octets of `struct ifinfomsg`, and the attribute of a name behind it (`IFLA_IFNAME`). */
const [infoSize, nameNumber] = [16, 3]

/** What becomes of frames without a program that chooses: `NETKIT_PASS` or `NETKIT_DROP`. */
const policies = { pass: 0, drop: 2 } as const
/** Frames with Ethernet headers that mean something, or not (`NETKIT_L2`, `NETKIT_L3`). */
const modes = { l2: 0, l3: 1 } as const

/** What a link of this kind keeps. */
export interface NetkitData {
  readonly mode: keyof typeof modes
  readonly policy: keyof typeof policies
  readonly isPrimary: boolean
}

/** What a request says of a new pair. */
export interface NetkitRequest {
  readonly mode: NetkitData['mode']
  readonly policy: NetkitData['policy']
  readonly peerPolicy: NetkitData['policy']
  readonly peerName: string | undefined
}

/** Reads the attributes of a request; refuses what the kernel refuses, and what the mock does not know. */
export function readNetkit(data: readonly RawAttribute[]): NetkitRequest {
  const found: { -readonly [P in keyof NetkitRequest]: NetkitRequest[P] } = {
    mode: 'l3',
    policy: 'pass',
    peerPolicy: 'pass',
    peerName: undefined,
  }
  for (const [at, { type, bytes }] of data.entries()) {
    const attribute = `spec.data.${at}`
    if (type === numbers.mode) found.mode = chosen(modes, bytes, attribute, 'Provided device mode can only be L2 or L3')
    else if (type === numbers.policy) found.policy = policyOf(bytes, attribute)
    else if (type === numbers.peerPolicy) found.peerPolicy = policyOf(bytes, attribute)
    else if (type === numbers.peerInfo) found.peerName = nameIn(bytes, attribute)
    else if (type === numbers.primary) refuse('EINVAL', 'Primary attribute is read-only', { attribute, hint: known })
    else refuse('EINVAL', undefined, { attribute, hint: known })
  }
  return found
}

const known = 'the mock knows the attributes 1 (the name of the peer), 3 and 4 (policies) and 5 (mode) of netkit'

const policyOf = (bytes: Uint8Array, attribute: string): NetkitData['policy'] =>
  chosen(policies, bytes, attribute, 'Provided default xmit policy not supported')

function chosen<Word extends string>(
  words: Readonly<Record<Word, number>>,
  bytes: Uint8Array,
  attribute: string,
  sentence: string,
): Word {
  if (bytes.length < 4) refuse('ERANGE', undefined, { attribute, hint: 'give 4 octets, in the order of the machine' })
  const value = new Uint32Array(bytes.slice(0, 4).buffer)[0]
  const found = (Object.entries(words) as [Word, number][]).find(([, number]) => number === value)
  if (found !== undefined) return found[0]
  refuse('EINVAL', sentence, { attribute, hint: `give one of ${Object.values(words).join(', ')}` })
}

/** The name in what is told of the peer; nothing else may be. */
function nameIn(bytes: Uint8Array, attribute: string): string | undefined {
  if (bytes.length < infoSize) refuse('ERANGE', undefined, { attribute, hint: 'it begins with 16 octets of ifinfomsg' })
  const halves = new Uint16Array(bytes.slice(0, bytes.length & ~1).buffer)
  let name: string | undefined
  for (let at = infoSize; at + 4 <= bytes.length; ) {
    const [size = 0, type = 0] = [halves[at / 2], halves[at / 2 + 1]]
    if (size < 4 || at + size > bytes.length) break
    if (type !== nameNumber)
      refuse('EINVAL', undefined, { attribute, hint: 'the mock takes only the name of the peer' })
    name = new TextDecoder().decode(bytes.subarray(at + 4, at + size)).replace(/\0.*$/s, '')
    if (!/^[^\s/:]{1,15}$/.test(name)) refuse('EINVAL', undefined, { attribute, hint: 'no link can have that name' })
    at += (size + 3) & ~3
  }
  return name
}

/** The attributes of a link as the kernel tells them. */
export function tellNetkit(own: NetkitData, peer: NetkitData | undefined): readonly RawAttribute[] {
  return [
    { type: numbers.primary, bytes: Uint8Array.of(own.isPrimary ? 1 : 0) },
    word(numbers.policy, policies[own.policy]),
    word(numbers.mode, modes[own.mode]),
    ...(peer === undefined ? [] : [word(numbers.peerPolicy, policies[peer.policy])]),
  ]
}

const word = (type: number, value: number): RawAttribute => ({
  type,
  bytes: new Uint8Array(Uint32Array.of(value).buffer),
})
