/** What a line says of a TCP header whose beginning alone was kept. @module */

import { copyOf } from './bounds.js'
import { formatOption, formatTcp } from './format-transport.js'
import type { Line } from './frame-line.js'
import type { LayerOf } from './layer.js'
import type { Shown } from './snapped-stage.js'
import { tcpHeaderSizeAt } from './tcp.js'
import { namedTcpOption } from './tcp-option.js'

const names: { readonly [type: number]: string | undefined } = {
  2: 'mss',
  3: 'wscale',
  4: 'sackOK',
  5: 'sack',
  8: 'TS',
}

/** TCP at layer `i`. Its options end where the first one does that was not kept whole. */
export function shownTcp(line: Line, i: number, frame: Uint8Array, kept: number): Shown {
  const layer = line.layers[i] as LayerOf<'tcp'>
  const start = line.starts[i] as number
  const mine = kept - start
  const packet = line.packetAround(i)
  if (mine < 4) return { text: packet === undefined ? '' : line.addressesOf(packet), cut: '[|tcp]' }
  const addresses = `${line.addresses(i, layer)}: `
  if (mine < 20) return { text: addresses, cut: ' [|tcp]' }
  const header = tcpHeaderSizeAt(frame, start)
  if (mine >= header) return { text: line.part(i) }
  const length = (line.ends[i] as number) - start - header
  const fixed = formatTcp({ ...layer, options: [] }, length).replace(/, length \d+$/, '')
  return { text: `${addresses}${fixed}, options [`, cut: cutOptions(frame, start + 20, start + header, kept) }
}

function cutOptions(frame: Uint8Array, start: number, end: number, kept: number): string {
  const texts: string[] = []
  let at = start
  while (at < end && at < kept) {
    const type = frame[at] as number
    if (type < 2) {
      texts.push(formatOption(namedTcpOption({ type, bytes: new Uint8Array(0) })))
      at++
      continue
    }
    const length = frame[at + 1] as number
    if (at + 2 > kept || length < 2) break
    if (at + length > kept) {
      const isFirst = texts.length === 0
      texts.push(`${names[type] ?? `unknown-${type}`}${type === 5 ? blocks(frame, at, length, kept) : ''}`)
      return `${texts.join(',')} [|tcp]${isFirst ? '' : '>'}`
    }
    texts.push(formatOption(namedTcpOption({ type, bytes: copyOf(frame, at + 2, at + length) })))
    at += length
  }
  return `${texts.map((text) => `${text},`).join('')} [|tcp]`
}

/** Ranges of a selective acknowledgement, as far as they were kept. */
function blocks(frame: Uint8Array, at: number, length: number, kept: number): string {
  const whole = Math.floor((kept - at - 2) / 8)
  const ranges =
    whole === 0 ? '' : formatOption(namedTcpOption({ type: 5, bytes: copyOf(frame, at + 2, at + 2 + whole * 8) }))
  return ` ${Math.floor((length - 2) / 8)} ${ranges.replace(/^sack \d+ /, '')}`
}
