/** What filters of every kind lead to: a class, and actions. @module */
import { type Action, type ActionSpec, formatHandle } from '@vnet/core'
import type { Attribute } from '../../../netlink/attribute.js'
import type { MessageWriter } from '../../../netlink/writer.js'
import type { EncodeContext } from '../../codec.js'
import { writeActions } from '../action.js'

/** The attributes of a kind. */
interface ResultAttributes {
  readonly classId: Attribute<number>
  readonly actions: Attribute<readonly Action[]>
}

/** Appends the class and the actions. */
export function writeResult(
  to: MessageWriter,
  table: ResultAttributes,
  { classId, actions = [] }: { readonly classId?: number; readonly actions?: readonly ActionSpec[] },
  context: EncodeContext,
): void {
  if (classId !== undefined) table.classId.write(to, classId)
  if (actions.length > 0) writeActions(to, table.actions.type, actions, context)
}

/** The class as filters tell it. */
export const classOf = (classId: number | undefined): { readonly classId?: string } =>
  classId === undefined ? {} : { classId: formatHandle(classId) }
