// Tries check-uapi on one module that is right and on one that has every sort of mistake.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { compareCoverage, enumNames } from './coverage.mjs'

const program = fileURLToPath(new URL('./check-uapi.mjs', import.meta.url))
const right = fileURLToPath(new URL('./samples/right.mjs', import.meta.url))
const wrong = fileURLToPath(new URL('./samples/wrong.mjs', import.meta.url))
const compiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0
const lack = compiler ? '' : ' [needs a C compiler and the headers of Linux]'

function check(sample: string, specs = '') {
  const { VNET_SPECS: _, ...env } = process.env
  return spawnSync(process.execPath, [program, '--module', sample], {
    encoding: 'utf8',
    env: specs === '' ? env : { ...env, VNET_SPECS: specs },
  })
}

describe.skipIf(!compiler)(`check-uapi${lack}`, () => {
  test('a module that is right', () => {
    const { status, stdout, stderr } = check(right)
    expect(stderr).toBe('')
    expect(stdout).toContain('specs absent: second opinion skipped')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('check-uapi: 5 constants, 4 attributes, 1 structs, 0 differences')
    expect(status).toBe(0)
  })

  test('a module with every sort of mistake', () => {
    const { status, stdout, stderr } = check(wrong)
    expect(stderr.trimEnd().split('\n')).toEqual([
      'difference: RTM_NEWLINK: 17 here, 16 in the headers',
      'difference: NO_SUCH_CONSTANT: not in these headers, nor in newer.mjs',
      'difference: NTF_EXT_LOCKED: 3 here, 2 in Linux 6.2',
      'difference: IFLA_BR_FORWARD_DELAY (number): 2 here, 1 in the headers',
      "difference: IFLA_BR_FORWARD_DELAY (number): 2 here, 1 in the kernel's sources",
      "difference: IFLA_BR_PRIORITY (width): u32 here, u16 in the kernel's policy",
      "difference: IFLA_BR_VLAN_PROTOCOL (order): u16 here, u16be in the kernel's policy",
      'difference: IFLA_BRPORT_PROXYARP (flag): 9 here, 10 in the headers',
      "difference: IFLA_BRPORT_PROXYARP (flag): 9 here, 10 in the kernel's sources",
      'difference: IFLA_NO_SUCH_ATTRIBUTE (name): not in these headers, nor in newer.mjs',
      'difference: struct no_such_struct: not in these headers',
      'difference: struct ifinfomsg: 20 octets here, 16 in the headers',
      'difference: struct ifinfomsg.ifi_type: at 1 here, at 2 in the headers',
      'difference: struct ifinfomsg.ifi_flags: u16 here, 4 octets in the headers',
      'difference: struct ifinfomsg.ifi_nothing: not in these headers',
    ])
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('check-uapi: 3 constants, 5 attributes, 2 structs, 15 differences')
    expect(status).toBe(1)
  })

  test('a second opinion', () => {
    const specs = mkdtempSync(join(tmpdir(), 'vnet-specs-'))
    try {
      const attributes =
        'name-prefix: ifla-br-\n    attributes:\n      -\n        name: forward-delay\n        type: u16\n'
      writeFileSync(join(specs, 'rt-link.yaml'), `attribute-sets:\n  -\n    name: bridge\n    ${attributes}`)
      const { status, stdout, stderr } = check(right, specs)
      expect(stdout).toContain('specs: 1 attributes have a second opinion')
      expect(stderr).toBe('difference: IFLA_BR_FORWARD_DELAY: u32 here, u16 in the specifications\n')
      expect(status).toBe(1)
    } finally {
      rmSync(specs, { recursive: true })
    }
  })
})

describe('names of headers', () => {
  const covers = ['linux/if_tunnel.h', 'linux/if_bridge.h']
  const differences = (known: Record<string, number>) => {
    const notes = { differences: [] as string[], newer: [] as string[] }
    compareCoverage({ constants: known, attributes: [], structs: [], covers }, notes)
    return notes.differences
  }

  test('enumerations, without marks, comments and other text', () => {
    const text = `#define A_X 1\n/* enum { NO, } */\nenum {\n\tA_UNSPEC,\n\tA_ONE, /* u8, one */\n\tA_PAD,\n\tA_TWO = 7,\n#define A_THREE 3
      __A_MAX\n};\nenum named { B_ONE };\nstruct s { int A_FOUR; };`
    expect(enumNames(text)).toEqual(['A_ONE', 'A_TWO', 'B_ONE'])
  })

  test.skipIf(!compiler)(`what is neither known nor explained is told${lack}`, () => {
    expect(differences({})).toContain('IFLA_GRE_ENCAP_LIMIT: of linux/if_tunnel.h, neither known nor in left.mjs')
    expect(differences({})).not.toContain('IFLA_BRIDGE_MRP: of linux/if_bridge.h, neither known nor in left.mjs')
    expect(differences({ IFLA_GRE_ENCAP_LIMIT: 11 }).join()).not.toContain('IFLA_GRE_ENCAP_LIMIT')
    expect(differences({ IFLA_BRIDGE_MRP: 4 }).join()).toContain('IFLA_BRIDGE_MRP: known, but left.mjs says')
    // Of a header that is not looked at.
    expect(differences({}).join()).toContain('/^IFLA_IF_NETNSID$/: in left.mjs, but in none of the headers')
  })
})
