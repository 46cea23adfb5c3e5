/** Messages of generic netlink: `struct genlmsghdr` behind the netlink header (`linux/genetlink.h`). @module */

import type { MessageWriter } from '../netlink/writer.js'
import { field, struct } from '../rtnetlink/struct.js'

/** The header behind that of netlink; two octets are reserved. */
export const genlmsghdr = struct('struct genlmsghdr', 4, {
  command: field('cmd', 0, 'u8'),
  version: field('version', 1, 'u8'),
})

/** Begins a message to a family; {@link MessageWriter.end} ends it. */
export function beginGeneric(to: MessageWriter, family: number, flags: number, command: number, version = 1): void {
  to.begin(family, flags)
  to.u8(command)
  to.u8(version)
  to.zeros(2)
}
