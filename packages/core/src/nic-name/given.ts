/** Which policy gave a NIC its name, and what the others would have given. Pure. @module */
import { explainNicName } from './explain.js'
import type { NicNamePolicy } from './meaning.js'
import type { PredictableNames } from './place.js'
import { nicNameProperties } from './predictable.js'

/** Who gave a link its name, as the kernel knows it (`name_assign_type` of sysfs; `linux/netdevice.h`, `NET_NAME_*`). */
export type NameAssignment = 'kernel' | 'firmware' | 'program' | 'renamed' | 'unknown'

/** How a NIC came to its name. */
export interface NicNaming {
  /**
   * The policy whose name it has; `label` is the firmware's text, `kernel` the kernel's own, `biosdevname` that program's;
   * `chosen`: somebody's choice.
   */
  readonly policy: NicNamePolicy | 'label' | 'kernel' | 'biosdevname' | 'program' | 'chosen'
  /** Why that is thought, in a sentence. */
  readonly because: string
  /** The name that each policy of udev gives. */
  readonly names: PredictableNames
  /** Where the names are from: what udev recorded, or what we compute as udev would. */
  readonly source: 'udev' | 'computed'
}

/** The order in which udev tries (`NamePolicy=` of `99-default.link`), then those that need a wish. */
const order = ['onboard', 'slot', 'path', 'mac', 'label'] as const

/** The udev property of a policy, or of the firmware's text. */
const propertyOf = (policy: NicNamePolicy | 'label'): string =>
  policy === 'label' ? 'ID_NET_LABEL_ONBOARD' : nicNameProperties[policy]

/** The names among the properties that udev recorded (`/run/udev/data/nINDEX`, `udevadm info`). */
export function namesInProperties(properties: { readonly [name: string]: string | undefined }): PredictableNames {
  const names: { -readonly [P in keyof PredictableNames]: string } = {}
  for (const policy of order) {
    const name = properties[propertyOf(policy)]
    if (name !== undefined && name !== '') names[policy] = name
  }
  return names
}

/**
 * Which policy gave a NIC its name: the first of udev's order whose name it has; else what the name itself says.
 *
 * @param assignment What the kernel knows, where it tells.
 */
export function nameGiven(
  name: string,
  names: PredictableNames,
  source: NicNaming['source'],
  assignment: NameAssignment = 'unknown',
): NicNaming {
  const policy = order.find((one) => names[one] === name)
  if (policy !== undefined) {
    const who = source === 'udev' ? 'udev recorded' : 'udev would give'
    return { policy, because: `it is the name that ${who} as ${propertyOf(policy)}`, names, source }
  }
  const scheme = explainNicName(name).meanings[0]?.scheme
  if (assignment === 'kernel' || assignment === 'firmware') {
    return { policy: 'kernel', because: 'the kernel chose it, and nobody changed it', names, source }
  }
  if (scheme === 'kernel' && assignment !== 'program') {
    const again = assignment === 'renamed' ? 'it was renamed, to a name such as the kernel gives' : undefined
    return {
      policy: again === undefined ? 'kernel' : 'chosen',
      because: again ?? 'it is such as the kernel gives',
      names,
      source,
    }
  }
  if (scheme === 'biosdevname' || scheme === 'program') {
    return {
      policy: scheme,
      because: `it is such as ${scheme === 'program' ? 'a program' : scheme} gives`,
      names,
      source,
    }
  }
  const because =
    scheme === 'predictable'
      ? 'it is such as udev gives, but not for this place: it was moved, or udev saw more or less of it'
      : 'it follows no scheme: a .link file, a rule of udev or a person chose it'
  return { policy: 'chosen', because, names, source }
}
