/** What the commands of the control plane's benchmarks have in common: options, and what must be there before a row. */
import { parseArgs } from 'node:util'
import { buildLimit, findContenders, install } from './programs.mjs'

const common = {
  only: { type: 'string' },
  with: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  scale: { type: 'string', default: '1' },
  profile: { type: 'string' },
  write: { type: 'boolean' },
  install: { type: 'boolean' },
  help: { type: 'boolean' },
}

/** The options of the command line: those that all have, and `more`. */
export const readOptions = (more) => parseArgs({ options: { ...common, ...more } }).values

/** Whether a name is in a list as `--only` takes it; without a list every name is. */
export const chosen = (text) => (name) => text === undefined || text.split(',').includes(name)

/** Ends the program as one that was called wrongly. */
export function refuse(reason) {
  console.error(reason)
  process.exit(2)
}

/** Installs and builds what the measurement needs, and finds out who takes part; refuses names that there are not. */
export function prepare(option, { rows, contenders, help }) {
  const named = (text, names) => text?.split(',').find((name) => !names.includes(name))
  const row = named(option.only, rows) ?? named(option.profile, rows)
  if (row !== undefined) refuse(`no row ${row}\n${help}`)
  const contender = named(option.with, contenders)
  if (contender !== undefined) refuse(`no contender ${contender}\n${help}`)
  if (process.getuid() !== 0) refuse('needs root: every contender runs in a network namespace of its own')
  if (option.install) install()
  const wanted = chosen(option.with ?? contenders.join(','))
  const { commands, absent } = findContenders(wanted)
  if (absent.length > 0)
    console.error(`absent: ${absent.join(', ')} (--install gets the peers, npx turbo run build vnet)`)
  return {
    limit: buildLimit(),
    commands,
    absent,
    wanted,
    rounds: Number(option.rounds),
    scale: Number(option.scale),
    progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
  }
}
