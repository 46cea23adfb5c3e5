/** One line for a frame, as `tcpdump -n -S` prints it; with the link-level header as `-e` does. @module */
import { isDecodeError } from '@vnet/core'
import { type DecodeOptions, readLayers } from './decode-frame.js'
import { formatSnapped } from './format-snapped.js'
import { Line } from './frame-line.js'
import type { Layer } from './layer.js'

/** How to print a frame. */
export interface FormatOptions extends DecodeOptions {
  /** Whether to print the link-level header: MAC addresses, EtherType, length, tags (`tcpdump -e`). */
  readonly linkLevel?: boolean
  /**
   * Octets that the frame had, where only its beginning was kept (the snap length of a capture): lengths are printed as they
   * were, and the line ends in `[|protocol]` where it needs more than was kept.
   */
  readonly originalLength?: number
}

/**
 * One line for a frame, without a time: `IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64`. What is cut
 * ends in `[|layer]`, the layer that could not be read. Never throws because of what the frame holds.
 */
export function formatFrame(bytes: Uint8Array, options: FormatOptions = {}): string {
  const { originalLength = bytes.length } = options
  if (originalLength > bytes.length) return formatSnapped(bytes, originalLength, options)
  const layers: Layer[] = []
  try {
    readLayers(bytes, layers, options)
  } catch (error) {
    if (!isDecodeError(error)) throw error
    const known = layers.length === 0 ? '' : `${formatLayers(layers, options, bytes.length)} `
    return `${known}[|${error.layer}]`
  }
  return formatLayers(layers, options, bytes.length)
}

/**
 * As {@link formatFrame}, of layers that were decoded already.
 *
 * @param length Octets of the frame; by default those that the layers have together.
 */
export function formatLayers(layers: readonly Layer[], options: FormatOptions = {}, length?: number): string {
  const line = new Line(layers, options.linkLevel ?? false, length)
  let text = ''
  for (let i = 0; i < layers.length; i++) text += line.part(i)
  return text.replace(/(: |, | )$/, '')
}
