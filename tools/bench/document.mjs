/** The sections of docs/benchmarks.md that are written by programs, and what each says of the machine. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { root } from './programs.mjs'

/** Processors, memory, kernel and Node. */
export function machineText() {
  const processors = `${cpus().length} × ${cpus()[0].model.trim()}`
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${processors}, ${memory}, Linux ${release()}, Node ${process.versions.node}`
}

/** Writes the section between the markers of `name`, at the end where there are none, and leaves the rest as it is. */
export function writeSection(name, body) {
  const file = `${root}docs/benchmarks.md`
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const whole = existsSync(file) ? readFileSync(file, 'utf8') : '# Benchmarks\n'
  const marked = whole.includes(open) ? whole : `${whole.trimEnd()}\n\n${open}\n${close}\n`
  writeFileSync(
    file,
    marked.replace(new RegExp(`${open}[^]*?(?=${close})`), () => `${open}\n${body}\n`),
  )
}
