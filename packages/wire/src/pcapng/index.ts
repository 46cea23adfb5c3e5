/** Captures: pcapng written and read, classic pcap read. @module */
export * from './block.js'
export { encodeBlock } from './encode.js'
export { CaptureReader, readCapture } from './reader.js'
export { type InterfaceSpec, type PacketSpec, PcapngWriter, type StatisticsSpec } from './writer.js'
