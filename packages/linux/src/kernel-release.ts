/** The version of the running kernel, where nothing else tells what it can do. @module */
import { release } from 'node:os'

/** Whether it is older than a version, by its name (`uname -r`). Distributions bring single changes to older ones: ask it where it can be asked. */
export function isOlderThan(major: number, minor: number): boolean {
  const [first = 0, second = 0] = release().split('.').map(Number.parseFloat)
  return first < major || (first === major && second < minor)
}
