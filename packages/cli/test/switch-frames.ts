/** Frames through ports in memory, for tests of the switch command. @module */
import { FrameBatch, type Port, parseMac } from '@vnet/core'
import { expect } from 'vitest'

/** An Ethernet frame of an EtherType for experiments (IEEE 802 § 9.2.4). */
export function frame(destination: string, source: string, length = 60): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(parseMac(destination) as Uint8Array, 0)
  bytes.set(parseMac(source) as Uint8Array, 6)
  bytes.set([0x88, 0xb5], 12)
  return bytes
}

/** Sends frames; they must all be taken. */
export function send(port: Port | undefined, ...frames: Uint8Array[]): void {
  const batch = new FrameBatch({ frames: frames.length, octets: 1 << 20 })
  for (const each of frames) batch.add(each)
  expect(port?.write(batch)).toBe(frames.length)
}

/** What has arrived at a port, or arrives soon. */
export async function receive(port: Port | undefined): Promise<Uint8Array[]> {
  const batch = new FrameBatch()
  await port?.read(batch)
  return Array.from(batch, (each) => each.slice())
}

/** Waits until something is so; the test's own time is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}
