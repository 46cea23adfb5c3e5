/** Bonds: several links as one (`linux/if_link.h`, `IFLA_BOND_*`; Documentation/networking/bonding.rst; IEEE 802.1AX). @module */
import { rangeFault } from '../argument.js'
import { bool, choice, type Field, integer, nullable, since } from '../field.js'

/** How a bond spreads what it sends over its ports. */
export type BondMode =
  | 'balance-rr'
  | 'active-backup'
  | 'balance-xor'
  | 'broadcast'
  | '802.3ad'
  | 'balance-tlb'
  | 'balance-alb'

/** The modes by the kernel's number (`linux/if_bonding.h`, `BOND_MODE_*`). */
export const bondModes: readonly BondMode[] = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
]

/** Settable options of a bond, as `ip link add type bond mode active-backup miimon 100`. */
export interface BondOptions {
  /** `balance-rr` is the default. Changes only while the bond is down and has no port. */
  readonly mode?: BondMode
  /** The port in use, by name or index, in modes with one; `null` lets the bond choose. Only for a bond that is there. */
  readonly activeSlave?: string | number | null
  /** Milliseconds between looks at the carrier of the ports; 0 never looks. Not together with `arpInterval`. */
  readonly miimon?: number
  /** Milliseconds until a port with carrier is used, rounded down to a multiple of `miimon`, which it needs. */
  readonly updelay?: number
  /** Milliseconds until a port without carrier is given up, likewise. */
  readonly downdelay?: number
  /** Milliseconds between the notifications after a fail-over, likewise. */
  readonly peerNotifyDelay?: number
  /** Ask the driver's carrier instead of its MII registers; Linux 6.18 always does, and refuses `false`. */
  readonly useCarrier?: boolean
  /** Milliseconds between ARP requests that tell whether a port works; 0 sends none. Not in modes 802.3ad, balance-tlb and balance-alb. */
  readonly arpInterval?: number
  /** IPv4 addresses that are asked, at most 16. */
  readonly arpIpTargets?: readonly string[]
  /** IPv6 addresses that are asked, at most 16. */
  readonly neighbourTargets?: readonly string[]
  /** On which ports answers are looked at. */
  readonly arpValidate?: 'none' | 'active' | 'backup' | 'all' | 'filter' | 'filter_active' | 'filter_backup'
  /** Whether one of the targets must answer, or all. */
  readonly arpAllTargets?: 'any' | 'all'
  /** Unanswered requests after which a port is down, 1–255 (Linux 5.17). */
  readonly arpMissedMax?: number
  /** The port that is used whenever it works, by name or index, in modes with one; `null` is none. Told once it is a port. */
  readonly primary?: string | number | null
  /** When the primary comes into use again: at once, when it is faster, or when the one in use fails. */
  readonly primaryReselect?: 'always' | 'better' | 'failure'
  /** In mode active-backup: all ports have one MAC, or the bond has that of the port in use, or ports take it when used. Only without ports. */
  readonly failOverMac?: 'none' | 'active' | 'follow'
  /** What chooses the port of a frame in modes that spread. */
  readonly xmitHashPolicy?: 'layer2' | 'layer3+4' | 'layer2+3' | 'encap2+3' | 'encap3+4' | 'vlan+srcmac'
  /** IGMP reports after a fail-over, 0–255. */
  readonly resendIgmp?: number
  /** Gratuitous ARPs and neighbour advertisements after a fail-over, 0–255. */
  readonly peerNotifications?: number
  /** Ports that are not in use receive too. */
  readonly allSlavesActive?: boolean
  /** In mode 802.3ad: ports that must work before the bond has carrier. */
  readonly minLinks?: number
  /** Seconds between the learning packets of balance-tlb and balance-alb, at least 1. */
  readonly lpInterval?: number
  /** In mode balance-rr: packets by one port before the next, 0 by chance. */
  readonly packetsPerSlave?: number
  /** In mode 802.3ad: whether LACP frames are sent unasked. Only while the bond is down. */
  readonly lacpActive?: boolean
  /** In mode 802.3ad: how often the partner is to send: each 30 seconds, or each second. Only while the bond is down. */
  readonly lacpRate?: 'slow' | 'fast'
  /** In mode 802.3ad: which aggregator is used. Only while the bond is down. */
  readonly adSelect?: 'stable' | 'bandwidth' | 'count'
  /** In mode 802.3ad: priority of this system, 1–65535. */
  readonly adActorSystemPriority?: number
  /** In mode 802.3ad: upper ten bits of the ports' keys, 0–1023. Only while the bond is down. */
  readonly adUserPortKey?: number
  /** In mode 802.3ad: MAC of this system; that of the bond when zero. */
  readonly adActorSystem?: string
  /** In modes balance-tlb and balance-alb: spread by load, not by hash. Only while the bond is down. */
  readonly tlbDynamicLb?: boolean
  /** In mode 802.3ad: collecting and distributing are one step (Linux 6.9). Only while the bond is down. */
  readonly coupledControl?: boolean
}

/** State of a bond. Links are told by their indexes. */
export interface BondState extends Omit<BondOptions, 'activeSlave' | 'primary'> {
  /** Index of the port in use, in modes with one. */
  readonly activeSlave?: number
  /** Index of the primary, once it is a port. */
  readonly primary?: number
  /** The aggregator in use, in mode 802.3ad with ports. */
  readonly adInfo?: BondAggregator
}

/** The aggregator in use of a bond (IEEE 802.1AX § 6.4). */
export interface BondAggregator {
  /** Its number. */
  readonly aggregator?: number
  /** Ports in it. */
  readonly ports?: number
  /** Key of this end. */
  readonly actorKey?: number
  /** Key of the partner. */
  readonly partnerKey?: number
  /** MAC of the partner. */
  readonly partnerMac?: string
}

/** Settable options of a port of a bond, as `ip link set v0 type bond_slave queue_id 3`. */
export interface BondPortOptions {
  /** Transmit queue of the bond that always goes by this port; 0 is none. */
  readonly queueId?: number
  /** The port with the highest is chosen when the one in use fails; in modes with one (Linux 6.1). */
  readonly priority?: number
}

/** State of a port of a bond. */
export interface BondPortState extends BondPortOptions {
  /** Whether it is in use. */
  readonly state?: 'active' | 'backup'
  /** Whether it works: `fail` and `back` are on the way, for the time of a delay. */
  readonly miiStatus?: 'up' | 'fail' | 'down' | 'back'
  /** How often it stopped working. */
  readonly linkFailures?: number
  /** The MAC that it had before it became a port. */
  readonly permanentMac?: string
  /** Number of its aggregator, in mode 802.3ad. */
  readonly aggregator?: number
  /** LACP state of this end, a bit each (IEEE 802.1AX § 6.4.2.3). */
  readonly actorPortState?: number
  /** LACP state of the partner. */
  readonly partnerPortState?: number
}

const milliseconds = (about: string) => integer(0, 0x7fffffff, about, 'ms')

/** What each option of a bond takes. */
export const bondFields: Readonly<Record<keyof BondOptions, Field>> = {
  mode: choice(bondModes, 'how frames are spread over the ports'),
  activeSlave: { ...nullable({ type: 'link', about: 'the port in use' }), setOnly: true },
  miimon: milliseconds('time between looks at the carrier, 0 never'),
  updelay: milliseconds('time until a port with carrier is used'),
  downdelay: milliseconds('time until a port without carrier is given up'),
  peerNotifyDelay: since('Linux 5.3', integer(0, 300_000, 'time between notifications after a fail-over', 'ms')),
  useCarrier: bool("ask the driver's carrier"),
  arpInterval: milliseconds('time between ARP requests, 0 none'),
  arpIpTargets: { type: 'ips', version: 4, most: 16, about: 'IPv4 addresses that are asked' },
  neighbourTargets: since(
    'Linux 5.18',
    { type: 'ips', version: 6, most: 16, about: 'IPv6 addresses that are asked' },
    { untold: [] },
  ),
  arpValidate: choice(
    ['none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup'],
    'on which ports answers are looked at',
  ),
  arpAllTargets: choice(['any', 'all'], 'whether one target must answer, or all'),
  arpMissedMax: since('Linux 5.17', integer(1, 255, 'unanswered requests after which a port is down')),
  primary: nullable({ type: 'link', about: 'the port that is used whenever it works' }),
  primaryReselect: choice(['always', 'better', 'failure'], 'when the primary comes into use again'),
  failOverMac: choice(['none', 'active', 'follow'], 'which MAC the ports have'),
  xmitHashPolicy: choice(
    ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'],
    'what chooses the port of a frame',
  ),
  resendIgmp: integer(0, 255, 'IGMP reports after a fail-over'),
  peerNotifications: integer(0, 255, 'notifications of peers after a fail-over'),
  allSlavesActive: bool('ports that are not in use receive too'),
  minLinks: integer(0, 0x7fffffff, 'ports that must work'),
  lpInterval: integer(1, 0x7fffffff, 'time between learning packets', 's'),
  packetsPerSlave: integer(0, 65535, 'packets by one port before the next, 0 by chance'),
  lacpActive: since('Linux 5.15', bool('LACP frames are sent unasked')),
  lacpRate: choice(['slow', 'fast'], 'how often the partner is to send'),
  adSelect: choice(['stable', 'bandwidth', 'count'], 'which aggregator is used'),
  adActorSystemPriority: integer(1, 65535, 'priority of this system'),
  adUserPortKey: integer(0, 1023, "upper bits of the ports' keys"),
  adActorSystem: { type: 'mac', about: 'MAC of this system' },
  tlbDynamicLb: bool('spread by load, not by hash'),
  coupledControl: since('Linux 6.9', bool('collecting and distributing are one step')),
}

/** What each option of a port of a bond takes. */
export const bondPortFields: Readonly<Record<keyof BondPortOptions, Field>> = {
  queueId: integer(0, 65535, 'transmit queue of the bond that goes by this port, 0 none'),
  priority: since('Linux 6.0', integer(-0x80000000, 0x7fffffff, 'the highest is chosen when the port in use fails')),
}

const one: readonly BondMode[] = ['active-backup', 'balance-tlb', 'balance-alb']
const lacp: readonly BondMode[] = ['802.3ad']
const withArp: readonly BondMode[] = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast']

/** Options that only some modes have (`bond_options.c`, `unsuppmodes`); all others are for all modes. */
export const bondOptionModes: { readonly [O in keyof BondOptions]?: readonly BondMode[] } = {
  activeSlave: one,
  primary: one,
  arpInterval: withArp,
  arpValidate: withArp,
  arpMissedMax: withArp,
  packetsPerSlave: ['balance-rr'],
  lacpActive: lacp,
  lacpRate: lacp,
  adActorSystemPriority: lacp,
  adUserPortKey: lacp,
  adActorSystem: lacp,
  tlbDynamicLb: ['balance-tlb', 'balance-alb'],
  coupledControl: lacp,
}

/** Refuses options of a bond that contradict each other. */
export function checkBond(options: Readonly<Record<string, unknown>>, path: string, making: boolean): void {
  const { mode, miimon = 0, arpInterval = 0, arpValidate = 'none' } = options as BondOptions
  if (miimon > 0 && arpInterval > 0) {
    throw rangeFault(
      `${path}.arpInterval`,
      'a bond looks at the carrier or asks by ARP',
      'leave out miimon or arpInterval',
    )
  }
  if (miimon > 0 && arpValidate !== 'none') {
    throw rangeFault(
      `${path}.arpValidate`,
      'there are no answers to look at with miimon',
      'give arpInterval for miimon',
    )
  }
  const known = mode ?? (making ? 'balance-rr' : undefined)
  if (known === undefined) return
  for (const [option, modes] of Object.entries(bondOptionModes)) {
    if (options[option] === undefined || modes.includes(known)) continue
    throw rangeFault(`${path}.${option}`, `is not for mode ${known}`, `it is for ${modes.join(', ')}`)
  }
  if (!making || miimon > 0 || !withArp.includes(known)) return
  for (const delay of ['updelay', 'downdelay', 'peerNotifyDelay']) {
    if (options[delay] !== undefined)
      throw rangeFault(`${path}.${delay}`, 'counts looks at the carrier', 'give miimon as well')
  }
}

/** The options that a new bond can be told to be like one: the kernel tells those of all modes, and takes those of one. */
export function bondAgain(state: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { mode, miimon = 0 } = state as BondOptions
  const left = Object.entries(state).filter(([option]) => {
    const modes = bondOptionModes[option as keyof BondOptions]
    if (option === 'activeSlave' || (modes !== undefined && mode !== undefined && !modes.includes(mode))) return false
    return miimon > 0 || !['updelay', 'downdelay', 'peerNotifyDelay'].includes(option)
  })
  return Object.fromEntries(left)
}
