/** Who looks at packets for a filter: `TCA_CLS_FLAGS_*` (`linux/pkt_cls.h`). @module */
import type { FilterOffload } from '@vnet/core'
import type { Attribute } from '../../../netlink/attribute.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import {
  TCA_CLS_FLAGS_IN_HW,
  TCA_CLS_FLAGS_NOT_IN_HW,
  TCA_CLS_FLAGS_SKIP_HW,
  TCA_CLS_FLAGS_SKIP_SW,
} from '../constants.js'

/** Appends the attribute, where somebody is left out. */
export function writeOffload(
  to: MessageWriter,
  attribute: Attribute<number>,
  { skipHardware, skipSoftware }: FilterOffload,
): void {
  const flags = (skipHardware ? TCA_CLS_FLAGS_SKIP_HW : 0) | (skipSoftware ? TCA_CLS_FLAGS_SKIP_SW : 0)
  if (flags !== 0) attribute.write(to, flags)
}

/** What the attribute says. */
export function readOffload(flags = 0): FilterOffload & { readonly inHardware?: boolean } {
  return {
    ...(flags & TCA_CLS_FLAGS_SKIP_HW ? { skipHardware: true } : {}),
    ...(flags & TCA_CLS_FLAGS_SKIP_SW ? { skipSoftware: true } : {}),
    ...(flags & (TCA_CLS_FLAGS_IN_HW | TCA_CLS_FLAGS_NOT_IN_HW)
      ? { inHardware: (flags & TCA_CLS_FLAGS_IN_HW) !== 0 }
      : {}),
  }
}
