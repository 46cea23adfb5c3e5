/** From the reference in a request to the link it names. @module */
import { type KindProperty, kindOptions, type LinkRef, type NamespaceRef, remedyOf } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'

/** The link of a reference; refuses with `ENODEV` where it is not there. */
export function linkOf(namespace: Namespace, ref: LinkRef, attribute = 'spec.link'): Device {
  const device = namespace.find(ref)
  if (device === undefined) refuse('ENODEV', undefined, { attribute })
  return device
}

/**
 * Refuses names that are not there, before anything is done: the kernel knows masters, parents and lower links by index
 * only, so names are looked up first. A master is looked for where the link is or goes, the others where it is asked for.
 */
export function checkNames(origin: Namespace, target: Namespace, spec: NamedLinks): void {
  if (typeof spec.master === 'string') linkOf(target, spec.master, 'spec.master')
  if (typeof spec.parent === 'string') linkOf(origin, spec.parent, 'spec.parent')
  for (const [property, names] of linkOptions) {
    const options = spec[property] as Readonly<Record<string, unknown>> | undefined
    if (options === undefined) continue
    for (const name of names) {
      const ref = options[name]
      if (typeof ref !== 'string' || origin.find(ref) !== undefined) continue
      const hint = `there is no link ${ref} in this namespace`
      refuse('ENODEV', undefined, { attribute: `spec.${property}.${name}`, hint })
    }
  }
}

/** The options that name links, by the property that holds them. */
const linkOptions: readonly (readonly [KindProperty, readonly string[]])[] = Object.entries(kindOptions)
  .map(([property, { fields }]) => {
    const names = Object.entries(fields).filter(([, field]) => field.type === 'link')
    return [property as KindProperty, names.map(([name]) => name)] as const
  })
  .filter(([, names]) => names.length > 0)

/** Where a specification of a link names others. */
type NamedLinks = { readonly [property in KindProperty]?: object } & {
  readonly master?: LinkRef | null
  readonly parent?: LinkRef
}

/** The namespace that a specification names; refuses with `ENOENT` where it is not there. */
export function namespaceOf(kernel: Kernel, ref: NamespaceRef, attribute: string): Namespace {
  for (const capability of ['namespace pid', 'namespace fd'] as const) {
    if (capability.slice(10) in ref) refuse('VNET_UNSUPPORTED', capability, { attribute, hint: remedyOf(capability) })
  }
  return kernel.namespaces.find(ref) ?? refuse('handle' in ref ? 'EBADF' : 'ENOENT', undefined, { attribute })
}
