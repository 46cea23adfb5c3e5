/** Sysctls: read, written and listed (`proc_sys_call_handler`). @module */
import { type CleanSysctlChange, type Sysctl, type SysctlFilter, sysctlName, sysctlParts } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { readNumber } from '../sysctl/number.js'
import { type Setting, settingOf, settingParts } from '../sysctl/setting.js'

/** One value; `undefined` where there is no such setting. */
export function getSysctl(kernel: Kernel, namespace: Namespace, { name }: { readonly name: string }) {
  const parts = sysctlParts(name)
  const setting = settingOf(kernel, namespace, parts)
  if (setting === undefined) refuseGroup(namespace, parts)
  if (setting?.onlyWritten) refuse('EACCES', undefined, { attribute: 'spec.name' })
  return setting === undefined ? undefined : textOf(setting)
}

/** Sets one. */
export function setSysctl(kernel: Kernel, namespace: Namespace, { name, value }: CleanSysctlChange): undefined {
  const parts = sysctlParts(name)
  const setting = settingOf(kernel, namespace, parts)
  if (setting === undefined) {
    refuseGroup(namespace, parts)
    refuse('ENOENT', undefined, { attribute: 'spec.name' })
  }
  if (!kernel.has('sysctl')) refuse('EROFS')
  // What only does something looks at no value.
  const [number, second] = setting.onlyWritten ? [0] : numbersIn(value, setting)
  setting.write(number as number, second)
}

/** One number, or up to two of a setting that is two. */
function numbersIn(value: string, { second, range: [least, most] }: Setting): readonly number[] {
  const texts = second === undefined ? [value] : value.trim().split(/[ \t\n]+/, 2)
  return texts.map((text) => {
    const number = readNumber(text)
    if (number === undefined || number < least || number > most)
      refuse('EINVAL', undefined, { attribute: 'spec.value' })
    return number
  })
}

/** As the kernel prints it: several numbers are apart by tabs. */
const textOf = ({ value, second }: Setting): string => (second === undefined ? String(value) : `${value}\t${second}`)

/** The settings below a name, by name. */
export function listSysctls(kernel: Kernel, namespace: Namespace, { below = 'net' }: SysctlFilter): Sysctl[] {
  const wanted = sysctlParts(below)
  const found: Sysctl[] = []
  for (const parts of settingParts(namespace)) {
    if (!isBelow(parts, wanted)) continue
    const setting = settingOf(kernel, namespace, parts)
    if (setting !== undefined && !setting.onlyWritten) found.push({ name: sysctlName(parts), value: textOf(setting) })
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

const isBelow = (parts: readonly string[], group: readonly string[]): boolean =>
  group.every((part, at) => parts[at] === part)

/** A group of settings is a directory, which has no value. */
function refuseGroup(namespace: Namespace, parts: readonly string[]): void {
  for (const one of settingParts(namespace)) {
    if (isBelow(one, parts)) refuse('EISDIR', undefined, { attribute: 'spec.name' })
  }
}
