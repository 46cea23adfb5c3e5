/** What follows an action, by the kernel's numbers (`TC_ACT_*`, `linux/pkt_cls.h`). @module */
import type { ActionControl } from '@vnet/core'

/** Numbers by their words. */
export const actionControl: { readonly [C in ActionControl]: number } = {
  continue: -1,
  ok: 0,
  reclassify: 1,
  shot: 2,
  pipe: 3,
  stolen: 4,
}
