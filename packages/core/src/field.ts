/** Option tables: each option of a kind as data, read by the validation, by the command line and by its completion. @module */

/** What values an option takes. */
export type Field = (
  | { readonly type: 'boolean' }
  /** A whole number; `unit` in words: `octets`, `hops`. */
  | { readonly type: 'integer'; readonly min: number; readonly max: number; readonly unit?: string }
  /** A time in seconds, fractions allowed down to `step`. */
  | { readonly type: 'seconds'; readonly min: number; readonly max: number; readonly step: number }
  /** A time in milliseconds, fractions allowed. */
  | { readonly type: 'milliseconds'; readonly min: number; readonly max: number }
  /** A chance from 0 to 1. */
  | { readonly type: 'chance' }
  /** A rate in bit/s. */
  | { readonly type: 'rate'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'mac' }
  /** The protocol of packets behind a header: a word of `tc`, or an EtherType. */
  | { readonly type: 'protocol' }
  /** An IP address as text; of one version of IP, where it is told. */
  | { readonly type: 'ip'; readonly version?: 4 | 6 }
  /** A link, by name or index. */
  | { readonly type: 'link' }
  | { readonly type: 'text'; readonly octets: number }
  | { readonly type: 'macs' }
  /** IP addresses as texts, of one version of IP; no more than `most`. */
  | { readonly type: 'ips'; readonly version: 4 | 6; readonly most: number }
  /** Two numbers, first and last: `[4000, 5000]`. */
  | { readonly type: 'range'; readonly min: number; readonly max: number }
  /** A list of so many whole numbers. */
  | { readonly type: 'numbers'; readonly min: number; readonly max: number; readonly count: number }
  /** An object with options of its own. */
  | { readonly type: 'record'; readonly fields: Readonly<Record<string, Field>> }
  /** A list of such objects. */
  | { readonly type: 'records'; readonly fields: Readonly<Record<string, Field>> }
  /** From number, `min` to `max`, to number, 0 to `most`: `{ 1: 5 }`. */
  | { readonly type: 'map'; readonly min: number; readonly max: number; readonly most: number }
) & {
  /** One line for help texts. */
  readonly about: string
  /** Read from the kernel, never written. */
  readonly readOnly?: true
  /** Must be given when the link is made. */
  readonly required?: true
  /** Only for `set`, not for `add`. */
  readonly setOnly?: true
  /** Changes another option by a step and is not told itself: that option tells the whole. */
  readonly changes?: string
  /** Only for `add`, not for `set`: fixed once the link is made. */
  readonly addOnly?: true
  /** `null` takes it away; a state without it has none. */
  readonly nullable?: true
  /** Kernels without this ignore the option without a word, so it is looked for in what the link tells. */
  readonly since?: Since
}

/** What brought an option to the kernel. */
export interface Since {
  /** Such as `Linux 6.7` or `CONFIG_IPV6_SIT_6RD`. */
  readonly kernel: string
  /** The value with which the kernel tells nothing of the option. */
  readonly untold?: unknown
  /** Kernels that ignore a change tell the option all the same: only the value shows it. */
  readonly byValue?: true
}

/** The options of one kind: name of the property → what it takes. */
export type FieldTable = Readonly<Record<string, Field>>

/** Options as a state tells them: what was taken away is absent, and a link is told by its index. */
export type Told<Options> = {
  readonly [O in keyof Options]: O extends 'link' ? number : Exclude<Options[O], null>
}

/** Shorthands that keep the tables readable. */
export const bool = (about: string): Field => ({ type: 'boolean', about })
/** A whole number from `min` to `max`. */
export const integer = (min: number, max: number, about: string, unit?: string): Field =>
  unit === undefined ? { type: 'integer', min, max, about } : { type: 'integer', min, max, about, unit }
/** A time in seconds, kept by the kernel in hundredths. */
export const seconds = (min: number, max: number, about: string): Field => ({
  type: 'seconds',
  min,
  max,
  step: 0.01,
  about,
})
/** A rate in bit/s. Below 8 the kernel, which counts octets, would have none. */
export const rate = (about: string): Field => ({ type: 'rate', min: 8, max: Number.MAX_SAFE_INTEGER, about })
/** One of some words. */
export const choice = (values: readonly string[], about: string): Field => ({ type: 'choice', values, about })
/** The same option, only ever read. */
export const readOnly = (field: Field): Field => ({ ...field, readOnly: true })
/** The same option, obligatory when the link is made. */
export const required = (field: Field): Field => ({ ...field, required: true })
/** The same option, that `null` takes away. */
export const nullable = (field: Field): Field => ({ ...field, nullable: true })
/** The same option, fixed once the link is made. */
export const fixed = (field: Field): Field => ({ ...field, addOnly: true })
/** The same option, that kernels without `kernel` ignore without a word. */
export const since = (kernel: string, field: Field, more: Omit<Since, 'kernel'> = {}): Field => ({
  ...field,
  since: { kernel, ...more },
})
