/** From the reference in a request to the link it names. @module */
import type { LinkRef } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'

/** The link of a reference; refuses with `ENODEV` where it is not there. */
export function linkOf(namespace: Namespace, ref: LinkRef, attribute = 'spec.link'): Device {
  const device = namespace.find(ref)
  if (device === undefined) refuse('ENODEV', undefined, { attribute })
  return device
}
