/** Message headers and the kernel's verdicts (`linux/netlink.h`): reading what arrives, without I/O. @module */
import { DecodeError } from '@vnet/core'
import type { Octets } from './octets.js'

/** Message types below the family's own. */
export const NLMSG_NOOP = 1
/** Verdict on a request; an acknowledgement when its error is 0. */
export const NLMSG_ERROR = 2
/** End of a dump; carries the error of a failed one. */
export const NLMSG_DONE = 3
/** Data was lost. */
export const NLMSG_OVERRUN = 4

/** It is a request. */
export const NLM_F_REQUEST = 0x01
/** Acknowledge it. */
export const NLM_F_ACK = 0x04
/** Send the change back that it made. */
export const NLM_F_ECHO = 0x08
/** The dump was interrupted by a change. */
export const NLM_F_DUMP_INTR = 0x10
/** All of a sort. */
export const NLM_F_ROOT = 0x100
/** All objects (NLM_F_ROOT | NLM_F_MATCH). */
export const NLM_F_DUMP = 0x300
/** Replace what is there. */
export const NLM_F_REPLACE = 0x100
/** Fail where it is there. */
export const NLM_F_EXCL = 0x200
/** Make it where it is not. */
export const NLM_F_CREATE = 0x400
/** Add behind what is there. */
export const NLM_F_APPEND = 0x800
/** The verdict does not repeat the request. */
export const NLM_F_CAPPED = 0x100
/** The verdict carries attributes. */
export const NLM_F_ACK_TLVS = 0x200

const NLMSGERR_ATTR_MSG = 1
const NLMSGERR_ATTR_OFFS = 2
const NLMSGERR_ATTR_MISS_TYPE = 5
const NLMSGERR_ATTR_MISS_NEST = 6

/** What the kernel said of a request. */
export interface Verdict {
  /** Error number, positive; 0 for success. */
  readonly errno: number
  /** The kernel's sentence. */
  readonly text?: string
  /** Offset of the offending attribute from the start of the request. */
  readonly offset?: number
  /** Number of the attribute that is missing. */
  readonly missing?: number
  /** Offset of the nest in which it is missing. */
  readonly missingIn?: number
}

const success: Verdict = { errno: 0 }

/** Reads NLMSG_ERROR (payload `struct nlmsgerr`) or NLMSG_DONE (payload an `int`), with the extended acknowledgement behind. */
export function readVerdict(from: Octets, start: number, end: number, type: number, flags: number): Verdict {
  // Some kernels end a dump without a number.
  if (end - start < 4) {
    if (type === NLMSG_DONE) return success
    throw new DecodeError('verdict', start, `${end - start} octets, needs 4`)
  }
  const errno = -from.s32(start)
  let at = start + 4
  if (type === NLMSG_ERROR) {
    if (end - start < 20) throw new DecodeError('verdict', start, `${end - start} octets, needs 20`)
    const request = from.u32(at)
    at += flags & NLM_F_CAPPED ? 16 : (request + 3) & ~3
  }
  if (!(flags & NLM_F_ACK_TLVS)) return errno === 0 ? success : { errno }
  return readExtended(from, at, end, errno)
}

function readExtended(from: Octets, start: number, end: number, errno: number): Verdict {
  const verdict: { -readonly [K in keyof Verdict]: Verdict[K] } = { errno }
  for (let at = start; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end)
      throw new DecodeError('verdict', at, `attribute of ${length} octets in ${end - at}`)
    const type = from.u16(at + 2) & 0x3fff
    if (type === NLMSGERR_ATTR_MSG) verdict.text = from.text(at + 4, at + length)
    else if (length >= 8) {
      if (type === NLMSGERR_ATTR_OFFS) verdict.offset = from.u32(at + 4)
      if (type === NLMSGERR_ATTR_MISS_TYPE) verdict.missing = from.u32(at + 4)
      if (type === NLMSGERR_ATTR_MISS_NEST) verdict.missingIn = from.u32(at + 4)
    }
    at += (length + 3) & ~3
  }
  return verdict
}

/** Walks the messages of a datagram: `visit(type, flags, sequence, payload start, payload end)`. */
export function forEachMessage(
  from: Octets,
  start: number,
  end: number,
  visit: (type: number, flags: number, sequence: number, start: number, end: number) => void,
): void {
  for (let at = start; end - at >= 16; ) {
    const length = from.u32(at)
    if (length < 16 || at + length > end)
      throw new DecodeError('message', at, `message of ${length} octets in ${end - at}`)
    visit(from.u16(at + 4), from.u16(at + 6), from.u32(at + 8), at + 16, at + length)
    at += (length + 3) & ~3
  }
}
