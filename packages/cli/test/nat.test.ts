/** `vnet nat`: what a list looks like, and on a kernel that translates what `nft` says of the same rules. */
import type { NatRule } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { natColumns } from '../src/render/columns/nat.js'
import { testNames } from './names.js'
import { abilitiesIn, inSandbox, noSandbox } from './sandbox.js'

const rule = (own: Partial<NatRule>): NatRule => ({
  family: 4,
  handle: 2,
  hook: 'postrouting',
  kind: 'masquerade',
  packets: 3,
  bytes: 120,
  other: [],
  ...own,
})

describe('a row of the list', () => {
  const columns = natColumns(testNames([]))
  const texts = (own: Partial<NatRule>) => columns.map((column) => column.text(rule(own)))

  it.each<[Partial<NatRule>, readonly string[]]>([
    [{}, ['4', '2', 'postrouting', 'masquerade', 'all', 'all', '', '', '3', '120', '']],
    [
      {
        from: '10.0.0.0/8',
        except: ['10.1.0.0/16', '10.2.0.0/16'],
        exceptOutputLink: 'docker0',
        comment: 'c',
        random: true,
      },
      [
        '4',
        '2',
        'postrouting',
        'masquerade',
        '10.0.0.0/8',
        'all except 10.1.0.0/16 10.2.0.0/16',
        'not out docker0',
        'random',
        '3',
        '120',
        'c',
      ],
    ],
    [
      {
        kind: 'dnat',
        hook: 'output',
        toLocal: true,
        to: '192.0.2.1/32',
        ipProtocol: 6,
        sourcePorts: [1, 9],
        destinationPorts: [80, 80],
        address: '10.0.0.1',
        lastAddress: '10.0.0.2',
        ports: [8080, 8081],
        fullyRandom: true,
        persistent: true,
        outputLink: 'lo',
      },
      [
        '4',
        '2',
        'output',
        'dnat',
        'all',
        'local 192.0.2.1/32',
        'out lo, protocol tcp, from port 1-9, to port 80',
        '10.0.0.1-10.0.0.2 port 8080-8081 fully random persistent',
        '3',
        '120',
        '',
      ],
    ],
    [
      { family: 6, hook: 'prerouting', kind: 'redirect', inputLink: 'a', ports: [7, 7] },
      ['6', '2', 'prerouting', 'redirect', 'all', 'all', 'in a', 'port 7', '3', '120', ''],
    ],
    [
      { kind: 'other', expressions: ['payload', 'log'], packets: undefined, bytes: undefined } as object,
      ['4', '2', 'postrouting', 'other', 'all', 'all', 'payload log', '', '', '', ''],
    ],
  ])('%o', (own, wanted) => expect(texts(own)).toEqual(wanted))
})

/** Why the kernel cannot be used; `undefined` where it translates and `nft` is there. */
const lacking = (() => {
  if (noSandbox !== undefined) return noSandbox
  const { stdout } = inSandbox('nft --version >/dev/null || echo none; vnet doctor --json --driver napi')
  if (stdout.startsWith('none')) return 'needs nft'
  const abilities = abilitiesIn('napi', stdout.replace(/^nftables.*\n/, ''))
  if (typeof abilities === 'string') return abilities
  return abilities.nat === true ? undefined : `lacks capability: nat (${abilities.nat})`
})()

describe('vnet nat on a kernel', () => {
  it('makes rules that nft shows as its own, and leaves those of others', (context) => {
    if (lacking !== undefined) context.skip(lacking)
    const { stdout, stderr, status } = inSandbox(
      `set -e
nft add table ip others; nft add chain ip others x
vnet nat add masquerade --from 172.17.0.0/16 --except-output-link docker0 --comment 'as docker'
vnet nat add dnat --to-local --ip-protocol tcp --destination-ports 8080 --address 172.17.0.2 --ports 80
vnet nat add snat -6 --from 2001:db8::/45 --except 2001:db8:1::/48,2001:db8:2::/48 --address 2001:db8::1 --last-address 2001:db8::5 --json
nft -n list table ip vnet; nft -n list table ip6 vnet
nft add rule ip vnet postrouting ip daddr 10.0.0.0/8 counter accept
vnet nat list -4
vnet nat flush
nft list ruleset
vnet nat delete 5
nft list tables
vnet nat delete 5 --json 2>&1 || true`,
      { VNET_DRIVER: 'napi' },
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const [json, ...lines] = stdout.split('\n')
    expect(JSON.parse(String(json))).toMatchObject([{ family: 6, handle: 2, kind: 'snat', lastAddress: '2001:db8::5' }])
    expect(lines.join('\n')).toBe(`table ip vnet {
	chain postrouting {
		type nat hook postrouting priority 100; policy accept;
		oifname != "docker0" ip saddr 172.17.0.0/16 counter packets 0 bytes 0 masquerade comment "as docker"
	}

	chain prerouting {
		type nat hook prerouting priority -100; policy accept;
		fib daddr type 2 tcp dport 8080 counter packets 0 bytes 0 dnat to 172.17.0.2:80
	}
}
table ip6 vnet {
	chain postrouting {
		type nat hook postrouting priority 100; policy accept;
		ip6 saddr 2001:db8::/45 ip6 daddr != 2001:db8:1::/48 ip6 daddr != 2001:db8:2::/48 counter packets 0 bytes 0 snat to 2001:db8::1-2001:db8::5
	}
}
IP  HANDLE  HOOK         KIND        FROM           TO     MATCH                          BECOMES             PACKETS  BYTES  COMMENT
 4       4  prerouting   dnat        all            local  protocol tcp, to port 8080     172.17.0.2 port 80        0      0
 4       2  postrouting  masquerade  172.17.0.0/16  all    not out docker0                                          0      0  as docker
 4       5  postrouting  other       all            all    payload cmp counter immediate                            0      0
table ip others {
	chain x {
	}
}
table ip vnet {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip daddr 10.0.0.0/8 counter packets 0 bytes 0 accept
	}
}
table ip others
{"code":"ENOENT","operation":"nat delete","subject":"#5","attribute":"spec.handle","hint":"\`vnet nat list\` shows the handles there are"}
`)
  })
})
