/** The sources need nothing but the language, `@vnet/core`, `@vnet/wire`, `@vnet/bpf` and pure cryptography: they run in a browser. @module */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const sources = new URL('../src/', import.meta.url)
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

test.each(files)('%s', (file) => {
  const text = readFileSync(new URL(file, sources), 'utf8')
  const imported = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1] as string)
  for (const name of imported)
    expect(name).toMatch(
      /^(?:\.{1,2}\/.*\.js|@vnet\/(?:core|wire|wire\/offload|bpf)|@noble\/(?:ciphers|hashes)\/.*\.js)$/,
    )
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|"[^"\n]*"/g, '')
  expect(code).not.toMatch(/\b(?:process|Buffer|require|__dirname|globalThis)\b/)
  // Time and randomness come in at two places only; turns of the event loop at a third.
  if (file !== 'clock.ts' && file !== 'event-loop.ts')
    expect(code).not.toMatch(/Date\.|performance\.|setTimeout|setInterval/)
  if (file !== 'driver.ts') expect(code).not.toMatch(/Math\.random/)
})
