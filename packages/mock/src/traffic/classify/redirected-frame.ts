/** A frame that an action sent to another link, which knows where it came from (`skb->redirected`, `skb->skb_iif`). @module */
import type { Device } from '../../object/device.js'
import { Frame } from '../../stack/frame.js'
import type { PacketTypeNumber } from '../../stack/packet-type.js'

/** Where a frame was when an action took it. */
export interface Origin {
  readonly device: Device
  /** It came in there, or was to leave. */
  readonly isIncoming: boolean
  /** For whom it is. */
  readonly type: PacketTypeNumber
}

/** A frame on its way through an `ifb`, which gives it back. */
export class RedirectedFrame extends Frame {
  readonly origin: Origin

  constructor(frame: Frame, origin: Origin) {
    super(frame.octets, frame.priority, frame.nextHop, undefined, frame.tunnel)
    this.origin = origin
  }
}
