/** Lifetimes of addresses: preferred, then valid, then gone (RFC 4862 § 5.5.4). @module */
import type { CleanAddressSpec } from '@vnet/core'
import { refuse } from '../refusal.js'

/** When an address ends. */
export interface Lifetime {
  /** Seconds from `since`; `Infinity` never. */
  readonly valid: number
  readonly preferred: number
  /** Kernel time when the lifetimes were set, seconds. */
  readonly since: number
}

/** That of an address that is there for good. All of those share it. */
export const endless: Lifetime = Object.freeze({
  valid: Number.POSITIVE_INFINITY,
  preferred: Number.POSITIVE_INFINITY,
  since: 0,
})

/** The lifetimes of a specification; refuses an order that makes no sense. */
export function lifetimeOf(spec: CleanAddressSpec, now: number, detail: string | undefined): Lifetime {
  const valid = spec.validLifetime ?? Number.POSITIVE_INFINITY
  const preferred = spec.preferredLifetime ?? Number.POSITIVE_INFINITY
  if (valid === 0 || (preferred > valid && spec.preferredLifetime !== undefined)) {
    refuse('EINVAL', detail, {
      attribute: valid === 0 ? 'spec.validLifetime' : 'spec.preferredLifetime',
      hint: 'the valid lifetime is more than 0, and the preferred one at most as long',
    })
  }
  if (preferred === Number.POSITIVE_INFINITY && valid === Number.POSITIVE_INFINITY) return endless
  return { valid, preferred: Math.min(preferred, valid), since: now }
}

/** Whole seconds left, as the kernel counts them. */
export function left(lifetime: Lifetime, now: number): { validLifetime: number; preferredLifetime: number } {
  const elapsed = Math.floor(now - lifetime.since)
  return {
    validLifetime: Math.max(0, lifetime.valid - elapsed),
    preferredLifetime: Math.max(0, lifetime.preferred - elapsed),
  }
}

/** Kernel time when the address is deprecated. */
export function deprecatedAt(lifetime: Lifetime): number {
  return lifetime.since + lifetime.preferred
}

/** Kernel time when the address is removed. */
export function removedAt(lifetime: Lifetime): number {
  return lifetime.since + lifetime.valid
}
