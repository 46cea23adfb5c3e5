// What no linter says: words of unfinished work, traces of one machine, and files that grew too long.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 26,
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(new URL(file, root)))

const code = /\.(ts|mts|mjs|js|cc|h)$/
// Written in pieces, so that this file does not find itself.
const rules = [
  { files: code, words: /\b(TO[D]O|FIX[M]E|X[X]X)\b/, about: 'unfinished work' },
  { files: code, words: /@ts-[i]gnore|@ts-[e]xpect-error/, about: 'a type that is not checked' },
  { files: code, words: /\b(it|test|describe)\.[o]nly\(/, about: 'a test that hides the others' },
  { files: /./, words: /\/work\/[m]ain|\.\.\/[s]hared\//, about: 'a path of one machine' },
  { files: /^(?!package-lock\.json)/, words: /\b[r]egistry\.npmjs|\bdeb\.[d]ebian\.org/, about: "a registry's host" },
]

const binary = /\.(node|png|pcap|hex|ico)$/
let wrong = 0
for (const file of files) {
  if (binary.test(file) || file === 'package-lock.json') continue
  const lines = readFileSync(new URL(file, root), 'utf8').split('\n')
  lines.forEach((line, index) => {
    for (const { files: which, words, about } of rules) {
      if (!which.test(file) || !words.test(line)) continue
      console.error(`${file}:${index + 1}: ${about}: ${line.trim().slice(0, 120)}`)
      wrong++
    }
  })
  if (code.test(file) && lines.length > 401)
    console.warn(`${file}: ${lines.length - 1} lines: what is the second noun? (only a warning)`)
}
console.log(wrong === 0 ? 'Sources: nothing unfinished, no trace of a machine' : `Sources: ${wrong} places to mend`)
process.exit(wrong === 0 ? 0 : 1)
