/** `/dev/ppp`: each time it is opened it can become a channel, or a unit, which is a link. @module */
import type { Syscalls } from '../syscalls.js'

const O_RDWR = 2
const O_NONBLOCK = 0o4000

/** Opens the device. */
export const openPpp = (syscalls: Syscalls, namespaceFd: number | undefined): number =>
  syscalls.open('/dev/ppp', O_RDWR | O_NONBLOCK, namespaceFd)
