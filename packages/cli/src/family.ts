/** The choice between IPv4 and IPv6, written as with `ip`: `-4`, `-6`, or `--family 6`. @module */
import type { IpFamily } from '@vnet/core'
import { type Command, Option } from 'commander'
import { completes } from './parameter.js'
import { UsageError } from './usage.js'

/** Declares the options; `both` allows `--family all`. */
export function declareFamily(command: Command, both = false): void {
  const words = both ? ['4', '6', 'all'] : ['4', '6']
  const about = both ? 'version of IP; all for both' : 'version of IP'
  command
    .addOption(completes(new Option('--family <version>', about).choices(words), words))
    .addOption(new Option('-4, --ipv4', 'the same as --family 4'))
    .addOption(new Option('-6, --ipv6', 'the same as --family 6'))
}

/** The chosen version; `undefined` where none was chosen, `all` for both. */
export function familyOf(options: Readonly<Record<string, unknown>>): IpFamily | 'all' | undefined {
  const { family, ipv4, ipv6 } = options
  const chosen = new Set<IpFamily | 'all'>()
  if (family !== undefined) chosen.add(family === 'all' ? 'all' : (Number(family) as IpFamily))
  if (ipv4 === true) chosen.add(4)
  if (ipv6 === true) chosen.add(6)
  if (chosen.size > 1) throw new UsageError('choose one version of IP')
  return [...chosen][0]
}
