/** Opens captures. @module */
import { compileCaptureFilter } from '@vnet/bpf'
import { type Capture, type CaptureSpec, VnetError } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { unsupported } from '../supports.js'
import { MockCapture } from './capture.js'
import { formatOf } from './record.js'

/** Opens a capture in a namespace. */
export function openCapture(kernel: Kernel, namespace: Namespace, spec: CaptureSpec): Capture {
  const operation = 'capture open'
  if (kernel.supports.capture !== true) throw unsupported(operation, 'capture')
  if (spec.filter !== undefined && kernel.supports['capture filter'] !== true)
    throw unsupported(operation, 'capture filter')
  return kernel.perform(() => {
    const device = spec.link === undefined ? undefined : namespace.find(spec.link)
    if (spec.link !== undefined && device === undefined) {
      throw new VnetError({
        code: 'ENODEV',
        operation,
        subject: String(spec.link),
        errno: 19,
        hint: 'there is no such link; `vnet link list` shows those that are there',
      })
    }
    const format = device === undefined ? undefined : formatOf(device)
    const programs =
      spec.filter === undefined ? undefined : compileCaptureFilter(spec.filter, format, device?.name ?? 'any')
    if (device?.up === false) {
      throw new VnetError({
        code: 'ENETDOWN',
        operation,
        subject: device.name,
        errno: 100,
        hint: 'set the link up first',
      })
    }
    return new MockCapture(kernel, namespace, device, spec, programs)
  })
}
