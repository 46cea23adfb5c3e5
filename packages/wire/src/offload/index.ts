/**
 * Super-frames and unfinished checksums, as virtio headers describe them (virtio 1.2 § 5.1.6): split, finished and merged as the
 * kernel does it (GSO, GRO). Ports of every backend use it.
 *
 * @packageDocumentation
 */

export { beginning, complete, headedInto, type Progress, plainInto } from './convert.js'
export { mergeInto } from './merge.js'
export { networkOffset } from './segment.js'
export { isSuper, readVirtioHeader, type VirtioHeader, writeVirtioHeader } from './virtio-header.js'
export * from './virtio-number.js'
