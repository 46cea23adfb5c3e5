/** macvtap and ipvtap links as ports: a character device each, which speaks as a TAP does (`drivers/net/tap.c`). @module */
import {
  formatMac,
  type Link,
  type PortSpec,
  portOperation,
  portRefusal,
  refuseForTapLink,
  refuseTapDevice,
} from '@vnet/core'
import { systemError } from '../error.js'
import { EventStream } from '../event-stream.js'
import type { SyscallError, Syscalls } from '../syscalls.js'
import { TUNGETIFF, TUNSETIFF } from './constants.js'
import { type Attached, flagsOf, told, verified } from './device.js'
import { encodeIfreq } from './ifreq.js'
import type { LinkWatch } from './port.js'

const O_RDWR = 2
const O_NONBLOCK = 0o4000
/** `SIOCGIFHWADDR` of the device, answered by the descriptor itself. */
const SIOCGIFHWADDR = 0x8927
const MAC_AT = 18

/** Whether a link is one that has a character device. */
export function isTapLink(link: Link | undefined): link is Link {
  return link?.kind === 'macvtap' || link?.kind === 'ipvtap'
}

/** Refuses options that the link does not have: those of TUN and TAP links, or the device of a macvtap. */
export function refuseForLink(spec: PortSpec, link: Link | undefined): void {
  if (isTapLink(link)) refuseForTapLink(spec, link.kind as string)
  else refuseTapDevice(spec)
}

/** Opens a queue of the link, and sees that it is one: names of devices are those of the first namespace that had the index. */
export function attachTapLink(syscalls: Syscalls, spec: PortSpec, link: Link): Attached {
  const path = spec.device ?? `/dev/tap${link.index}`
  const fd = open(syscalls, spec, path)
  try {
    const there = told(syscalls, fd)
    if (there === undefined || there.name !== link.name || macOf(syscalls, fd) !== link.mac) {
      const hint = `${path} is that of a link of another namespace: make one with mknod, and give it as device`
      throw portRefusal(spec, 'ENODEV', 19, hint)
    }
    syscalls.ioctl(fd, TUNSETIFF, encodeIfreq(link.name, flagsOf(spec)))
    return verified({ ...spec, name: link.name }, fd, told(syscalls, fd) ?? there)
  } catch (error) {
    syscalls.close(fd)
    throw systemError(error, portOperation(spec.kind), spec.name)
  }
}

/** Tells when the link is gone: its descriptors do not. A link that is moved away is still there. */
export function watchTapLink(
  syscalls: Syscalls,
  namespaceFd: number | undefined,
  fd: number,
  index: number,
): LinkWatch {
  const stream = new EventStream(syscalls, namespaceFd, ['link'], () => {})
  stream.unref()
  return {
    begin(gone) {
      void (async () => {
        for await (const event of stream) {
          const mayBe = event.kind === 'lost' || (event.kind === 'link delete' && event.object.index === index)
          if (mayBe && isGone(syscalls, fd)) gone()
        }
      })().catch(gone)
    },
    end: () => stream.end(),
  }
}

function isGone(syscalls: Syscalls, fd: number): boolean {
  try {
    syscalls.ioctl(fd, TUNGETIFF, encodeIfreq('', 0))
    return false
  } catch {
    return true
  }
}

function open(syscalls: Syscalls, spec: PortSpec, path: string): number {
  try {
    return syscalls.open(path, O_RDWR | O_NONBLOCK)
  } catch (error) {
    const { code } = error as SyscallError
    const hints: Readonly<Record<string, string>> = {
      EACCES: 'its mode lets only root in: run as root, or let udev give it another',
      EPERM: 'the devices of this container are restricted: allow the macvtap devices',
      ENOENT: 'udev or devtmpfs makes it; without them mknod does, by the numbers that /sys/class/net tells',
      ENXIO: 'the device was made for a link that is gone: make it anew with mknod',
      ENODEV: 'the device was made for a link that is gone: make it anew with mknod',
      EBUSY: 'all queues of the link are taken',
    }
    const detail = `${path} cannot be opened`
    throw systemError(error, portOperation(spec.kind), spec.name, { detail, hint: hints[code] })
  }
}

function macOf(syscalls: Syscalls, fd: number): string {
  const answer = encodeIfreq('', 0)
  syscalls.ioctl(fd, SIOCGIFHWADDR, answer)
  return formatMac(answer, MAC_AT, MAC_AT + 6)
}
