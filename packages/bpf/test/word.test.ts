/** Words that stand for numbers, before libpcap and this machine's lists of names. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ipProtocolNumbers, linkProtocolNumbers, serviceOf } from '../src/filter/name.js'
import { llcTypes, numberWords, words } from '../src/filter/word.js'
import { assemble, compileFilter, isBpf, runBpf } from '../src/index.js'
import { openLibpcap } from './libpcap.js'

const libpcap = openLibpcap()
const absent = 'lacks capability: libpcap (Debian package tcpdump)'

/** Whether both compile to the same. Programs of one comparison are the same octet by octet. */
function same(expression: string, optimize: boolean) {
  const theirs = libpcap?.compile(expression, 'ethernet', optimize)
  return [
    compileFilter(expression, 'ethernet').map(({ code, k }) => [code, k]),
    typeof theirs === 'string' ? theirs : theirs?.program.map(({ code, k }) => [code, k]),
  ]
}

describe('words', () => {
  it('numbers are those of libpcap', (context) => {
    if (libpcap === undefined) return context.skip(absent)
    for (const [word, value] of numberWords) {
      const [ours, theirs] = same(`len = ${word}`, true)
      expect([word, ours]).toEqual([word, theirs])
      expect(JSON.stringify(ours)).toContain(`[21,${value}]`)
    }
  })

  it('kinds of LLC frames are those of libpcap', (context) => {
    if (libpcap === undefined) return context.skip(absent)
    for (const type of Object.keys(llcTypes)) {
      const theirs = libpcap.compile(`llc ${type}`, 'ethernet', false)
      if (typeof theirs === 'string') throw new Error(theirs)
      const program = compileFilter(`llc ${type}`, 'ethernet')
      for (let control = 0; control < 256; control++) {
        const octets = new Uint8Array(60)
        octets.set([0, 30, 0x42, 0x42, control], 12)
        expect([type, control, runBpf(program, { octets, link: 1, random: () => 0 }) > 0]).toEqual([
          type,
          control,
          theirs.takes(octets),
        ])
      }
    }
  })

  it('protocols of links are those of libpcap', (context) => {
    if (libpcap === undefined) return context.skip(absent)
    for (const name of Object.keys(linkProtocolNumbers).filter((name) => !['ipx', 'atalk', 'aarp'].includes(name))) {
      const [ours, theirs] = same(`ether proto \\${name}`, true)
      expect([name, JSON.stringify(ours)]).toEqual([name, JSON.stringify(theirs)])
    }
  })

  it('every word of the language is one for libpcap, too', (context) => {
    if (libpcap === undefined) return context.skip(absent)
    // A word is no name: as the name of a port it is refused in other words than an unknown one.
    expect(libpcap.compile('port nosuch', 'ethernet', false)).toMatch(/unknown port/)
    const others = [...words].filter(
      (word) => !/syntax error/.test(String(libpcap.compile(`port ${word}`, 'ethernet', false))),
    )
    expect(others).toEqual([])
  })
})

describe('names', () => {
  const listOf = (file: string) => {
    try {
      return readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
        .filter((words) => words.length > 1)
    } catch {
      return undefined
    }
  }

  it('ports are those of this machine', (context) => {
    const list = listOf('/etc/services')
    if (list === undefined) return context.skip('lacks capability: /etc/services (Debian package netbase)')
    const found = new Map<string, Set<string>>()
    for (const [name, port, ...others] of list)
      for (const each of [name, ...others])
        found.set(each as string, (found.get(each as string) ?? new Set()).add(port as string))
    let known = 0
    for (const [name, ports] of found) {
      const ours = serviceOf(name)
      if (ours === undefined) continue
      const wanted =
        ours.transport === undefined ? [`${ours.port}/tcp`, `${ours.port}/udp`] : [`${ours.port}/${ours.transport}`]
      expect([name, [...ports].filter((port) => /tcp|udp/.test(port)).sort()]).toEqual([name, wanted])
      known++
    }
    expect(known).toBeGreaterThan(50)
  })

  it('protocols are those of this machine', (context) => {
    const list = listOf('/etc/protocols')
    if (list === undefined) return context.skip('lacks capability: /etc/protocols (Debian package netbase)')
    const found = Object.fromEntries(list.map(([name, number]) => [name, Number(number)]))
    const both = Object.entries(ipProtocolNumbers).filter(([name]) => name in found)
    expect(both.map(([name]) => [name, found[name]])).toEqual(both)
    expect(both.length).toBeGreaterThan(25)
  })
})

describe('long programs', () => {
  it('jumps that are too long go by way of others', () => {
    const hosts = Array.from({ length: 300 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    const program = compileFilter(`ip host ${hosts.join(' or ')} or ip6`, 'ethernet')
    expect(program.length).toBeGreaterThan(600)
    expect(isBpf(program)).toBe(true)
    const packet = (address: readonly number[], type = 0x0800) => {
      const octets = new Uint8Array(60)
      octets.set([type >> 8, type & 255, 0x45], 12)
      octets.set(address, 30)
      return runBpf(program, { octets, link: 1, random: () => 0 })
    }
    for (const [i, host] of hosts.entries()) expect([i, packet(host.split('.').map(Number))]).toEqual([i, 262_144])
    expect(packet([10, 0, 1, 44])).toBe(0)
    expect(packet([9, 9, 9, 9], 0x86dd)).toBe(262_144)
    expect(packet([10, 0, 0, 1], 0x0806)).toBe(0)
  })

  it('labels that nothing follows are refused', () => {
    expect(() => assemble([{ label: 'back' }, { goto: 'back' }])).toThrow(RangeError)
  })
})

it('no expression takes every frame', () => {
  for (const expression of ['', ' \n\t'])
    expect(compileFilter(expression, 'ip')).toEqual([{ code: 6, jt: 0, jf: 0, k: 262_144 }])
})
