/** Masqueraded connections end with the address that stood for them (`masq_device_event`, `masq_inet_event`). @module */
import { sameOctets } from '../bits.js'
import type { Kernel, Notice } from '../kernel.js'
import type { Device } from '../object/device.js'

/** A link went down: what left by it will not come back. */
export function masqueradeListener(kernel: Kernel, notice: Notice, device: Device): void {
  if (notice === 'down') endMasquerades(kernel, device)
}

/** Forgets the connections that a link's address stood for, or any of its addresses. */
export function endMasquerades(kernel: Kernel, device: Device, address?: Uint8Array): void {
  const { connections } = device.namespace.nat
  for (const connection of [...connections.all(kernel.now())]) {
    if (connection.masqueradedBy !== device.index) continue
    if (address === undefined || sameOctets(connection.reply.to, address)) connections.remove(connection)
  }
}
