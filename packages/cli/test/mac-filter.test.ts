/** `vnet mac-filter`: what a list looks like, and on a kernel that filters what `nft` says of the same lists. */
import type { MacFilter } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { macFilterColumns } from '../src/render/columns/mac-filter.js'
import { abilitiesIn, inSandbox, noSandbox } from './sandbox.js'

const none = { packets: 0, bytes: 0 }
const [a, b] = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as const

describe('a row of the list', () => {
  it.each<[Partial<MacFilter>, readonly string[]]>([
    [{ allow: [a, b], passed: { packets: 3, bytes: 150 } }, ['p1', `${a} ${b}`, 'nobody', '3', '150', '0', '0']],
    [{ deny: [a], dropped: { packets: 1, bytes: 46 } }, ['p1', 'all', a, '0', '0', '1', '46']],
    [{ allow: [] }, ['p1', 'nobody', 'nobody', '0', '0', '0', '0']],
    [{ deny: [] }, ['p1', 'all', 'nobody', '0', '0', '0', '0']],
  ])('%o', (own, wanted) => {
    const filter: MacFilter = { link: 'p1', passed: none, dropped: none, ...own }
    expect(macFilterColumns.map((column) => column.text(filter))).toEqual(wanted)
  })
})

/** Why the kernel cannot be used; `undefined` where it filters and `nft` is there. */
const lacking = (() => {
  if (noSandbox !== undefined) return noSandbox
  const { stdout } = inSandbox('nft --version >/dev/null || echo none; vnet doctor --json --driver napi')
  if (stdout.startsWith('none')) return 'needs nft'
  const abilities = abilitiesIn('napi', stdout.replace(/^nftables.*\n/, ''))
  if (typeof abilities === 'string') return abilities
  return abilities['mac filter'] === true ? undefined : `lacks capability: mac filter (${abilities['mac filter']})`
})()

describe('vnet mac-filter on a kernel', () => {
  it('makes rules that nft shows as its own, takes them back whole, and leaves those of others', (context) => {
    if (lacking !== undefined) context.skip(lacking)
    const { stdout, stderr, status } = inSandbox(
      `set -e
nft add table bridge others; nft add chain bridge others x
vnet mac-filter set p1 --deny ${b},${a}
vnet mac-filter set p2 --allow ${a} --deny ${b}
vnet mac-filter set p3 --allow-nobody
nft list table bridge vnet
nft -j list table bridge vnet
vnet mac-filter list
vnet mac-filter list p2 --json
for port in p1 p2 p3; do vnet mac-filter delete $port; done
nft list ruleset
vnet mac-filter set p1 --deny-nobody
nft add rule bridge vnet mac-filter ether daddr ${a} counter
nft add rule bridge vnet mac-filter iifname p2 counter drop
nft add rule bridge vnet mac-filter iifname p1 ether saddr { ${a}, ${b} } counter drop
nft add chain bridge vnet mac-filter '{ policy drop; }'
vnet mac-filter set p1 --deny-nobody
vnet mac-filter list
vnet mac-filter delete p1
nft list table bridge vnet
vnet mac-filter delete p1 --json 2>&1 || true`,
      { VNET_DRIVER: 'napi' },
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const lines = stdout.split('\n')
    const json = lines.splice(
      lines.findIndex((line) => line.startsWith('{"nftables"')),
      1,
    )
    expect(ruleTexts(JSON.parse(String(json)))).toEqual([
      `p1 ${a} ${b} drop`,
      'p1 accept',
      `p2 ${b} drop`,
      `p2 ${a} accept`,
      'p2 drop',
      'p3 drop',
    ])
    expect(lines.join('\n')).toBe(`table bridge vnet {
	chain mac-filter {
		type filter hook prerouting priority filter; policy accept;
		iifname "p1" ether saddr { ${a}, ${b} } counter packets 0 bytes 0 drop comment "vnet mac-filter"
		iifname "p1" counter packets 0 bytes 0 accept comment "vnet mac-filter"
		iifname "p2" ether saddr { ${b} } counter packets 0 bytes 0 drop comment "vnet mac-filter"
		iifname "p2" ether saddr { ${a} } counter packets 0 bytes 0 accept comment "vnet mac-filter"
		iifname "p2" counter packets 0 bytes 0 drop comment "vnet mac-filter"
		iifname "p3" counter packets 0 bytes 0 drop comment "vnet mac-filter"
	}
}
PORT  ALLOW              DENY                                 PASSED  BYTES  DROPPED  BYTES
p1    all                ${a} ${b}       0      0        0      0
p2    ${a}  ${b}                         0      0        0      0
p3    nobody             nobody                                    0      0        0      0
[{"link":"p2","allow":["${a}"],"deny":["${b}"],"passed":{"packets":0,"bytes":0},"dropped":{"packets":0,"bytes":0}}]
table bridge others {
	chain x {
	}
}
PORT  ALLOW  DENY    PASSED  BYTES  DROPPED  BYTES
p1    all    nobody       0      0        0      0
table bridge vnet {
	chain mac-filter {
		type filter hook prerouting priority filter; policy drop;
		ether daddr ${a} counter packets 0 bytes 0
		iifname "p2" counter packets 0 bytes 0 drop
		iifname "p1" ether saddr { ${a}, ${b} } counter packets 0 bytes 0 drop
	}
}
{"code":"ENOENT","operation":"macFilter delete","subject":"p1","attribute":"spec.link","hint":"\`vnet mac-filter list\` shows the filters there are"}
`)
  })
})

interface NftRule {
  readonly rule?: { readonly expr: readonly Readonly<Record<string, { readonly right?: unknown } | null>>[] }
}

/** Ports, MACs and verdicts of the rules that `nft -j` tells. */
function ruleTexts({ nftables }: { readonly nftables: readonly NftRule[] }): string[] {
  return nftables.flatMap(({ rule }) => {
    if (rule === undefined) return []
    const words = rule.expr.flatMap((one) => {
      const right = one.match?.right as string | { readonly set: readonly string[] } | undefined
      if (right !== undefined) return typeof right === 'string' ? [right] : [...right.set].sort()
      return Object.keys(one).filter((word) => word === 'drop' || word === 'accept')
    })
    return [words.join(' ')]
  })
}
