/** Stacks of labels of MPLS in filters of `flower` (`linux/pkt_cls.h`, `TCA_FLOWER_KEY_MPLS_OPTS`). @module */
import type { FlowerLabel } from '@vnet/core'
import { type Attribute, attributes, custom, u8, u32, writeAttributes } from '../../../netlink/attribute.js'
import { forEachAttribute, readValues } from '../../../netlink/attribute-run.js'

/** Attributes of one entry. */
export const labelAttributes = attributes({
  depth: u8(1, 'TCA_FLOWER_KEY_MPLS_OPT_LSE_DEPTH'),
  ttl: u8(2, 'TCA_FLOWER_KEY_MPLS_OPT_LSE_TTL'),
  bottom: u8(3, 'TCA_FLOWER_KEY_MPLS_OPT_LSE_BOS'),
  trafficClass: u8(4, 'TCA_FLOWER_KEY_MPLS_OPT_LSE_TC'),
  label: u32(5, 'TCA_FLOWER_KEY_MPLS_OPT_LSE_LABEL'),
})

const TCA_FLOWER_KEY_MPLS_OPTS_LSE = 1

/** A list of entries, each a nest of its own. */
export const labelList = (type: number, name: string): Attribute<readonly FlowerLabel[]> =>
  custom<readonly FlowerLabel[]>(
    type,
    name,
    'nested',
    0,
    (to, labels) => {
      const list = to.nest(type)
      for (const label of labels) {
        const entry = to.nest(TCA_FLOWER_KEY_MPLS_OPTS_LSE)
        writeAttributes(to, labelAttributes, label)
        to.endNest(entry)
      }
      to.endNest(list)
    },
    (from, start, end) => {
      const labels: FlowerLabel[] = []
      forEachAttribute(from, start, end, 'filter.flower.mpls', (inner, at, stop) => {
        if (inner !== TCA_FLOWER_KEY_MPLS_OPTS_LSE) return
        labels.push(readValues(labelAttributes, from, at, stop, 'filter.flower.mpls') as unknown as FlowerLabel)
      })
      return labels
    },
  )
