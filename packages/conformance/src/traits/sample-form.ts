/** What is known of an operation for the traits: requests, and what they give. @module */
import type { Capability, LooseRequest, Namespace } from '@vnet/core'

/** The names that the requests of one test use. */
export interface Place {
  /** The namespace that the requests act in. */
  readonly ns: Namespace
  /** A named namespace that is there, where the backend has such. */
  readonly taken: string
  /** A name that is free. */
  readonly free: string
}

/** What is known of an operation. */
export interface Sample {
  /** Capabilities beyond bridges and veth pairs. */
  readonly needs: readonly Capability[]
  /** Succeeds once. */
  readonly request: (place: Place) => LooseRequest
  /** About what is not there. */
  readonly missing: (place: Place) => LooseRequest
  /** The code that `missing` fails with, or the value that it returns (`'anything'`: no matter which). */
  readonly missingGives: { readonly code: string } | { readonly value: unknown }
  /** The code of the second of two equal requests; `ok` where it succeeds too. */
  readonly again: string
  /** It changes something. */
  readonly changes: boolean
}

/** What asking for a link that is not there gives. */
export const noLink = { code: 'ENODEV' }

/** The same request wherever it is. */
export const fixed = (request: LooseRequest) => () => request

/** What is known of an operation whose requests are the same everywhere. */
export function sample(
  changes: boolean,
  request: LooseRequest,
  again: string,
  missing: LooseRequest,
  missingGives: Sample['missingGives'],
  needs: readonly Capability[] = [],
): Sample {
  return { needs, request: fixed(request), missing: fixed(missing), missingGives, again, changes }
}
