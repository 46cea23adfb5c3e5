/** What filters of `flower` match of MPLS (RFC 3032; `linux/pkt_cls.h`, `TCA_FLOWER_KEY_MPLS_*`). @module */
import { type Field, integer, since } from '../field.js'

/** One entry of a stack of labels; what is absent may be anything, but the entry must be there. */
export interface FlowerLabel {
  /** Which entry, 1–7: 1 is the outermost. More than the first need Linux 5.8. */
  readonly depth: number
  /** Label, 0–1,048,575. */
  readonly label?: number
  /** Traffic class, 0–7 (RFC 5462). */
  readonly trafficClass?: number
  /** It is the last entry (1) or not (0). */
  readonly bottom?: number
  /** Time to live, 0–255. */
  readonly ttl?: number
}

/** Labels of MPLS. */
export interface FlowerLabels {
  /**
   * Entries of the stack of labels, each at most once, as `mpls_label`, `mpls_tc`, `mpls_bos`, `mpls_ttl` of the first, or
   * `mpls lse depth 2 label 7`; needs the protocol `mpls_uc` or `mpls_mc`, be it behind tags or PPP.
   */
  readonly mpls?: readonly FlowerLabel[]
}

/** What each of these fields takes. */
export const flowerLabelFields: Readonly<Record<keyof FlowerLabels, Field>> = {
  mpls: since('Linux 5.8', {
    type: 'records',
    about: 'entries of the stack of labels',
    fields: {
      depth: { ...integer(1, 7, 'which entry, 1 is the outermost'), required: true },
      label: integer(0, 0xfffff, 'label'),
      trafficClass: integer(0, 7, 'traffic class'),
      bottom: integer(0, 1, 'whether it is the last entry'),
      ttl: integer(0, 255, 'time to live'),
    },
  }),
}

/** The entries as the kernel tells them: by depth. */
export const labelsInOrder = (labels: readonly FlowerLabel[]): readonly FlowerLabel[] =>
  [...labels].sort((a, b) => a.depth - b.depth)

/** Whether the attributes of the first entry alone say it all, which older kernels have too. */
export function isFirstLabel(labels: readonly FlowerLabel[]): boolean {
  const [only, ...more] = labels
  return only !== undefined && more.length === 0 && only.depth === 1 && Object.keys(only).length > 1
}
