/** Captured frames as lines, for people and for programs. @module */
import type { CapturedFrame } from '@vnet/core'
import { formatFrame } from '@vnet/wire'

/** How frames are shown. */
export interface LineOptions {
  /** One JSON object a line. */
  readonly json: boolean
  /** With MAC addresses, EtherType and tags, as `tcpdump -e`. */
  readonly linkLevel: boolean
  /** With link and direction, as `tcpdump -i any`. */
  readonly several: boolean
}

/** Octets of a header of LINKTYPE_LINUX_SLL. */
const COOKED = 16

/** One line, with its end. */
export function frameLine(frame: CapturedFrame, name: string, options: LineOptions): string {
  const text = sentence(frame, options.linkLevel)
  const outgoing = frame.packetType === 'outgoing'
  if (options.json) {
    const { packetType, format, originalLength, bytes } = frame
    const json = {
      time: isoTime(frame.time),
      link: name,
      direction: outgoing ? 'out' : 'in',
      packetType,
      format,
      length: originalLength,
      captured: bytes.length,
      text,
      bytes: Buffer.from(bytes).toString('hex'),
    }
    return `${JSON.stringify(json)}\n`
  }
  return `${clockTime(frame.time)} ${options.several ? `${name} ${outgoing ? 'Out' : 'In '} ` : ''}${text}\n`
}

function sentence({ bytes, format, originalLength }: CapturedFrame, linkLevel: boolean): string {
  if (format === 'ethernet') return formatFrame(bytes, { linkLevel, originalLength })
  if (format === 'ip') return formatFrame(bytes, { link: 'ip', originalLength })
  // The cooked header has the EtherType where an Ethernet header has it too: at its end.
  const more = COOKED - 14
  return formatFrame(bytes.subarray(more), { originalLength: originalLength - more })
}

const BILLION = 1_000_000_000n

/** `2026-11-24T12:00:00.000000001Z`. */
function isoTime(time: bigint): string {
  const second = new Date(Number(time / BILLION) * 1000).toISOString().slice(0, 19)
  return `${second}.${fraction(time)}Z`
}

/** The time of day here, as tcpdump prints it, with nanoseconds. */
function clockTime(time: bigint): string {
  const date = new Date(Number(time / BILLION) * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction(time)}`
}

const fraction = (time: bigint): string => String(time % BILLION).padStart(9, '0')
