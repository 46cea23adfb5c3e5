/** Connections to kernels that answer as told, and what they are asked and tell. @module */
import type { Driver } from '@vnet/core'
import { linuxDriver } from '../src/driver.js'
import { type Answer, message, type SentMessage, scriptedKernel, verdict } from '../src/testing/scripted-kernel.js'

export const RTM_NEWLINK = 16
export const RTM_GETLINK = 18
export const RTM_NEWROUTE = 24
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const NLM_F_ACK = 4
export const NLM_F_DUMP = 0x300
export const NLM_F_DUMP_INTR = 0x10

export const route = (sequence: number, last: number, flags = 2) =>
  message(RTM_NEWROUTE, flags, sequence, (to) => {
    for (const octet of [2, 32, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]) to.u8(octet)
    to.octetsAttribute(1, Uint8Array.of(10, 0, 0, last))
    to.u32Attribute(4, 7)
  })
export const link = (sequence: number, index: number, name: string, kind?: string) =>
  message(RTM_NEWLINK, 0, sequence, (to) => {
    to.u8(0)
    to.u8(0)
    to.u16(1)
    to.u32(index)
    to.zeros(8)
    to.textAttribute(3, name)
    if (kind === undefined) return
    const information = to.nest(18)
    to.textAttribute(1, kind)
    to.endNest(information)
  })

/** A connection to a kernel that answers as told; requests of the driver's own start-up are acknowledged. */
export async function connect(script: (sent: SentMessage) => readonly Answer[], options?: { readonly lax: boolean }) {
  const kernel = scriptedKernel(
    (sent) =>
      sent.type === RTM_NEWLINK && sent.flags & 0x400 && ready === false ? [verdict(sent.sequence, 22)] : script(sent),
    options,
  )
  let ready = false
  const driver: Driver = await linuxDriver(kernel)
  ready = true
  const connection = await driver.connect()
  kernel.sent.length = 0
  return { connection, driver, kernel }
}

export const listRoutes = { operation: 'route list', spec: { family: 4, table: 'all' } } as const
export const destinations = (result: { ok: boolean; value?: unknown }) =>
  (result.value as { destination: string }[]).map((found) => found.destination)
export const neighbour = (last: number) =>
  ({
    operation: 'neighbour add',
    spec: { link: 7, address: Uint8Array.of(10, 0, 0, last), mac: Uint8Array.of(2, 0, 0, 0, 0, last) },
  }) as const
