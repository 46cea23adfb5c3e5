/** HSR and PRP: each frame by two links at once (`linux/if_link.h`, `IFLA_HSR_*`; IEC 62439-3). @module */
import { rangeFault } from '../argument.js'
import { choice, type Field, fixed, integer, required, since } from '../field.js'

/** Options of an HSR or PRP link, as `ip link add type hsr slave1 eth1 slave2 eth2 supervision 45`. All are fixed once made. */
export interface HsrOptions {
  /** First link of the ring or network, by name or index; the new link has its MAC. */
  readonly slave1: string | number
  /** Second link of the ring, or link to the second network. */
  readonly slave2: string | number
  /**
   * Link to another ring (a RedBox). Linux 6.18: kernels from 6.10 on take it and older ones ignore it, but only from 6.18 on they
   * tell it; where it is not told it is refused, because it may have been ignored.
   */
  readonly interlink?: string | number
  /** Last octet of the group address of supervision frames, 01:15:4e:00:01:xx; 0–255. */
  readonly supervision?: number
  /** Version of HSR: 0 is that of 2010 and the default, 1 that of 2012. PRP has one only. The kernel does not tell it. */
  readonly version?: 0 | 1
  /** `hsr` (the default) for a ring, `prp` for two networks. */
  readonly protocol?: 'hsr' | 'prp'
}

/** State of an HSR or PRP link. Links are told by their indexes; one that is gone is absent. */
export interface HsrState extends Omit<HsrOptions, 'slave1' | 'slave2' | 'interlink' | 'version'> {
  /** Index of the first link. */
  readonly slave1?: number
  /** Index of the second link. */
  readonly slave2?: number
  /** Index of the link to another ring. */
  readonly interlink?: number
  /** Group address of supervision frames. */
  readonly supervisionAddress?: string
  /** Number of the next frame, 0–65535. */
  readonly sequenceNumber?: number
}

/** What each option of an HSR or PRP link takes. */
export const hsrFields: Readonly<Record<keyof HsrOptions, Field>> = {
  slave1: required(fixed({ type: 'link', about: 'first link' })),
  slave2: required(fixed({ type: 'link', about: 'second link' })),
  interlink: since('Linux 6.18', fixed({ type: 'link', about: 'link to another ring' })),
  supervision: fixed(integer(0, 255, 'last octet of the group address of supervision frames')),
  version: fixed(integer(0, 1, 'version of HSR')),
  protocol: since('Linux 5.9', fixed(choice(['hsr', 'prp'], 'a ring, or two networks')), { untold: 'hsr' }),
}

/** Refuses options that contradict each other. */
export function checkHsr(options: Readonly<Record<string, unknown>>, path: string): void {
  const { slave1, slave2, interlink, version, protocol } = options as unknown as HsrOptions
  if (slave1 === slave2) throw rangeFault(`${path}.slave2`, 'is the first link', 'give two different links')
  if (interlink !== undefined && (interlink === slave1 || interlink === slave2)) {
    throw rangeFault(`${path}.interlink`, 'is a link of the ring', 'give a third link')
  }
  if (protocol !== 'prp') return
  if (version !== undefined) throw rangeFault(`${path}.version`, 'PRP has one version only', 'leave it out')
  if (interlink !== undefined) throw rangeFault(`${path}.interlink`, 'is for HSR', 'leave it out')
}
