/** Settings of the kernel, as a program holds them. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { Sysctl, SysctlChange, SysctlFilter } from '../sysctl.js'

/** Settings of the kernel for the namespace (`sysctl net.…`). Names have dots or slashes, as in sysctl(8). */
export interface SysctlClient {
  /** One value as text, as `sysctl -n NAME`; `undefined` where there is no such setting. Throws `EIO`, and `EACCES` of one that can only be written. */
  get(name: string, options?: CallOptions): Promise<string | undefined>
  /**
   * Sets one, as `sysctl -w NAME=VALUE`. Throws `ENOENT` where there is no such setting, `EINVAL` for a value that it does
   * not take, `EACCES` or `EPERM` where it may not be written, `EROFS` where `/proc/sys` is mounted to be read only.
   */
  set(name: string, value: SysctlChange['value'], options?: CallOptions): Promise<void>
  /** All settings, or those below a name, as `sysctl -a`, by name; those that nobody may read are left out. */
  list(filter?: SysctlFilter, options?: CallOptions): Promise<Sysctl[]>
}
