/** Address translation: rules that give packets other addresses and ports (nf_tables; `linux/netfilter/nf_tables.h`, RFC 3022). @module */
import type { IpFamily, IpInput, Prefix, PrefixInput } from './ip.js'
import type { RawAttribute } from './link.js'

/** What a rule does with the first packet of a connection; the rest of the connection follows, and answers the way back. */
export type NatKind =
  /** The source becomes the address of the link that the packet leaves by. */
  | 'masquerade'
  /** The source becomes an address that the rule names. */
  | 'snat'
  /** The destination becomes an address that the rule names. */
  | 'dnat'
  /** The destination becomes this host: the address of the link it came in by, or loopback for packets made here. */
  | 'redirect'

/** Where a rule acts: on what comes in, on what is made here, on what leaves. */
export type NatHook = 'prerouting' | 'output' | 'postrouting'

/** One port, or the first and the last of several. */
export type NatPorts = number | readonly [first: number, last: number]

/** What a rule of any kind has. A packet must match all that is given. */
export interface NatBase<Net = PrefixInput, Ports = NatPorts> {
  /** Version of IP; by the prefixes and addresses, else 4. */
  readonly family?: IpFamily
  /** Packets from this prefix. */
  readonly from?: Net
  /** Packets to this prefix. */
  readonly to?: Net
  /** Packets to these prefixes are left alone; 16 at most. */
  readonly except?: readonly Net[]
  /** Number of the protocol over IP, 1–255: 6 TCP, 17 UDP, 132 SCTP. */
  readonly ipProtocol?: number
  /** Packets from these ports, 1–65535; needs a protocol with ports in `ipProtocol`. */
  readonly sourcePorts?: Ports
  /** Packets to these ports, 1–65535; needs a protocol with ports in `ipProtocol`. */
  readonly destinationPorts?: Ports
  /**
   * What the port becomes, that of the source or of the destination as the kind has it: one of these, 1–65535; needs a protocol
   * with ports in `ipProtocol`. Without it a source keeps its port where it is free, and a destination keeps it always.
   */
  readonly ports?: Ports
  /** A port is chosen by chance in the first place (`NF_NAT_RANGE_PROTO_RANDOM`), not only where the packet's own is taken. */
  readonly random?: boolean
  /** The same from a better source of chance (`NF_NAT_RANGE_PROTO_RANDOM_FULLY`). */
  readonly fullyRandom?: boolean
  /** A client gets the same address for each connection (`NF_NAT_RANGE_PERSISTENT`). */
  readonly persistent?: boolean
  /** Text that is kept with the rule, 1–127 octets. */
  readonly comment?: string
  /** Place among the rules of its hook, from 0; behind all others when absent. The first that matches decides. */
  readonly index?: number
}

/** Rules that change the source, on what leaves (hook `postrouting`). */
export interface SourceNatBase<Net = PrefixInput, Ports = NatPorts> extends NatBase<Net, Ports> {
  /** Packets that leave by this link: its name, which need not exist. */
  readonly outputLink?: string
  /** Packets that leave by any link but this: its name. */
  readonly exceptOutputLink?: string
}

/** Rules that change the destination, before a way is looked for. */
export interface DestinationNatBase<Net = PrefixInput, Ports = NatPorts> extends NatBase<Net, Ports> {
  /** `prerouting`, the default, acts on what comes in by a link; `output` on what this host makes itself. */
  readonly hook?: 'prerouting' | 'output'
  /** Packets to any address of this host (`fib daddr type local`). */
  readonly toLocal?: boolean
  /** Packets that came in by this link: its name, which need not exist. Hook `prerouting`. */
  readonly inputLink?: string
  /** Packets that came in by any link but this: its name. Hook `prerouting`. */
  readonly exceptInputLink?: string
  /** Packets that would leave by this link: its name, which need not exist. Hook `output`. */
  readonly outputLink?: string
  /** Packets that would leave by any link but this: its name. Hook `output`. */
  readonly exceptOutputLink?: string
}

/** What an address becomes. */
export interface NatTarget<Ip = IpInput> {
  /** The new address; with `lastAddress` the first of a range, of which a connection gets one. */
  readonly address: Ip
  /** The last address of a range. */
  readonly lastAddress?: Ip
}

/**
 * Specification of a rule, told apart by `kind`, as `nft add rule ip vnet postrouting … masquerade`.
 *
 * @example
 * { kind: 'masquerade', from: '172.17.0.0/16', exceptOutputLink: 'docker0' }
 * { kind: 'dnat', toLocal: true, ipProtocol: 6, destinationPorts: 8080, address: '172.17.0.2', ports: 80 }
 */
export type NatSpec<Net = PrefixInput, Ip = IpInput, Ports = NatPorts> =
  | (SourceNatBase<Net, Ports> & { readonly kind: 'masquerade' })
  | (SourceNatBase<Net, Ports> & NatTarget<Ip> & { readonly kind: 'snat' })
  | (DestinationNatBase<Net, Ports> & NatTarget<Ip> & { readonly kind: 'dnat' })
  | (DestinationNatBase<Net, Ports> & { readonly kind: 'redirect' })

/** Which rule is meant. */
export interface NatKey {
  /** Version of IP; default 4. */
  readonly family?: IpFamily
  /** Its handle, as the list tells it. */
  readonly handle: number
}

/** Which rules are listed or removed. */
export interface NatFilter {
  /** Version of IP; both when absent. */
  readonly family?: IpFamily
}

/**
 * A rule as the kernel describes it: what {@link NatSpec} has, where it was given; prefixes and addresses are text, ports are
 * first and last, truth values are there when they are true.
 */
export interface NatRule
  extends Omit<DestinationNatBase<string, readonly [first: number, last: number]>, 'family' | 'hook' | 'index'>,
    Partial<NatTarget<string>> {
  /** Version of IP. */
  readonly family: IpFamily
  /**
   * The kernel's number for it, by which it is deleted: unique among those of its version of IP, and not given again until the
   * last of them is gone.
   */
  readonly handle: number
  /** What it does; `other` for a rule that somebody else wrote into our table and vnet has no words for. */
  readonly kind: NatKind | 'other'
  /** Where it acts. */
  readonly hook: NatHook
  /** Packets that it acted on: the first of each connection. Absent where a rule of somebody else does not count. */
  readonly packets?: number
  /** The octets of those packets, from the IP header on. */
  readonly bytes?: number
  /** Of kind `other`: the kernel's names of its expressions, in order. */
  readonly expressions?: readonly string[]
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it: version and hook are filled in, prefixes of length 0 in `from` and `to` left out. */
export type CleanNatSpec = NatSpec<Prefix, Uint8Array, readonly [first: number, last: number]> & {
  readonly family: IpFamily
  readonly hook: NatHook
}
/** Key as drivers receive it. */
export type CleanNatKey = NatKey & { readonly family: IpFamily }

/** Numbers of the protocols over IP whose packets have ports, which translation may change: TCP, UDP, DCCP, SCTP, UDP-Lite. */
export const portedProtocols: readonly number[] = [6, 17, 33, 132, 136]
