/** Checks of requests about sysctls. @module */
import { rangeFault } from '../argument.js'
import { type CleanSysctlChange, type SysctlFilter, type SysctlQuery, sysctlName, sysctlParts } from '../sysctl.js'
import { objectOf } from './object.js'
import { type Check, textOf } from './scalar.js'

const hint = 'write it as net.ipv4.ip_forward or net/ipv4/ip_forward; `vnet sysctl list` shows those that are there'

/** A name as `sysctl` prints it. A part that is empty, `.` or `..` would lead elsewhere. */
const name: Check<string> = (value, path) => {
  const text = textOf(255)(value, path)
  const parts = sysctlParts(text)
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw rangeFault(path, `${JSON.stringify(text)} is not the name of a sysctl`, hint)
  }
  if (parts[0] !== 'net') {
    const why = 'only those of `net` belong to a network namespace: use sysctl(8) for others'
    throw rangeFault(path, `${JSON.stringify(text)} is no setting of the network`, why)
  }
  return sysctlName(parts)
}

/** A value as it is written: on one line, as the kernel reads no further. */
const written: Check<string> = (value, path) => {
  if (typeof value === 'boolean') return value ? '1' : '0'
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : textOf(4096)(value, path)
  if (/[\0\n]/.test(text)) throw rangeFault(path, 'a value is one line', 'leave out the end of the line')
  return text
}

const query = objectOf({ name }, ['name'])
const change = objectOf({ name, value: written }, ['name', 'value'])
const filter = objectOf({ below: name })

/** `sysctl get`. */
export function sysctlQuery(value: unknown): SysctlQuery {
  return query(value, 'spec') as unknown as SysctlQuery
}

/** `sysctl set`. */
export function sysctlChange(value: unknown): CleanSysctlChange {
  return change(value, 'spec') as unknown as CleanSysctlChange
}

/** `sysctl list`. */
export function sysctlList(value: unknown): SysctlFilter {
  return filter(value, 'spec') as SysctlFilter
}
