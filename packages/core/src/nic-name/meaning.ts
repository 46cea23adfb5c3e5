/** What the name of a NIC says: the words in which a decoded name is told. Types only. @module */

/** Who gives such names: the kernel, udev (net.ifnames), biosdevname, or a program for the links that it makes. */
export type NicNameScheme = 'kernel' | 'predictable' | 'biosdevname' | 'program'

/**
 * By what udev named it (`NamePolicy=` of systemd.link(5)): the firmware's index of an on-board NIC, a hot-plug slot, the
 * place on the bus, or the MAC.
 */
export type NicNamePolicy = 'onboard' | 'slot' | 'path' | 'mac'

/** The two letters that a predictable name begins with (systemd.net-naming-scheme(7)). */
export type NicPrefix = 'en' | 'ib' | 'sl' | 'wl' | 'ww' | 'mc'

/** A piece of a name. */
export interface NicNamePart {
  /** The letters themselves: `p1`. */
  readonly text: string
  /** What they tell: `bus`. */
  readonly field: string
  /** Its value: 1. Numbers are decimal in names, whatever `lspci` prints. */
  readonly value: string | number
  /** The same in words: `PCI bus 1 (01 in lspci)`. */
  readonly says: string
}

/** One way to read a name. */
export interface NicNameMeaning {
  /** Who gives such names. */
  readonly scheme: NicNameScheme
  /** Of a predictable name, by what it was made. */
  readonly policy?: NicNamePolicy
  /** The udev property that holds such a name: `ID_NET_NAME_PATH`. */
  readonly property?: string
  /** What such a link usually is. */
  readonly usually: 'physical' | 'virtual' | 'either'
  /** In a sentence, without the parts. */
  readonly says: string
  /** The pieces, in order; together they are the name without its suffixes. */
  readonly parts: readonly NicNamePart[]
}

/** A name with all that it may mean. */
export interface NicNameExplanation {
  /** The name as it was given. */
  readonly name: string
  /** The name without suffixes: that of the link beneath, where there is one. */
  readonly base: string
  /** `.5` of a VLAN, `:1` of an alias, `@eth0` as `ip` prints the lower link. */
  readonly suffixes: readonly NicNamePart[]
  /** How the base can be read, likeliest first; none where it follows no scheme: then somebody chose it. */
  readonly meanings: readonly NicNameMeaning[]
}
