/** The family that knows the others: from a family's name to its number (CTRL_CMD_GETFAMILY, `linux/genetlink.h`). @module */
import { attributes, octets, text, u16, u32 } from '../netlink/attribute.js'
import { readAttribute } from '../netlink/attribute-run.js'
import { NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import { CTRL_CMD_GETFAMILY, GENL_ID_CTRL } from './constants.js'
import { beginGeneric, genlmsghdr } from './message.js'

/** Attributes of a family, enum CTRL_ATTR_*. */
export const controllerAttributes = attributes({
  id: u16(1, 'CTRL_ATTR_FAMILY_ID'),
  name: text(2, 'CTRL_ATTR_FAMILY_NAME'),
  version: u32(3, 'CTRL_ATTR_VERSION'),
  headerSize: u32(4, 'CTRL_ATTR_HDRSIZE'),
  maxAttribute: u32(5, 'CTRL_ATTR_MAXATTR'),
  operations: octets(6, 'CTRL_ATTR_OPS'),
  groups: octets(7, 'CTRL_ATTR_MCAST_GROUPS'),
})

/** Asks for a family by name; the kernel loads its module. */
export function encodeFamilyQuestion(to: MessageWriter, name: string): void {
  beginGeneric(to, GENL_ID_CTRL, NLM_F_REQUEST, CTRL_CMD_GETFAMILY)
  to.textAttribute(controllerAttributes.name.type, name)
  to.end()
}

/** The number of the family that an answer describes. */
export function decodeFamily(from: Octets, start: number, end: number): number | undefined {
  return readAttribute(controllerAttributes.id, from, start + genlmsghdr.size, end, 'family')
}
