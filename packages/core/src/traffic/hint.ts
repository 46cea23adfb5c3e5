/** What to do about a refusal of traffic control. @module */
import { type Capability, remedyOf, trafficCapabilities } from '../capability.js'
import { type ActionSpec, isActionReference } from './action.js'
import { tunnelOptionKernels, tunnelOptionsOf } from './flower-tunnel-options.js'

/** A hint, or `undefined` where there is nothing of traffic control to say. */
export function trafficHint(
  operation: string,
  code: string,
  text: string | undefined,
  spec: { readonly [field: string]: unknown },
): string | undefined {
  const [object, verb] = operation.split(' ') as [string, string]
  if (object === 'action') return actionHint(verb, code, text, spec)
  switch (code) {
    case 'ENOENT':
      if (text !== undefined && /kind is unknown|not found\.?$|Failed to load/.test(text) && verb !== 'delete') {
        const action = /action module/.test(text) ? missingAction(spec) : undefined
        if (action !== undefined) return remedyOf(action)
        const capability = `${object} ${spec.kind}` as Capability
        if (trafficCapabilities.includes(capability as never) && /unknown|classifier/.test(text))
          return remedyOf(capability)
      }
      if (text?.includes('kind is unknown')) return `no kind of ${object} is called ${spec.kind} here`
      return `the ${object}, or its parent, is not there; \`vnet ${object} list\` shows those that are`
    case 'EBUSY':
      if (text?.includes('block dev')) return 'a link is in a block once: give another block for what goes out'
      return 'it has branches, or filters lead to it: delete those first'
    case 'EEXIST':
      return `there is one; ${object} set replaces it, ${object} change changes it`
    case 'EOPNOTSUPP':
      return 'the kernel cannot do that with a discipline of this kind, or was built without it'
    case 'EINVAL':
      if (object === 'filter') return filterHint(text, spec)
      if (operation === 'class delete') return 'the discipline with this handle has no classes'
      if (text?.startsWith('Change operation not supported'))
        return 'this kind cannot be changed: delete it and make it again'
      if (text?.includes('must match')) return 'it is of another kind: delete it first, or set it with another handle'
      return text === undefined
        ? 'the kernel does not say which value it dislikes; leave options out one by one'
        : 'see `vnet qdisc list` for what is there'
    default:
      return undefined
  }
}

const held = 'filters have it, or had it a moment ago: delete those first'

function actionHint(
  verb: string,
  code: string,
  text: string | undefined,
  { kind }: { readonly [field: string]: unknown },
): string | undefined {
  switch (code) {
    case 'EPERM':
      if (verb === 'flush') return `${held}; or ${remedyOf('shared actions')}`
      return text === undefined ? remedyOf('shared actions') : held
    case 'EEXIST':
      return `there is one; \`vnet action list ${kind}\` shows which, action set changes it`
    case 'ENOENT':
      if (text !== undefined && /Failed to load|unknown/.test(text)) return kindHint(kind)
      return `it is not there; \`vnet action list ${kind}\` shows those that are`
    case 'EINVAL':
      if (text !== undefined && lacksBlocks.test(text)) return remedyOf('mirred block')
      return text !== undefined && /kind not found/.test(text)
        ? kindHint(kind)
        : `see \`vnet action list ${kind}\` for what is there`
    default:
      return undefined
  }
}

/** What kernels say that know links as targets only (`tcf_mirred_init`). */
const lacksBlocks = /Specified device does not exist/

/** What brings an action of a kind. */
const kindHint = (kind: unknown): string =>
  trafficCapabilities.includes(`action ${kind}` as never)
    ? remedyOf(`action ${kind}` as Capability)
    : `no kind of action is called ${kind} here`

/** The kernel does not say which action it lacks; where there is one only, it is that. */
function missingAction(spec: { readonly [field: string]: unknown }): Capability | undefined {
  const kinds = new Set(((spec.actions as { kind: string }[] | undefined) ?? []).map(({ kind }) => `action ${kind}`))
  const [only] = kinds
  return kinds.size === 1 && trafficCapabilities.includes(only as never) ? (only as Capability) : undefined
}

/** The first action that is only named by its number. */
const referenceIn = (spec: { readonly [field: string]: unknown }): ActionSpec | undefined =>
  ((spec.actions ?? []) as readonly ActionSpec[]).find(isActionReference)

const noBlock = 'no discipline has this block: add an ingress or clsact with it as ingressBlock or egressBlock'

const sendsToBlock = (spec: { readonly [field: string]: unknown }): boolean =>
  ((spec.actions ?? []) as readonly { readonly block?: number }[]).some(({ block }) => block !== undefined)

/** What is wrong with a hash table of `u32`. */
const tableHints: readonly (readonly [RegExp, string])[] = [
  [/hash table not found/i, 'make the table first, with divisor; `vnet filter list` shows those that are there'],
  [/buckets exceed/, 'the table has fewer buckets: see its divisor in `vnet filter list`'],
  [/address mismatch/, 'give the table of the handle as table too'],
  [/delete root/, 'the kernel made this table with its priority: delete that, without a handle'],
  [/root node/, 'make a table for it, with divisor'],
]

function filterHint(text: string | undefined, spec: { readonly [field: string]: unknown }): string {
  const options = tunnelOptionsOf(spec)
  if (options !== undefined && text?.startsWith('Unknown tunnel option'))
    return `the kernel does not know ${options}: needs ${tunnelOptionKernels[options]}`
  const ofTable = tableHints.find(([sentence]) => sentence.test(text ?? ''))
  if (ofTable !== undefined) return ofTable[1]
  if (/device not found/i.test(text ?? '')) return 'inputLink names a link that is not there'
  if (text?.startsWith('Block of given index')) return noBlock
  if (lacksBlocks.test(text ?? '') && sendsToBlock(spec)) return remedyOf('mirred block')
  const reference = referenceIn(spec)
  if (reference !== undefined && /control action|Unknown mirred option|does not exist/i.test(text ?? ''))
    return `an action that is named by its number is not there: see \`vnet action list ${reference.kind}\`, or make it with action add`
  if (text?.startsWith('Mismatch'))
    return 'the action that is shared must have the skipHardware and skipSoftware of the filter'
  if (text?.includes('classful') || text?.includes('exist'))
    return 'the parent is not there, or asks no filters: add a qdisc that does, such as clsact or htb'
  return 'a priority is of one protocol and one kind: take another, or see `vnet filter list`'
}
