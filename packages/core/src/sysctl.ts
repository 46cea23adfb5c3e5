/** Settings of the kernel for a network namespace (`sysctl net.…`; the files under `/proc/sys/net`, proc(5), sysctl(8)). @module */

/** A setting and its value. */
export interface Sysctl {
  /** Its name as `sysctl` prints it: `net.ipv4.conf.eth0.rp_filter`; a dot in the name of a link is a slash: `eth0/5`. */
  readonly name: string
  /** Its value as the kernel prints it, without the end of the line; several in one are apart by tabs. */
  readonly value: string
}

/** Which setting `sysctl get` reads. */
export interface SysctlQuery {
  /** Its name, with dots or slashes: `net.ipv4.ip_forward`, `net/ipv4/conf/eth0.5/rp_filter`. */
  readonly name: string
}

/** A value for a setting, as `sysctl -w NAME=VALUE`. */
export interface SysctlChange extends SysctlQuery {
  /** The value; a number is written in decimal, `true` and `false` as 1 and 0. */
  readonly value: string | number | boolean
}

/** Which settings `sysctl list` reads. */
export interface SysctlFilter {
  /** Only those below this: `net.ipv4.conf.eth0`; all of `net` when absent. */
  readonly below?: string
}

/** A change as drivers receive it. */
export interface CleanSysctlChange extends SysctlQuery {
  readonly value: string
}

/**
 * The parts of a name, which are those of its path below `/proc/sys`. Which separator comes first decides, as in sysctl(8):
 * after a dot, dots separate and a slash stands for a dot; after a slash, slashes separate and a dot is a dot.
 *
 * @example
 * sysctlParts('net.ipv4.conf.eth0/5.rp_filter') // ['net', 'ipv4', 'conf', 'eth0.5', 'rp_filter']
 * sysctlParts('net/ipv4/conf/eth0.5/rp_filter') // the same
 */
export function sysctlParts(name: string): readonly string[] {
  if (/[./]/.exec(name)?.[0] === '/') return name.split('/')
  return name.split('.').map((part) => part.replaceAll('/', '.'))
}

/** The name of the setting with these parts, as `sysctl` prints it. */
export function sysctlName(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll('.', '/')).join('.')
}
